"""The trainer of classifiers against torch.optim.SGD, and who stops when."""

import dataclasses
import math
from functools import partial

import numpy as np
import pytest
import torch
from torch.nn import functional

from ovp_lib.models.deep import Deep, deep, init_deep
from ovp_lib.models.inputs import stream
from ovp_lib.models.residual_convolution import init_residual_convolution, residual_convolutional
from ovp_lib.training import classifier
from ovp_lib.training.classifier import errors, train_classifier
from ovp_lib.training.order import orders
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.samples import Sample

PROTOCOL = Protocol(epochs=6, batch_size=7, momentum=0.9, drops=((4, 0.1),))
MEMBERS = [Member(3, 0.02, wd=0.01), Member(4, 0.05), Member(3, 0.01)]


def data(e: int = 3, n: int = 30, d: int = 5, seed: int = 0) -> Sample:
    x = torch.randn(e, n, d, generator=stream(seed), dtype=torch.float64)
    return Sample(x, (x[..., :3]).argmax(dim=2))


def net(e: int = 3, m: int = 9) -> Deep:
    start = init_deep([stream(1, i) for i in range(e)], d=5, m=m, depth=2, k=3)
    return start._replace(a=start.a / math.sqrt(m))


def by_torch_optim(start: Deep, sample: Sample, member: Member) -> Deep:
    """One member alone, with torch.optim.SGD and torch's cross-entropy."""
    weights = [part[0].clone().requires_grad_() for part in start]
    settings = {"lr": member.lr, "momentum": PROTOCOL.momentum, "weight_decay": member.wd}
    optimiser = torch.optim.SGD(weights, **settings)
    order = orders([member.seed], 0, PROTOCOL.epochs, 30)[0]
    for epoch in range(PROTOCOL.epochs):
        for group in optimiser.param_groups:
            group["lr"] = member.lr * PROTOCOL.factor(epoch)
        for step in range(30 // 7):
            rows = order[epoch, 7 * step : 7 * (step + 1)].tolist()
            W, V, a = weights
            f = (((sample.x[0, rows] @ W.T).relu() @ V[0].T).relu()) @ a.T
            optimiser.zero_grad()
            functional.cross_entropy(f, sample.y[0, rows]).backward()
            optimiser.step()
    return Deep(*(part.detach()[None] for part in weights))


def test_every_member_is_torch_optim_on_its_own() -> None:
    start, sample = net(), data()
    done = train_classifier(deep, start, sample, MEMBERS, PROTOCOL, stop=False)
    for i, member in enumerate(MEMBERS):
        expected = by_torch_optim(start.member(i), sample.member(i), member)
        for found, wanted in zip(done.net.member(i), expected, strict=True):
            torch.testing.assert_close(found, wanted, rtol=1e-10, atol=1e-12)
    assert (done.net.V - start.V).abs().max() > 0.01


def test_only_what_is_asked_for_is_trained_and_the_start_is_left_alone() -> None:
    start = net()
    before = [part.clone() for part in start]
    done = train_classifier(deep, start, data(), MEMBERS, PROTOCOL, trained=("V",))
    assert torch.equal(done.net.W, start.W)
    assert torch.equal(done.net.a, start.a)
    assert not torch.equal(done.net.V, start.V)
    assert all(torch.equal(old, new) for old, new in zip(before, start, strict=True))


def test_a_member_stops_where_it_fits_whatever_the_others_do() -> None:
    start, sample, long = net(m=30), data(), Protocol(60, 10, 0.9, ())
    members = [Member(0, 0.05), Member(1, 1e-6), Member(2, 0.02)]
    done = train_classifier(deep, start, sample, members, long, looks=range(0, 61, 2))
    assert done.last["fitted"].tolist() == [True, False, True]
    assert done.last["epoch"][1] == 60
    assert done.last["epoch"][0] < done.last["epoch"][2] < 60
    for i in range(3):
        alone = train_classifier(
            *(deep, start.member(i), sample.member(i), members[i : i + 1], long),
            looks=range(0, 61, 2),
        )
        assert alone.last["epoch"][0] == done.last["epoch"][i]
        torch.testing.assert_close(alone.net.W[0], done.net.W[i], rtol=1e-9, atol=1e-12)
    rows = done.curves[done.curves["member"] == 0]
    assert rows["train"].iloc[-1] == 0 < rows["train"].iloc[:-1].min()


def test_a_goal_for_the_loss_is_waited_for() -> None:
    settings = (deep, net(m=30), data(), [Member(0, 0.05)] * 3, Protocol(200, 10, 0.9, ()))
    first = train_classifier(*settings)
    later = train_classifier(*settings, loss_goal=0.01)
    assert first.last["fitted"].all()
    assert later.last["fitted"].all()
    assert (later.last["epoch"] > first.last["epoch"]).all()
    assert (first.last["loss"] > 0.01).all()
    assert (later.last["loss"] <= 0.01).all()


def test_without_stopping_every_epoch_is_taken() -> None:
    settings = (deep, net(m=30), data(), [Member(0, 0.05)] * 3, Protocol(40, 10, 0.9, ()))
    done = train_classifier(*settings, stop=False, looks=[0, 40])
    assert done.curves["epoch"].tolist() == [0] * 3 + [40] * 3
    assert done.last["fitted"].all()


def test_who_diverges_is_left_behind_with_errors_that_are_nan() -> None:
    start, tests = net(), {"test": data(seed=5)}
    start.a[0] *= 1e200
    start.V[0] *= 1e200
    done = train_classifier(deep, start, data(), MEMBERS, PROTOCOL, sets=tests)
    assert done.last["diverged"].tolist() == [True, False, False]
    assert np.isnan(done.last.loc[0, ["train", "test"]].astype(float)).all()
    assert done.last["epoch"][0] < done.last["epoch"][1] == PROTOCOL.epochs


def test_errors_are_those_of_all_points_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    start, sample = net(), data(n=31)
    f = deep(start, sample.x)
    wrong = (f.argmax(dim=2) != sample.y).double().mean(dim=1)
    loss = functional.cross_entropy(f.movedim(2, 1), sample.y, reduction="none").mean(dim=1)
    monkeypatch.setattr(classifier, "CHUNK_BYTES", 7 * 3 * 9 * classifier.COPIES * 8)
    found = errors(deep, start, sample)
    torch.testing.assert_close(found[0], loss)
    torch.testing.assert_close(found[1], wrong)
    some = errors(deep, start.select([2, 0]), sample, [2, 0])
    torch.testing.assert_close(some[1], wrong[[2, 0]])


def test_one_data_set_for_all_is_held_once_and_sees_each_member_s_order() -> None:
    one = data(e=1)
    shared = one.expand(3)
    copies = one.select([0, 0, 0])
    ends = [
        train_classifier(deep, net(), each, MEMBERS, PROTOCOL).net.W for each in (shared, copies)
    ]
    torch.testing.assert_close(*ends)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"members": MEMBERS[:2]}, "got 3 networks, 3 data sets and 2 members"),
        ({"members": [dataclasses.replace(MEMBERS[0], w24=1.0)] * 3}, "weight decay only"),
        ({"trained": ("U",)}, r"trained must name some of \('W', 'V', 'a'\)"),
        ({"looks": [7]}, "looks must be epochs in 0..6"),
        ({"protocol": Protocol(6, 31, 0.9, ())}, "batches of 31 need as many samples, got 30"),
        ({"data": data()._replace(y=data().y + 1)}, "labels must be in 0..2"),
        ({"data": data()._replace(y=data().y.double())}, "whole classes"),
        ({"sets": {"test": data(e=2)}}, "test needs points"),
        ({"sets": {"loss": data()}}, "cannot be called 'loss'"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(change: dict, message: str) -> None:
    settings = {"data": data(), "members": MEMBERS, "protocol": PROTOCOL} | change
    with pytest.raises(ValueError, match=message):
        train_classifier(deep, net(), **settings)


def test_a_step_mixes_no_devices() -> None:
    """Tensors without numbers, which refuse to be mixed with those of the CPU."""
    network = partial(residual_convolutional, shape=(1, 12))
    start = init_residual_convolution([stream(0)] * 2, shape=(1, 12), m=3, blocks=2, k=3)
    x, y = torch.empty(2, 20, 12, device="meta"), torch.zeros(2, 20, device="meta").long()
    there, sample = start.to("meta", torch.float32), Sample(x, y)
    run = classifier._Run(network, there, sample, MEMBERS[:2], PROTOCOL, ("W", "V"))
    run.epoch(0)
    loss, wrong = errors(network, run.net, sample, [0, 1])
    assert {part.device.type for part in (*run.net, loss, wrong)} == {"meta"}
    assert {part.dtype for part in run.net} == {torch.float32}
