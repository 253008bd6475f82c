"""Algorithms 2 and 3 against autograd, and their promises to the bit."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch._subclasses.fake_tensor import FakeTensorMode

from ovp_lib.training.losses import CROSS_ENTROPY, PSEUDO_HUBER, SQUARED
from ovp_lib.training.smoothed import counters, run
from ovp_lib.training.smoothed.run import train_smoothed
from ovp_lib.training.smoothed.settings import DRAWS, INGREDIENTS, Rounds, Smoothing
from ovp_lib.training.smoothed.step import Scalars, StepGroup
from tests.training.smoothed.reference import ALL, MEMBERS, as_printed, network, sample

ROUNDS = Rounds(rounds=4, steps=3, batch_size=5)
REPEATS = 5000


def trained(members=MEMBERS, rounds: Rounds = ROUNDS, **options):
    net, data = network(len(members)), options.pop("data", sample(len(members)))
    options = {"device": "cpu", "precision": torch.float64} | options
    return train_smoothed(net, data, members, rounds, **options)


@pytest.mark.parametrize("loss", [SQUARED, PSEUDO_HUBER, CROSS_ENTROPY], ids=lambda loss: loss.name)
@pytest.mark.parametrize("shared", [True, False])
def test_every_member_is_the_printed_algorithm_on_its_own(loss, shared: bool) -> None:
    data = sample(classes=loss.classifies, shared=shared)
    done = trained(data=data, loss=loss)
    dW, dV = as_printed(network(), data, MEMBERS, ROUNDS, loss)
    torch.testing.assert_close(done.dW, dW, rtol=1e-10, atol=1e-14)
    torch.testing.assert_close(done.dV, dV, rtol=1e-10, atol=1e-14)
    assert (dV.abs().amax(dim=(1, 2)) > 1e-3).all()
    assert done.lam.tolist() == pytest.approx([(1 - m.rate) ** 4 for m in MEMBERS])


@settings(max_examples=8)
@given(left_out=st.sets(st.sampled_from(sorted(INGREDIENTS))))
def test_every_set_of_ingredients_is_the_printed_algorithm(left_out: set[str]) -> None:
    members = [ALL.without(*left_out)]
    dW, dV = as_printed(network(1), sample(1), members, ROUNDS)
    done = trained(members)
    torch.testing.assert_close(done.dW, dW, rtol=1e-10, atol=1e-14)
    torch.testing.assert_close(done.dV, dV, rtol=1e-10, atol=1e-14)


def test_each_ingredient_changes_what_is_learned() -> None:
    members = [ALL, *(ALL.without(name) for name in INGREDIENTS), replace(ALL, rescaled=False)]
    net, data = network(1).expand(len(members)), sample(1).expand(len(members))
    done = train_smoothed(net, data, members, ROUNDS, device="cpu", precision=torch.float64)
    for one, other in itertools.combinations(range(len(members)), 2):
        assert (done.dV[one] - done.dV[other]).abs().max() > 1e-6


def test_a_batch_of_one_knows_no_difference_between_draws_without_smoothing() -> None:
    members = [replace(ALL, sigma_w=0.0, sigma_v=0.0, seed=s) for s in range(3)]
    ends = [trained(members, replace(ROUNDS, batch_size=1, draws=draws)) for draws in DRAWS]
    torch.testing.assert_close(ends[0].dW, ends[1].dW, rtol=1e-10, atol=1e-14)
    torch.testing.assert_close(ends[0].dV, ends[1].dV, rtol=1e-10, atol=1e-14)


def gradients(draws: str, batch_size: int, **changes) -> torch.Tensor:
    """Gradients of many independent draws of the noise, for W' and V' of a small network."""
    member = Smoothing(seed=0, eta=1.0, decay=0.0, **changes)
    members = [replace(member, seed=s) for s in range(REPEATS)]
    batch = sample(1).map(lambda part: part[:, :batch_size]).expand(REPEATS)
    group = StepGroup(network(1).expand(REPEATS), members, Rounds(1, 1, batch_size, draws), SQUARED)
    group.dW.copy_(network(2).W[1].mT)
    group.v.copy_(network(2).V[1].mT)
    before = torch.cat([group.dW.flatten(1), group.v.flatten(1)], dim=1)
    one = torch.ones(REPEATS, 1, 1, dtype=torch.float64)
    keys = {name: counters.keys(range(REPEATS), name, 0, 1)[0] for name in counters.PURPOSES}
    group.take(batch.x, batch.y, Scalars(one, one / batch_size, one, one, one, 0 * one), keys)
    return before - torch.cat([group.dW.flatten(1), group.v.flatten(1)], dim=1)


NOISE = ({"sigma_v": 0.7, "signs": False}, {"sigma_w": 0.5, "sigma_v": 0.7}, {"signs": True})


@pytest.mark.parametrize("changes", NOISE, ids=str)
def test_both_ways_to_draw_give_the_same_mean_gradient(changes: dict) -> None:
    """Each estimates the gradient of the smoothed objective; draws of one's own vary less."""
    step, own = (gradients(draws, 4, **changes) for draws in DRAWS)
    error = ((step.var(dim=0) + own.var(dim=0)) / REPEATS).sqrt()
    assert ((step.mean(dim=0) - own.mean(dim=0)) / error.clamp_min(1e-9)).abs().max() < 4.5
    assert own.var(dim=0).sum() < step.var(dim=0).sum()


@pytest.mark.parametrize("changes", NOISE, ids=str)
def test_a_draw_for_a_sample_has_the_law_of_a_draw_for_a_step(changes: dict) -> None:
    """With a batch of one: all means and covariances of the gradient, and the law of its size."""
    step, own = (gradients(draws, 1, **changes) for draws in DRAWS)
    products = [torch.einsum("ri,rj->rij", part, part).flatten(1) for part in (step, own)]
    for one, other in ((step, own), products):
        error = ((one.var(dim=0) + other.var(dim=0)) / REPEATS).sqrt()
        gap = one.mean(dim=0) - other.mean(dim=0)
        assert (gap / error.clamp_min(1e-9)).abs().max() < 5.5  # of up to 4000 numbers
    sizes = [part.square().sum(dim=1).numpy() for part in (step, own)]
    assert stats.ks_2samp(*sizes).pvalue > 1e-3


@pytest.mark.parametrize("draws", DRAWS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_an_interrupted_run_goes_on_to_the_bit(
    tmp_path: Path, draws: str, dtype: torch.dtype
) -> None:
    file, rounds = tmp_path / "run.ckpt", replace(ROUNDS, rounds=9, draws=draws)

    def stop(finished: int, _) -> None:
        if finished == 4:
            raise KeyboardInterrupt

    options = {"rounds": rounds, "looks": [0, 4], "precision": dtype}
    whole = trained(**options)
    with pytest.raises(KeyboardInterrupt):
        trained(**options, callback=stop, checkpoint_at=file, checkpoint_seconds=0.0)
    resumed = trained(**options, checkpoint_at=file)
    again = trained(**options, checkpoint_at=file)
    for other in (resumed, again):
        assert torch.equal(other.dW, whole.dW)
        assert torch.equal(other.dV, whole.dV)
        assert other.curves.equals(whole.curves)


def test_looking_changes_no_bit() -> None:
    plain, watched = trained(), trained(looks=range(5), sign_draws=3, callback=lambda *_: None)
    assert torch.equal(plain.dV, watched.dV)
    assert watched.curves["round"].nunique() == 5


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    trained(checkpoint_at=tmp_path / "run.ckpt")
    with pytest.raises(ValueError, match="belongs to another run: rounds was Rounds"):
        trained(rounds=replace(ROUNDS, steps=2), checkpoint_at=tmp_path / "run.ckpt")


@pytest.mark.parametrize("draws", DRAWS)
def test_members_are_independent(monkeypatch: pytest.MonkeyPatch, draws: str) -> None:
    rounds = replace(ROUNDS, draws=draws)
    together = trained(rounds=rounds)
    monkeypatch.setattr(run, "CACHE", 1)
    apart = trained(rounds=rounds)
    torch.testing.assert_close(apart.dW, together.dW, rtol=1e-11, atol=1e-15)
    torch.testing.assert_close(apart.dV, together.dV, rtol=1e-11, atol=1e-15)
    for i, member in enumerate(MEMBERS):
        net, data = network().member(i), sample().member(i)
        alone = train_smoothed(net, data, [member], rounds, device="cpu", precision=torch.float64)
        torch.testing.assert_close(alone.dV[0], together.dV[i], rtol=1e-11, atol=1e-15)


def test_what_diverges_is_left_behind_and_the_others_do_not_notice(tmp_path: Path) -> None:
    members = [*MEMBERS[:2], replace(ALL, eta=1e80, lam_v=0.0), MEMBERS[3]]
    file, rounds = tmp_path / "run.ckpt", replace(ROUNDS, rounds=8)
    done = trained(members, rounds, looks=[0, 8], checkpoint_at=file)
    fine = trained(rounds=rounds)
    assert np.isnan(done.diverged_at).tolist() == [True, True, False, True]
    assert 1 <= done.diverged_at[2] < 8
    assert torch.isnan(done.dV[2]).all()
    for i in (0, 1, 3):
        torch.testing.assert_close(done.dV[i], fine.dV[i], rtol=1e-11, atol=1e-15)
    assert set(done.curves.member[done.curves["round"] == 8]) == {0, 1, 3}
    again = trained(members, rounds, looks=[0, 8], checkpoint_at=file)
    assert torch.equal(again.dV[3], done.dV[3])
    assert again.diverged_at.tolist()[2] == done.diverged_at[2]


def test_a_member_trains_on_its_first_points_alone() -> None:
    sizes = [7, 30, 7, 12]
    together = trained(sizes=sizes)
    for i, size in enumerate(sizes):
        first = sample(len(MEMBERS)).map(lambda part, n=size: part[:, :n])
        torch.testing.assert_close(together.dV[i], trained(data=first).dV[i], rtol=1e-10, atol=0)
    assert (together.dV[0] - trained().dV[0]).abs().max() > 1e-4


@pytest.mark.parametrize("draws", DRAWS)
def test_single_precision_stays_within_rounding(draws: str) -> None:
    rounds = replace(ROUNDS, draws=draws)
    exact, single = trained(rounds=rounds), trained(rounds=rounds, precision=torch.float32)
    torch.testing.assert_close(single.dV.double(), exact.dV, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("draws", DRAWS)
def test_a_step_stays_on_the_accelerator(draws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Without a driver, Tensor.copy_ refuses even fake tensors; the operation itself does not.
    copy = torch.ops.aten.copy_.default
    monkeypatch.setattr(torch.Tensor, "copy_", lambda self, other: copy(self, other))
    rounds = replace(ROUNDS, draws=draws)
    with FakeTensorMode(allow_non_fake_inputs=True):
        e = len(MEMBERS)
        net = network().map(lambda field: torch.empty(field.shape, device="cuda"))
        x = torch.empty(e, 5, 3, device="cuda")
        group = StepGroup(net, MEMBERS, rounds, SQUARED)
        ones = torch.ones(e, 1, 1, device="cuda")
        keys = {
            name: torch.empty(e, dtype=torch.int64, device="cuda") for name in counters.PURPOSES
        }
        group.take(x, torch.empty(e, 5, 2, device="cuda"), Scalars(*[ones] * 6), keys)
        assert group.dW.device.type == group.v.device.type == "cuda"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"members": MEMBERS[:2]}, "need a member for each of 4 networks, got 2"),
        ({"looks": [5]}, r"looks in 0..4 rounds and sign_draws >= 1, got 4 to 5 and 1"),
        ({"looks": [-1]}, r"got -1 to 4"),
        ({"sign_draws": 0}, "sign_draws >= 1"),
        ({"data": sample(3)}, r"training set: x must be \(4, n, 3\) with n >= 1"),
        ({"data": sample(classes=True)}, r"y must be \(4, 30, 2\) for the squared loss"),
        ({"sizes": [7]}, r"need 4 sizes in 1..30, got \(7,\)"),
        ({"sizes": [7, 31, 7, 7]}, r"need 4 sizes in 1..30, got \(7, 31, 7, 7\)"),
        ({"sets": {"test": sample(2)}}, r"test: x must be \(4, n, 3\)"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict, message: str) -> None:
    options = {"members": MEMBERS, "data": sample()} | change
    data, members = options.pop("data"), options.pop("members")
    with pytest.raises(ValueError, match=message):
        train_smoothed(network(), data, members, ROUNDS, device="cpu", **options)


def test_the_first_round_takes_place_at_scale_one() -> None:
    """Algorithms 2 and 3 leave lambda_0 open; as the text above them says, SGD starts with 1."""
    halving, constant = (Smoothing(seed=1, eta=0.02, decay=rate) for rate in (0.5, 0.0))
    net, data = network(2), sample(2, shared=True)
    same = net.select([0, 0])
    one, two = (
        train_smoothed(same, data, [halving, constant], Rounds(rounds, 3, 5), device="cpu")
        for rounds in (1, 2)
    )
    assert torch.equal(one.dV[0], one.dV[1])
    assert not torch.equal(two.dV[0], two.dV[1])
    assert one.lam.tolist() == [0.5, 1.0]
