import itertools
import logging
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ovp_lib.models.architectures import ARCHITECTURES, architecture_of
from ovp_lib.models.ensemble import Network
from ovp_lib.models.inputs import stream
from ovp_lib.models.networks import init_two_layer
from ovp_lib.models.resnet import init_bottleneck
from ovp_lib.models.three_layer import init_three_layer
from ovp_lib.training.fused import FusedStepper, why_not
from ovp_lib.training.fused import stepper as stepper_module
from ovp_lib.training.fused.layout import groups_of, lanes_of, panels_of, ungrouped, whole_of
from ovp_lib.training.fused.plan import TILES, Plan, host_tile
from ovp_lib.training.losses import PSEUDO_HUBER, SQUARED
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.samples import Sample

BATCH, N = 10, 60
PROTOCOL = Protocol(batch_size=BATCH)
MEMBERS = (
    Member(0, lr=0.002, wd=1e-1),
    Member(1, lr=0.005),
    Member(2, lr=0.001, wd=1e-2, w24=0.5),
)
ROUNDING = 2e-6
"""Largest distance from the float64 run, relative to the norm of the weights."""


def network(name: str, e: int = 3, d: int = 5, k: int = 1, width: int = 37) -> Network:
    generators = [stream(7, member) for member in range(e)]
    if name == "two-layer":
        net = init_two_layer(generators, d=d, m=width, k=k)
    elif name == "bottleneck":
        net = init_bottleneck(generators, d=d, m=width, k=k)
    else:
        net = init_three_layer(generators, d=d, m1=width, m2=width + 4, k=k)
    return net.to("cpu", torch.float32)


def sample(e: int = 3, n: int = N, d: int = 5, k: int = 1, *, own: bool = True) -> Sample:
    sets = e if own else 1
    x = torch.stack([torch.randn(n, d, generator=stream(8, s)) for s in range(sets)])
    y = torch.stack([torch.randn(n, k, generator=stream(9, s)) for s in range(sets)])
    return Sample(x.expand(e, n, d), y.expand(e, n, k))


def batches(steps: int, e: int = 3, n: int = N, batch: int = BATCH) -> np.ndarray:
    generator = np.random.default_rng(3)
    return generator.integers(n, size=(e, steps, batch), dtype=np.int32)


def stepper(net: Network, data: Sample, members=MEMBERS, protocol=PROTOCOL, **more) -> FusedStepper:
    architecture = architecture_of(net)
    settings = {"trained": architecture.hidden, "loss": SQUARED, "threads": 1} | more
    return FusedStepper(architecture, net, data, members, protocol, **settings)


def by_torch_optim(net, data, e, order, member, trained, *, momentum=0.9, factors=None):
    """One member alone in float64, by autograd and torch.optim.SGD."""
    architecture = architecture_of(net)
    net = net.member(e).to("cpu")
    for name in trained:
        getattr(net, name).requires_grad_()
    optimiser = torch.optim.SGD(
        [{"params": [getattr(net, name)]} for name in trained],
        lr=member.lr,
        momentum=momentum,
        weight_decay=member.wd,
    )
    for t, rows in enumerate(torch.from_numpy(order).long()):
        for name, group in zip(trained, optimiser.param_groups, strict=True):
            own = dict(member.factors).get(name, 1.0)
            group["lr"] = member.lr * own * (factors[t] if factors else 1)
        x, y = (part[e : e + 1, rows].double() for part in data)
        objective = SQUARED.value(architecture.forward(net, x), y).mean()
        objective = objective + member.w24 * net.W.square().sum(dim=-1).square().sum()
        optimiser.zero_grad()
        objective.backward()
        optimiser.step()
    return {name: getattr(net, name).detach()[0] for name in trained}


def assert_agree(found: Network, net, data, order, members, trained=None, **how) -> None:
    trained = trained or architecture_of(net).hidden
    for e, member in enumerate(members):
        expected = by_torch_optim(net, data, e, order[e], member, trained, **how)
        for name, weight in expected.items():
            off = (getattr(found, name)[e].double() - weight).norm() / weight.norm()
            assert off < ROUNDING, (name, e)
            assert (weight - getattr(net, name)[e]).norm() > 1e-2 * weight.norm()  # it moved


def assert_same(a, b) -> None:
    if isinstance(a, dict):
        assert list(a) == list(b)
        a, b = a.values(), b.values()
    assert all(torch.equal(one, other) for one, other in zip(a, b, strict=True))


NAMES = ("two-layer", "three-layer", "bottleneck")


@pytest.mark.parametrize("name", NAMES)
def test_a_hundred_steps_are_torch_optim_in_float64_and_the_same_bits_with_every_tile(name) -> None:
    net, data, order = network(name), sample(), batches(100)
    states = []
    for tile in TILES:
        fused = stepper(net, data, tile=tile)
        fused.advance(order, 1.0)
        assert_agree(fused.net(), net, data, order, MEMBERS)
        for field in set(net._fields) - set(architecture_of(net).hidden):
            assert torch.equal(getattr(fused.net(), field), getattr(net, field))
        states.append(fused.state())
    for state in states[1:]:
        assert_same(state, states[0])


@pytest.mark.parametrize("name", ["three-layer", "bottleneck"])
@pytest.mark.parametrize("outputs", [1, 3])
def test_each_weight_may_have_a_step_size_of_its_own(name: str, outputs: int) -> None:
    members = [
        replace(member, factors=factors)
        for member, factors in zip(
            MEMBERS, [(("V", 0.1),), (("W", 0.3), ("V", 2.0)), ()], strict=True
        )
    ]
    net, data, order = network(name, k=outputs), sample(k=outputs), batches(100)
    fused = stepper(net, data, members)
    fused.advance(order[:, :60], 1.0)
    fused.advance(order[:, 60:], 0.1)
    factors = [1.0] * 60 + [0.1] * 40
    assert_agree(fused.net(), net, data, order, members, factors=factors)


@pytest.mark.parametrize("name", NAMES)
def test_factors_of_one_change_no_bit(name: str) -> None:
    ones = [replace(member, factors=(("W", 1.0), ("V", 1.0))) for member in MEMBERS]
    net, data, order = network(name), sample(), batches(50)
    states = []
    for members in (MEMBERS, ones):
        fused = stepper(net, data, members)
        fused.advance(order, 0.5)
        states.append(fused.state())
    assert_same(*states)


@pytest.mark.parametrize("name", NAMES)
def test_several_outputs_other_sizes_and_a_shared_set(name: str) -> None:
    net, data = network(name, d=4, k=3, width=70), sample(d=4, k=3, own=False)
    order = batches(60, batch=33)
    protocol = Protocol(batch_size=33, momentum=0.5)
    fused, narrow = (stepper(net, data, protocol=protocol, tile=tile) for tile in (None, "avx2"))
    for each in (fused, narrow):
        each.advance(order, 1.0)
    assert_agree(fused.net(), net, data, order, MEMBERS, momentum=0.5)
    assert fused._x.shape[0] == 1
    assert_same(fused.state(), narrow.state())


@given(width=st.integers(1, 150))
@settings(max_examples=10)
def test_any_width(width: int) -> None:
    for name in NAMES:
        net, data, order = network(name, 1, width=width), sample(1), batches(5, 1)
        fused = stepper(net, data, MEMBERS[:1])
        fused.advance(order, 1.0)
        expected = by_torch_optim(net, data, 0, order[0], MEMBERS[0], architecture_of(net).hidden)
        for field, weight in expected.items():
            off = (getattr(fused.net(), field)[0].double() - weight).norm() / weight.norm()
            assert off < ROUNDING


@pytest.mark.parametrize("trained", [("W",), ("V",)])
def test_one_layer_alone_may_be_trained(trained: tuple[str, ...]) -> None:
    net, data, order = network("three-layer"), sample(), batches(50)
    fused = stepper(net, data, trained=trained)
    fused.advance(order, 1.0)
    assert_agree(fused.net(), net, data, order, MEMBERS, trained)
    (other,) = {"W", "V"} - set(trained)
    assert torch.equal(getattr(fused.net(), other), getattr(net, other))
    assert set(fused.state()) == {trained[0], f"momentum.{trained[0]}"}


@pytest.mark.parametrize("name", NAMES)
def test_the_momentum_is_kept_when_the_step_size_drops(name: str) -> None:
    net, data, order = network(name), sample(), batches(60)
    fused = stepper(net, data)
    fused.advance(order[:, :30], 1.0)
    fused.advance(order[:, 30:], 0.1)
    assert_agree(fused.net(), net, data, order, MEMBERS, factors=[1.0] * 30 + [0.1] * 30)


@pytest.mark.parametrize(("d", "k", "batch"), [(5, 1, BATCH), (4, 3, 33)])
@pytest.mark.parametrize("name", NAMES)
def test_company_threads_and_cuts_do_not_change_a_bit(
    name: str, d: int, k: int, batch: int
) -> None:
    net, data, order = network(name, d=d, k=k), sample(d=d, k=k), batches(40, batch=batch)
    protocol = Protocol(batch_size=batch)
    together = stepper(net, data, protocol=protocol, threads=3)
    for start, end in itertools.pairwise((0, 1, 2, 17, 17, 40)):
        together.advance(order[:, start:end], 1.0)
    for e in range(3):
        alone = stepper(
            net.member(e),
            data.member(e),
            MEMBERS[e : e + 1],
            protocol,
        )
        alone.advance(order[e : e + 1], 1.0)
        for field in architecture_of(net).hidden:
            assert torch.equal(getattr(alone.net(), field)[0], getattr(together.net(), field)[e])


def test_threads_that_run_at_the_same_time_share_nothing_that_they_write() -> None:
    """Each member takes some milliseconds, so that three threads are sure to overlap."""
    net, data, order = network("two-layer", 6, width=500), sample(6), batches(2000, 6)
    members = [Member(seed, lr=1e-4) for seed in range(6)]
    one, three = (stepper(net, data, members, threads=threads) for threads in (1, 3))
    one.advance(order, 1.0)
    three.advance(order, 1.0)
    assert_same(one.state(), three.state())


@pytest.mark.parametrize("name", NAMES)
def test_a_loaded_state_goes_on_bit_by_bit(name: str) -> None:
    net, data, order = network(name), sample(), batches(40)
    through, first, second = (stepper(net, data) for _ in range(3))
    through.advance(order, 1.0)
    first.advance(order[:, :20], 1.0)
    kept = {key: value.clone() for key, value in first.state().items()}
    first.advance(order[:, 20:], 1.0)
    second.load(kept)
    assert_same(second.state(), kept)
    second.advance(order[:, 20:], 1.0)
    assert_same(second.state(), through.state())
    assert_same(second.net(), first.net())


def test_a_state_of_other_shapes_is_refused() -> None:
    fused = stepper(network("two-layer"), sample())
    state = fused.state()
    with pytest.raises(ValueError, match=r"shapes .*'W': \(3, 37, 5\).*got .*'W': \(2, 37, 5\)"):
        fused.load({key: value[:2] for key, value in state.items()})
    with pytest.raises(ValueError, match="shapes"):
        fused.load({"W": state["W"]})


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_those_kept_go_on_as_if_nothing_had_been(name: str, own: bool) -> None:
    net, data, order = network(name), sample(own=own), batches(30)
    all_of_them, some = stepper(net, data), stepper(net, data)
    all_of_them.advance(order, 1.0)
    some.advance(order[:, :10], 1.0)
    some.keep([2, 0])
    some.advance(order[[2, 0], 10:], 1.0)
    for key, value in all_of_them.state().items():
        assert torch.equal(some.state()[key], value[[2, 0]])
    with pytest.raises(ValueError, match=r"must be in 0..1, at least one, got \[2\]"):
        some.keep([2])
    with pytest.raises(ValueError, match="at least one"):
        some.keep([])


@pytest.mark.parametrize("name", NAMES)
def test_a_run_that_diverges_shows_it_and_harms_no_other(name: str) -> None:
    net, data, order = network(name), sample(), batches(40)
    wild = (MEMBERS[0], Member(1, lr=1e12), MEMBERS[2])
    fused, calm = stepper(net, data, wild), stepper(net, data)
    fused.advance(order, 1.0)
    calm.advance(order, 1.0)
    for field in architecture_of(net).hidden:
        weight = getattr(fused.net(), field)
        assert weight[1].isnan().any()
        assert torch.equal(weight[[0, 2]], getattr(calm.net(), field)[[0, 2]])


@pytest.mark.parametrize("name", NAMES)
def test_a_weight_that_is_not_a_number_is_passed_on(name: str) -> None:
    net, data = network(name), sample()
    net.W[1, 5, 0] = torch.nan
    fused = stepper(net, data)
    fused.advance(batches(2), 1.0)
    assert fused.net().W[1].isnan().all(dim=-1).sum() > 1
    assert fused.net().W[[0, 2]].isfinite().all()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_denormal_and_the_caller_keeps_its_own_rounding(name: str) -> None:
    """Without weight decay the momentum of units that never switch on only fades."""
    net, data = network(name), sample()
    field = {"two-layer": "b", "three-layer": "b2", "bottleneck": "b1"}[name]
    getattr(net, field)[:, ::2] = -1e3
    fused = stepper(net, data, [Member(0, lr=1e-4)] * 3)
    state = fused.state()
    for key in state:
        if key.startswith("momentum"):
            state[key] += 1e-36
    fused.load(state)
    fused.advance(batches(300), 1.0)
    tiny = torch.finfo(torch.float32).tiny
    for value in fused.state().values():
        assert not ((value != 0) & (value.abs() < tiny)).any()
    dead = fused.state()["momentum.V" if name == "three-layer" else "momentum.W"][:, ::2]
    assert (dead == 0).all()
    assert (torch.tensor([tiny]) / 2).item() > 0


@pytest.mark.parametrize("name", NAMES)
def test_what_it_is_given_and_what_it_gives_stay_as_they_are(name: str) -> None:
    net, data, order = network(name), sample(), batches(5)
    before = [part.clone() for part in (*net, *data)]
    fused = stepper(net, data)
    fused.advance(order, 1.0)
    after, state = fused.net(), fused.state()
    copies = [value.clone() for value in (*after, *state.values())]
    fused.advance(order, 1.0)
    assert all(torch.equal(*pair) for pair in zip(before, (*net, *data), strict=True))
    assert all(torch.equal(*pair) for pair in zip(copies, (*after, *state.values()), strict=True))


def reason(name: str = "two-layer", **change) -> str | None:
    net = change.pop("net", None) or network(name)
    settings = {
        "loss": SQUARED,
        "device": torch.device("cpu"),
        "precision": torch.float32,
        "trained": ("W",),
    } | change
    return why_not(ARCHITECTURES[name], net, **settings)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"loss": PSEUDO_HUBER}, "squared loss, not pseudo_huber"),
        ({"precision": torch.float64}, "float32 on the CPU, not in torch.float64 on cpu"),
        ({"device": torch.device("cuda")}, "not in torch.float32 on cuda"),
        ({"trained": ()}, "it trains W, not"),
        ({"trained": ("W", "a")}, "it trains W, not W and a"),
        ({"net": network("two-layer", d=65)}, "up to 64 inputs"),
        ({"net": network("two-layer", k=17)}, "16 outputs"),
        ({"name": "deep", "net": network("two-layer")}, "not deep"),
    ],
)
def test_it_says_why_it_does_not_apply(change: dict, words: str) -> None:
    assert words in str(reason(**change))


def test_it_applies_otherwise() -> None:
    assert reason() is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"loss": PSEUDO_HUBER}, "does not apply: it minimises the squared loss"),
        ({"members": MEMBERS[:2]}, "one member for each of 3 networks.*got 2 members"),
        ({"data": sample(d=4)}, r"x \(3, n, 5\).*got .*x \(3, 60, 4\)"),
        ({"data": sample(k=2)}, r"y \(3, 60, 2\)"),
        ({"protocol": Protocol(batch_size=61)}, "batches of 61 need as many samples, got 60"),
    ],
)
def test_bad_settings_are_refused(change: dict, message: str) -> None:
    given_ = {"net": network("two-layer"), "data": sample()} | change
    with pytest.raises(ValueError, match=message):
        stepper(**given_)


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (batches(4, e=2), r"order must have shape \(3, steps, 10\), got \(2, 4, 10\)"),
        (batches(4, batch=9), r"got \(3, 4, 9\)"),
        (batches(4) - N, r"samples 0..59, got -"),
        (batches(4, n=N + 1) + 1, r"samples 0..59, got "),
    ],
    ids=["members", "batch", "negative", "beyond"],
)
def test_an_order_that_does_not_fit_is_refused(order: np.ndarray, message: str) -> None:
    fused = stepper(network("two-layer"), sample())
    with pytest.raises(ValueError, match=message):
        fused.advance(order, 1.0)
    assert torch.equal(fused.net().W, network("two-layer").W)


@given(m=st.integers(1, 70), n=st.sampled_from([4, 8, 16]))
def test_layouts_are_undone(m: int, n: int) -> None:
    weight = torch.randn(2, m, m + 3, generator=stream(m))
    panels = panels_of(weight, n)
    assert panels.shape[3] == 2 * n
    assert panels.shape[2] % n == 0
    assert torch.equal(whole_of(panels, m, m + 3), weight)
    assert torch.equal(lanes_of(weight, n).mT[:, :m], weight)
    groups = groups_of(weight, n, 4 * n)
    assert groups.shape[1] % 4 == 0
    assert torch.equal(ungrouped(groups, m), weight)


@given(batch=st.integers(1, 500), tile=st.sampled_from(sorted(TILES)))
def test_tiles_fit_the_registers_and_waste_less_than_one_row_each(batch: int, tile: str) -> None:
    plan = Plan.of(tile, d=5, k=1, batch=batch)
    assert 2 * plan.rows + 3 <= TILES[tile].registers
    assert 0 <= plan.padded(batch) - batch < plan.padded(batch) // plan.rows
    assert Plan.parse(plan.text()) == plan


def test_without_a_place_for_a_cache_it_compiles_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def njit(*, nogil: bool, cache: bool = False):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return "compiled without" if nogil else "holds the lock"

    monkeypatch.setitem(stepper_module.KERNELS, "two-layer", lambda plan, jit: (plan, jit))
    monkeypatch.setattr(stepper_module, "njit", njit)
    caplog.set_level(logging.INFO)
    plan = Plan("avx2", 1, 1, 1, "nowhere")
    assert stepper_module._kernel("two-layer", plan) == (plan, "compiled without")
    assert "no locator available" in caplog.text


def test_a_plan_knows_its_source_and_its_processor() -> None:
    plan = Plan.of("avx512", d=5, k=1, batch=50)
    assert plan.rows == 13
    assert plan.source in plan.text()
    assert plan != Plan(plan.tile, 5, 1, 13, "older")
    assert host_tile() in (None, *TILES)
