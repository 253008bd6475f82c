"""The hand-written step against torch.optim.SGD, and its promises to the bit."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import FakeTensorMode

from ovp_lib.models.architectures import ARCHITECTURES, architecture_of
from ovp_lib.training import by_hand
from ovp_lib.training.by_hand import PERIOD, ByHand
from ovp_lib.training.losses import CROSS_ENTROPY, LOSSES, PSEUDO_HUBER, SQUARED
from ovp_lib.training.order import orders
from ovp_lib.training.protocol import Member, Protocol
from tests.training.small_nets import INIT, by_torch_optim, network, sample, worst

MEMBERS = (Member(0, 0.05, wd=0.02, w24=0.01), Member(1, 0.02), Member(2, 0.1, wd=0.2))
"""Decay that is folded, none at all, and decay that is too strong for that."""

PROTOCOL = Protocol(batch_size=5, drops=())


def some_order(steps: int, e: int = 3, n: int = 23, batch: int = 5) -> np.ndarray:
    per_epoch = n // batch
    drawn = orders(range(e), 0, -(-steps // per_epoch), n)[:, :, : per_epoch * batch]
    return drawn.reshape(e, -1, batch)[:, :steps]


def stepper(name: str = "three-layer", dtype: torch.dtype = torch.float64, **changes) -> ByHand:
    net = changes.pop("net", network(name, dtype=dtype))
    architecture = architecture_of(net)
    options = {"trained": architecture.hidden, "loss": SQUARED} | changes
    data = options.pop("data", sample(classes=options["loss"].classifies))
    members = options.pop("members", MEMBERS)
    protocol = options.pop("protocol", PROTOCOL)
    return ByHand(architecture, net, data, members, protocol, **options)


def same(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def field_sets(name: str) -> list[tuple[str, ...]]:
    """Some sets of trained fields: the papers' own, each extreme, and mixtures."""
    architecture = ARCHITECTURES[name]
    fields = architecture.weights._fields
    lowest, *others = fields
    sets = [architecture.hidden, fields, tuple(others), (architecture.readout,), (lowest,)]
    return [*sets, (fields[1],), fields[1:3]]


CASES = [(name, trained) for name in INIT for trained in dict.fromkeys(field_sets(name))]


@pytest.mark.parametrize(("name", "trained"), CASES, ids=str)
def test_every_member_is_torch_optim_on_its_own(name: str, trained: tuple[str, ...]) -> None:
    loss = (SQUARED, CROSS_ENTROPY, PSEUDO_HUBER)[len(trained) % 3]
    data = sample(classes=loss.classifies, shared=len(trained) % 2 == 0)
    net, order, drop = network(name), some_order(PERIOD + 30), PERIOD + 10
    ours = stepper(net=net, data=data, loss=loss, trained=trained)
    ours.advance(order[:, :drop], 1.0)
    ours.advance(order[:, drop:], 0.1)
    factors = [1.0] * drop + [0.1] * (order.shape[1] - drop)
    architecture = ARCHITECTURES[name]
    theirs = by_torch_optim(
        architecture, net, data, MEMBERS, PROTOCOL, order, factors, trained=trained, loss=loss
    )
    assert worst(ours.net(), theirs) < 1e-11
    for field in net._fields:
        moved = not torch.equal(getattr(ours.net(), field), getattr(net, field))
        assert moved == (field in trained)


def with_factors(trained: tuple[str, ...], values: tuple[tuple[float, ...], ...]) -> list[Member]:
    """MEMBERS with factors for the trained fields, over and over."""
    return [
        replace(member, factors=tuple(zip(trained, itertools.cycle(own), strict=False)))
        for member, own in zip(MEMBERS, values, strict=True)
    ]


@pytest.mark.parametrize(("name", "trained"), CASES, ids=str)
def test_each_weight_may_have_a_step_size_of_its_own(name: str, trained: tuple[str, ...]) -> None:
    members = with_factors(trained, ((0.3, 2.0, 0.7), (1.0,), (0.5, 1.0)))
    net, data, order, drop = network(name), sample(), some_order(PERIOD + 30), PERIOD + 10
    ours = stepper(net=net, data=data, members=members, trained=trained)
    ours.advance(order[:, :drop], 1.0)
    ours.advance(order[:, drop:], 0.1)
    factors = [1.0] * drop + [0.1] * (order.shape[1] - drop)
    theirs = by_torch_optim(
        ARCHITECTURES[name],
        net,
        data,
        members,
        PROTOCOL,
        order,
        factors,
        trained=trained,
        loss=SQUARED,
    )
    assert worst(ours.net(), theirs) < 1e-11


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", INIT)
def test_factors_of_one_change_no_bit(name: str, dtype: torch.dtype) -> None:
    net, order = network(name, dtype=dtype), some_order(100)
    ones = with_factors(net._fields, ((1.0,),) * 3)
    plain, given = (
        stepper(net=net, members=members, trained=net._fields) for members in (MEMBERS, ones)
    )
    for each in (plain, given):
        each.advance(order[:, :70], 1.0)
        each.advance(order[:, 70:], 0.1)
    assert same(plain.state(), given.state())


def test_a_member_without_factors_does_not_notice_those_of_others() -> None:
    net, order = network("bottleneck"), some_order(100)
    others = with_factors(("W", "V"), ((1.0,), (0.5, 3.0), (1.0, 0.1)))
    plain, beside = (stepper(net=net, members=members) for members in (MEMBERS, others))
    for each in (plain, beside):
        each.advance(order, 1.0)
    same_bits = [torch.equal(plain.net().V[i], beside.net().V[i]) for i in range(3)]
    assert same_bits == [True, False, False]


def test_factors_stay_with_their_members() -> None:
    net, data, order = network("bottleneck"), sample(), some_order(100)
    members = with_factors(("W", "V"), ((1.0, 0.2), (0.5, 3.0), (1.0, 0.1)))
    full, kept = (stepper(net=net, data=data, members=members) for _ in range(2))
    for each in (full, kept):
        each.advance(order[:, :70], 1.0)
    kept.keep([2, 1])
    kept.advance(order[[2, 1], 70:], 1.0)
    full.advance(order[:, 70:], 1.0)
    torch.testing.assert_close(kept.net().V, full.net().V[[2, 1]], rtol=1e-11, atol=0)


@pytest.mark.parametrize("momentum", [0.0, 0.5])
@pytest.mark.parametrize("name", ["two-layer", "bottleneck"])
def test_any_momentum_will_do(name: str, momentum: float) -> None:
    protocol, order, net = Protocol(batch_size=5, momentum=momentum), some_order(80), network(name)
    ours = stepper(net=net, protocol=protocol)
    ours.advance(order, 1.0)
    architecture = ARCHITECTURES[name]
    theirs = by_torch_optim(
        architecture,
        net,
        sample(),
        MEMBERS,
        protocol,
        order,
        [1.0] * 80,
        trained=architecture.hidden,
        loss=SQUARED,
    )
    assert worst(ours.net(), theirs) < 1e-11


@pytest.mark.parametrize("name", INIT)
def test_single_precision_stays_within_rounding_for_a_hundred_steps(name: str) -> None:
    net, order = network(name), some_order(100)
    ours = stepper(name, torch.float32)
    ours.advance(order, 1.0)
    architecture = ARCHITECTURES[name]
    exact = by_torch_optim(
        architecture,
        net,
        sample(),
        MEMBERS,
        PROTOCOL,
        order,
        [1.0] * 100,
        trained=architecture.hidden,
        loss=SQUARED,
    )
    assert worst(ours.net(), exact) < 1e-5


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@settings(max_examples=8)
@given(cuts=st.lists(st.integers(0, 150), max_size=4))
def test_the_cut_into_calls_changes_no_bit(dtype: torch.dtype, cuts: list[int]) -> None:
    order = some_order(150)
    whole, cut = stepper(dtype=dtype), stepper(dtype=dtype)
    whole.advance(order, 0.5)
    for start, stop in zip([0, *sorted(cuts)], [*sorted(cuts), 150], strict=True):
        cut.advance(order[:, start:stop], 0.5)
    assert same(whole.state(), cut.state())


def test_when_scales_are_folded_changes_no_bit() -> None:
    order, often = some_order(150), stepper(dtype=torch.float32)
    for i in range(150):
        often.advance(order[:, i : i + 1], 1.0)
        often._fold()
    seldom = stepper(dtype=torch.float32)
    seldom.advance(order, 1.0)
    assert all(torch.equal(a, b) for a, b in zip(often.net(), seldom.net(), strict=True))


@pytest.mark.parametrize("at", [40, PERIOD, 100])
@pytest.mark.parametrize("name", ["two-layer", "deep"])
def test_a_state_goes_on_bit_by_bit(name: str, at: int) -> None:
    order, straight = some_order(150), stepper(name)
    straight.advance(order[:, :30], 1.0)
    straight.advance(order[:, 30:at], 0.3)
    state = straight.state()
    straight.advance(order[:, at:], 0.3)
    resumed = stepper(name)
    resumed.load(state)
    resumed.advance(order[:, at:], 0.3)
    assert same(resumed.state(), straight.state())


@pytest.mark.parametrize("shared", [True, False])
def test_members_are_left_behind_without_the_others_noticing(shared: bool) -> None:
    order, data = some_order(150), sample(shared=shared)
    full, kept = stepper(data=data), stepper(data=data)
    for each in (full, kept):
        each.advance(order[:, :70], 1.0)
    kept.keep([2, 0])
    kept.advance(order[[2, 0], 70:], 1.0)
    full.advance(order[:, 70:], 1.0)
    for name, value in kept.net()._asdict().items():
        torch.testing.assert_close(value, getattr(full.net(), name)[[2, 0]], rtol=1e-11, atol=0)


@settings(max_examples=6)
@given(permutation=st.permutations(range(3)), alone=st.integers(0, 2))
def test_members_are_independent(permutation: list[int], alone: int) -> None:
    net, data, order = network("resnet"), sample(), some_order(70)

    def trained(at: list[int]):
        part = stepper(
            net=net.select(at),
            data=data.select(at),
            members=[MEMBERS[i] for i in at],
        )
        part.advance(order[at], 1.0)
        return part.net()

    full = trained([0, 1, 2])
    for at in (permutation, [alone]):
        for name, value in trained(at)._asdict().items():
            torch.testing.assert_close(value, getattr(full, name)[at], rtol=1e-11, atol=1e-14)


def test_groups_that_fit_the_cache_are_independent(monkeypatch: pytest.MonkeyPatch) -> None:
    order, together = some_order(100), stepper()
    monkeypatch.setattr(by_hand, "CACHE", 1)
    apart = stepper()
    assert (len(together.steps), len(apart.steps)) == (1, 3)
    for each in (together, apart):
        each.advance(order, 1.0)
    assert worst(apart.net(), together.net()) < 1e-12


def test_a_recording_gives_the_same_bits() -> None:
    recordings, replays = [], []

    def capture(work):
        recordings.append(work)
        return lambda: (replays.append(1), work())[1]

    order = some_order(5 * PERIOD + 7)
    plain, recorded = stepper(), stepper(capture=capture)
    for each in (plain, recorded):
        each.advance(order[:, : 3 * PERIOD], 1.0)
        each.advance(order[:, 3 * PERIOD :], 0.1)
    assert same(plain.state(), recorded.state())
    assert (len(recordings), len(replays)) == (2, 3)


def test_decay_that_sets_in_at_a_drop_is_recorded_anew() -> None:
    members = [Member(0, 1.0, wd=0.01)] * 3
    order, net = some_order(4 * PERIOD), network("two-layer")
    plain, recorded = (
        stepper(net=net, members=members, loss=PSEUDO_HUBER, capture=capture)
        for capture in (None, lambda work: work)
    )
    for each in (plain, recorded):
        each.advance(order[:, : 2 * PERIOD], 1.0)
        assert each.scales.unfolded.any()
        each.advance(order[:, 2 * PERIOD :], 0.01)
        assert not each.scales.unfolded.any()
    assert same(plain.state(), recorded.state())


def test_momentum_never_becomes_subnormal() -> None:
    net = network("two-layer", dtype=torch.float32)
    dead = net._replace(b=net.b - 1e3)
    ours = stepper(net=dead, members=[Member(0, 0.05, wd=wd) for wd in (0.0, 0.01, 0.02)])
    order = some_order(10)
    ours.advance(order, 1.0)
    u = ours.wiring.hidden[0].weight.u
    for _ in range(300):
        ours.advance(order, 1.0)
        held = u[u != 0].abs()
        assert held.numel() == 0 or held.min() > torch.finfo(torch.float32).tiny
    assert (u == 0).all()
    assert torch.isfinite(ours.net().W).all()


def test_divergence_shows() -> None:
    ours = stepper(members=[Member(0, 1.0, w24=1e3), Member(1, 0.01), Member(2, 0.01)])
    ours.advance(some_order(100), 1.0)
    finite = ours.net().W.isfinite().flatten(1).all(dim=1)
    assert finite.tolist() == [False, True, True]


def test_a_data_set_for_all_is_held_once() -> None:
    rows = {shared: stepper(data=sample(shared=shared)).batches.x_rows for shared in (True, False)}
    assert [len(rows[shared]) for shared in (True, False)] == [23, 69]


def test_the_initial_network_is_copied() -> None:
    net = network("resnet")
    copy = [field.clone() for field in net]
    ours = stepper(net=net, trained=net._fields)
    ours.advance(some_order(5), 1.0)
    ours.net().W.zero_()
    assert all(torch.equal(a, b) for a, b in zip(net, copy, strict=True))
    assert ours.net().W.any()


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        *((name, "squared") for name in INIT),
        ("bottleneck", "cross_entropy"),
        ("deep", "pseudo_huber"),
    ],
)
def test_it_stays_on_the_accelerator(name: str, loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_hand, "PERIOD", 4)
    # Without a driver, Tensor.copy_ refuses even fake tensors; the operation itself does not.
    copy = torch.ops.aten.copy_.default
    monkeypatch.setattr(torch.Tensor, "copy_", lambda self, other: copy(self, other))
    data, order, cpu = sample(classes=LOSSES[loss].classifies), some_order(7), network(name)
    with FakeTensorMode(allow_non_fake_inputs=True):
        net = cpu.map(lambda field: torch.empty(field.shape, device="cuda"))
        ours = stepper(net=net, data=data, loss=LOSSES[loss], trained=net._fields)
        ours.advance(order, 1.0)
        ours.advance(order[:, :3], 0.5)
        assert ours.state()["momentum of weight 1"].device.type == "cuda"
        ours.keep([0, 2])
        ours.advance(order[[0, 2]], 0.5)
        assert all(field.device.type == "cuda" for field in ours.net())
        assert ours.net().W.shape[0] == 2
