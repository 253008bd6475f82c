"""One call that trains an ensemble: schedule, looks, divergence, checkpoints, and statistics."""

import math
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from tqdm import tqdm

from ovp_lib.models.architectures import architecture_of
from ovp_lib.models.inputs import sphere, stream
from ovp_lib.models.networks import init_two_layer, two_layer
from ovp_lib.training import run
from ovp_lib.training.ensemble import train
from ovp_lib.training.evaluation import risk
from ovp_lib.training.losses import CROSS_ENTROPY, SQUARED
from ovp_lib.training.order import orders
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.run import Trained
from ovp_lib.training.samples import Sample
from tests.training.small_nets import INIT, by_torch_optim, network, sample, worst

MEMBERS = (Member(0, 0.05, wd=0.02, w24=0.01), Member(1, 0.02), Member(0, 0.1, wd=0.2))
PROTOCOL = Protocol(epochs=6, batch_size=5, drops=((2, 0.5), (4, 0.1)))
WILD = (MEMBERS[0], Member(1, 1.0, w24=1e30), MEMBERS[2])
"""The second member diverges at once."""


def trained(name: str = "three-layer", **changes) -> Trained:
    net = changes.pop("net", network(name))
    options = {"path": "torch", "precision": torch.float64, "device": "cpu"} | changes
    data, members = options.pop("data", sample()), options.pop("members", MEMBERS)
    return train(net, data, members, options.pop("protocol", PROTOCOL), **options)


def same(one: Trained, other: Trained) -> bool:
    pd.testing.assert_frame_equal(one.curves, other.curves, check_exact=True)
    pd.testing.assert_frame_equal(one.members, other.members, check_exact=True)
    pairs = zip(one.net, other.net, strict=True)
    return all(torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in pairs)


@pytest.mark.parametrize("name", INIT)
def test_it_runs_the_protocol_as_torch_optim_does(name: str) -> None:
    net, data = network(name), sample(classes=True, shared=True)
    architecture = architecture_of(net)
    order = orders([member.seed for member in MEMBERS], 0, 6, 23)[:, :, :20].reshape(3, 24, 5)
    expected = by_torch_optim(
        architecture,
        net,
        data,
        MEMBERS,
        PROTOCOL,
        order,
        [1.0] * 8 + [0.5] * 8 + [0.05] * 8,
        trained=architecture.hidden,
        loss=CROSS_ENTROPY,
    )
    found = trained(net=net, data=data, loss=CROSS_ENTROPY)
    assert worst(found.net, expected) < 1e-12


def test_curves_hold_the_risks_of_every_set_at_every_look() -> None:
    net, sets = network("resnet"), {"train": sample(), "test": sample(n=40)}
    done = trained(net=net, sets=sets, looks=[0, 0.5, 6, 6])
    curves = done.curves
    assert curves.columns.tolist() == ["epoch", "step", "member", "set", "risk"]
    assert curves.step.unique().tolist() == [0, 2, 24]
    assert curves.epoch.unique().tolist() == [0.0, 0.5, 6.0]
    architecture = architecture_of(net)
    for step, then in ((0, net), (24, done.net)):
        for name, data in sets.items():
            rows = curves[(curves.step == step) & (curves["set"] == name)]
            assert rows.member.tolist() == [0, 1, 2]
            expected = risk(architecture, then, data, SQUARED)
            np.testing.assert_allclose(rows.risk, expected, rtol=1e-12)


def test_the_members_table_says_what_was_run() -> None:
    table = trained().members
    assert table[["seed", "lr", "wd", "w24"]].to_numpy().tolist() == [
        [m.seed, m.lr, m.wd, m.w24] for m in MEMBERS
    ]
    assert table.diverged_at.isna().all()
    assert (table.path == "torch").all()


def test_looking_and_saving_change_nothing(tmp_path: Path) -> None:
    looks, seen = [0, 0.25, 1, 3.5], []
    quiet = trained()
    busy = trained(
        looks=looks,
        callback=lambda epoch, net, members: seen.append((epoch, members, net.W.shape[0])),
        checkpoint_at=tmp_path / "run.npz",
        checkpoint_seconds=0.0,
    )
    assert all(torch.equal(a, b) for a, b in zip(quiet.net, busy.net, strict=True))
    assert seen == [(epoch, (0, 1, 2), 3) for epoch in looks]
    assert quiet.curves.empty


def test_what_a_callback_does_to_the_weights_stays_with_it() -> None:
    spoilt = trained(looks=[1, 2], callback=lambda _, net, __: net.W.zero_())
    assert all(torch.equal(a, b) for a, b in zip(trained().net, spoilt.net, strict=True))


def test_a_diverged_member_is_recorded_and_the_others_go_on() -> None:
    wild, calm = trained(members=WILD, looks=[0, 1, 6]), trained(looks=[0, 1, 6])
    assert wild.members.diverged_at.tolist()[1] == 1.0
    assert wild.members.diverged_at.isna().tolist() == [True, False, True]
    assert wild.net.W[1].isnan().all()
    assert torch.equal(wild.net.a[1], network("three-layer").a[1])
    assert wild.curves[wild.curves.step > 0].member.unique().tolist() == [0, 2]
    for a, b in zip(wild.net, calm.net, strict=True):
        torch.testing.assert_close(a[[0, 2]], b[[0, 2]], rtol=1e-11, atol=1e-14)


def test_divergence_at_the_very_end_is_found() -> None:
    late = trained(members=WILD, protocol=Protocol(epochs=1, batch_size=5, drops=()), looks=[1])
    assert late.members.diverged_at.tolist()[1] == 1.0
    assert late.curves.member.tolist() == [0, 2]


def test_it_ends_when_nobody_is_left() -> None:
    members = [Member(i, 1.0, w24=1e30) for i in range(3)]
    long = Protocol(epochs=10**6, batch_size=5, drops=())
    done = trained(members=members, protocol=long, looks=[0, 10**6])
    assert (done.members.diverged_at == 1.0).all()
    assert done.net.V.isnan().all()
    assert done.curves.step.unique().tolist() == [0]


class Stopped(Exception):
    pass


def stop_at(epoch: float):
    def callback(now: float, *_) -> None:
        if now == epoch:
            raise Stopped

    return callback


@pytest.mark.parametrize("members", [MEMBERS, WILD], ids=["all", "one diverged"])
@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
def test_an_interrupted_run_goes_on_to_the_bit(tmp_path: Path, members, precision) -> None:
    settings = {"members": members, "precision": precision, "looks": [0, 1, 2.5, 3, 5, 6]}
    saved = {"checkpoint_at": tmp_path / "run.npz", "checkpoint_seconds": 0.0}
    straight = trained(**settings)
    for epoch in (2.5, 5):
        with pytest.raises(Stopped):
            trained(**settings, **saved, callback=stop_at(epoch))
    looked: list[float] = []
    resumed = trained(**settings, **saved, callback=lambda epoch, *_: looked.append(epoch))
    assert looked == [5.0, 6.0]
    assert same(resumed, straight)


def test_a_finished_run_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = {"checkpoint_at": tmp_path / "run.npz", "looks": [6], "members": WILD}
    first = trained(**saved)

    def never(*_) -> None:
        raise AssertionError("a step was taken")

    monkeypatch.setattr("ovp_lib.training.by_hand.ByHand.advance", never)
    assert same(trained(**saved), first)


def test_the_checkpoint_of_another_run_is_refused_by_name(tmp_path: Path) -> None:
    saved = {"checkpoint_at": tmp_path / "run.npz"}
    trained(**saved)
    with pytest.raises(ValueError, match=r"another run: looks at steps was \(\), is \(24,\)"):
        trained(**saved, looks=[6])
    with pytest.raises(ValueError, match="initial weights was"):
        trained(**saved, net=network("three-layer")._replace(W=network("three-layer").W + 1))


def test_a_damaged_checkpoint_costs_time_only(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    first = trained(checkpoint_at=path, looks=[6])
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.warns(RuntimeWarning, match="damaged: training starts again"):
        again = trained(checkpoint_at=path, looks=[6])
    assert same(first, again)


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from tests.training.test_ensemble import trained

    def kill(epoch, *_):
        if epoch == 5:
            os.kill(os.getpid(), signal.SIGKILL)

    trained(looks=[1, 5, 6], callback=kill, checkpoint_at=Path(sys.argv[1]), checkpoint_seconds=0.0)
"""


def test_a_killed_process_is_gone_on_from_to_the_bit(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(path)]
    ended = subprocess.run(
        command, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, timeout=600
    )
    assert ended.returncode == -signal.SIGKILL
    with np.load(path) as archive:
        assert 0 < archive["step"] < 24
    resumed = trained(looks=[1, 5, 6], checkpoint_at=path)
    assert same(resumed, trained(looks=[1, 5, 6]))


def test_the_progress_bar_is_there_when_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    trained()
    assert capsys.readouterr().err == ""
    trained(progress="three layers")
    shown = capsys.readouterr().err
    assert "three layers" in shown
    assert "24/24" in shown


def test_whether_the_bar_shows_is_left_to_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict] = []

    def bar(**settings) -> tqdm:
        asked.append(settings)
        return tqdm(disable=True)

    monkeypatch.setattr(run, "tqdm", bar)
    trained(progress="three layers")
    trained()
    assert "disable" not in asked[0]
    assert asked[1]["disable"] is True


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="device 'cuda:99' is not there"):
        trained(device="cuda:99")


def noisy_products(e: int, n: int) -> Sample:
    x = sphere(5)(n, stream(5))
    y = x[:, :1] * x[:, 1:2] * 5 + 0.1 * torch.randn(n, 1, generator=stream(6)).double()
    return Sample(*(part.expand(e, *part.shape) for part in (x, y)))


def plain_loop(net, data: Sample, order: np.ndarray, lr: float, wd: float):
    """All members at once in float32, by automatic differentiation and torch.optim.SGD."""
    W = net.W.float().requires_grad_()
    b, a, data = net.b.float(), net.a.float(), Sample(*(part.float() for part in data))
    optimiser = torch.optim.SGD([W], lr=lr, momentum=0.9, weight_decay=wd)
    each = torch.arange(len(W))[:, None]
    for t in range(order.shape[1]):
        index = torch.from_numpy(order[:, t].astype(np.int64))
        f = torch.relu(data.x[each, index] @ W.mT + b[:, None]) @ a.mT
        optimiser.zero_grad()
        (0.5 * (f - data.y[each, index]).square().mean(dim=1)).sum().backward()
        optimiser.step()
    return type(net)(W.detach(), b, a)


def test_after_four_thousand_steps_it_has_learned_what_the_plain_loop_has() -> None:
    e, n, lr, wd = 8, 200, 0.02, 1e-4
    net, data = init_two_layer([stream(4, i) for i in range(e)], d=5, m=60), noisy_products(e, n)
    protocol = Protocol(epochs=1000, batch_size=50, drops=())
    order = orders(range(e), 0, 1000, n).reshape(e, 4000, 50)
    theirs = plain_loop(net, data, order, lr, wd)
    members = [Member(i, lr, wd) for i in range(e)]
    ours = train(net, data, members, protocol, path="torch", device="cpu")
    architecture = architecture_of(net)
    first, found, expected = (
        risk(architecture, each, data, SQUARED) for each in (net, ours.net, theirs)
    )
    assert two_layer(ours.net, data.x.float()).shape == (e, n, 1)
    assert (found < 0.2 * first).all()
    difference = found - expected
    assert abs(difference.mean()) <= 3 * difference.std(ddof=1) / math.sqrt(e) + 1e-6
    # One may part ways where a gate is at rounding distance from zero; on one processor it did.
    assert (abs(difference) < 0.05 * expected.std(ddof=1)).sum() >= e - 1
