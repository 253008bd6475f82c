import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from ovp_lib.models.inputs import stream
from ovp_lib.proofs.interval import (
    Partition,
    effective_signs,
    interval_partition,
    printed_partition,
    turning_point,
)

TAU = 0.01
Y0 = turning_point(TAU)
NUMBERS = [-1.0, -0.37, -Y0, -0.7 * Y0, 0.0, 1e-6, 0.5 * Y0, 0.999 * Y0, Y0, 1.01 * Y0, 0.2, 1.0]
TAUS = st.floats(1e-4, TAU)


def tensor(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def many(tau: float = TAU) -> torch.Tensor:
    ends = torch.linspace(-1, 1, 401, dtype=torch.float64)
    return torch.cat([ends, 2 * turning_point(tau) * ends])


def integral(partition: Partition, weight) -> float:
    """Integrate ``weight(s, g)`` against the normal density, between the jumps of s."""
    ends = sorted({float(end) for part in partition[1:] for end in (part, -part)} | {0.0})
    return sum(
        quad(
            lambda g: weight(float(partition.sign(tensor(g))[0]), g) * norm.pdf(g),
            low,
            high,
            epsabs=1e-14,
        )[0]
        for low, high in itertools.pairwise(ends)
    )


@pytest.mark.parametrize("y", NUMBERS)
def test_balanced_symmetric_and_unbiased_by_quadrature(y: float) -> None:
    """Properties 2, 3 and 4."""
    partition = interval_partition(tensor(y), TAU)
    mass = integral(partition, lambda s, _: abs(s))
    assert mass == pytest.approx(TAU, abs=1e-12)
    assert integral(partition, lambda s, _: s) == pytest.approx(0, abs=1e-12)
    assert integral(partition, lambda s, g: s * g) / mass == pytest.approx(y, abs=1e-10)


@pytest.mark.parametrize("build", [interval_partition, printed_partition])
@pytest.mark.parametrize("y", NUMBERS)
def test_closed_forms_are_the_integrals(build, y: float) -> None:
    partition = build(tensor(y), TAU)
    mass = integral(partition, lambda s, _: abs(s))
    assert partition.probability().item() == pytest.approx(mass, abs=1e-12)
    plain = integral(partition, lambda s, _: s)
    assert partition.imbalance().item() == pytest.approx(plain, abs=1e-12)
    mean = integral(partition, lambda s, g: s * g) / mass
    assert partition.mean().item() == pytest.approx(mean, abs=1e-10)


@settings(max_examples=20)
@given(TAUS)
def test_all_six_properties_on_a_grid(tau: float) -> None:
    y = many(tau)
    partition = interval_partition(y, tau)
    g = torch.linspace(-2.5, 2.5, 301, dtype=torch.float64)[:, None]
    s = partition.sign(g)
    inside = (partition.start <= g.abs()) & (g.abs() <= partition.end)
    assert set(s.unique().tolist()) <= {-1.0, 0.0, 1.0}
    assert ((s != 0) <= inside).all()
    assert (partition.end <= 2).all()
    assert (partition.probability() / tau - 1).abs().max() < 1e-10
    assert partition.imbalance().abs().max() < 1e-14
    assert (partition.mean() - y).abs().max() < 1e-13 / tau
    assert partition.spread().max() <= 10 * tau


def test_indicator_inside_and_out() -> None:
    """Property 1: s is +-1 on all of I(y), zero off it."""
    partition = interval_partition(tensor(*NUMBERS), TAU)
    inner = partition.start + (partition.end - partition.start) * tensor(0.003, 0.4, 0.997)[:, None]
    assert (partition.sign(inner).abs() == 1).all()
    assert (partition.sign(-inner).abs() == 1).all()
    assert (partition.sign(partition.end * 1.001) == 0).all()
    assert (partition.sign(partition.start * 0.999 - 1e-9)[[0, 1, -1]] == 0).all()


def test_spread_is_that_of_s_times_g() -> None:
    for y in NUMBERS:
        partition = interval_partition(tensor(y), TAU)
        g = torch.linspace(-1.1, 1.1, 220_001, dtype=torch.float64)
        s = partition.sign(g)
        product = (s * g)[s != 0]
        assert (product.max() - product.min()).item() == pytest.approx(
            partition.spread().item(), abs=3e-5
        )


def test_moves_no_faster_than_four_ends_can() -> None:
    """Property 6, with its constant: two ends at speed at most 1, two at most exp(11 tau)."""
    y = many().sort().values
    y = y[y.diff(prepend=tensor(-2.0)) > 1e-9]
    here, there = interval_partition(y[:-1], TAU), interval_partition(y[1:], TAU)
    speed = here.distance(there) / y.diff()
    assert speed.max() <= 2 + 2 * math.exp(11 * TAU)
    assert speed.max() > 3.9
    assert speed[y[1:].abs() < 0.99 * Y0].max() == 0  # there I(y) does not depend on y


@settings(max_examples=40)
@given(st.sampled_from(NUMBERS), st.sampled_from(NUMBERS))
def test_distance_counts_the_points_that_differ(y1: float, y2: float) -> None:
    one, two = (interval_partition(tensor(y), TAU) for y in (y1, y2))
    g = torch.linspace(-1.1, 1.1, 440_000, dtype=torch.float64)
    differ = (one.sign(g) != 0) != (two.sign(g) != 0)
    assert one.distance(two).item() == pytest.approx(differ.sum().item() * 5e-6, abs=5e-5)


def test_the_two_cases_join() -> None:
    below, above = (interval_partition(tensor(Y0 * (1 + e)), TAU) for e in (-1e-10, 1e-10))
    for end, other in zip(below[1:], above[1:], strict=True):
        torch.testing.assert_close(end, other, atol=1e-7, rtol=0)


@given(st.floats(-1, 1), st.floats(-2, 2))
def test_negative_numbers_mirror(y: float, g: float) -> None:
    one = interval_partition(tensor(y), TAU).sign(tensor(g))
    two = interval_partition(tensor(-y), TAU).sign(tensor(-g))
    if y != 0:
        assert one.item() == two.item()


def test_printed_definition_misses_the_mean_where_the_intervals_meet() -> None:
    """Property 4 as printed: the mean is |y| Pr[|g| <= e] / tau, not |y|."""
    y = Y0 * torch.linspace(0.02, 0.98, 49, dtype=torch.float64)
    printed = printed_partition(y, TAU)
    assert (printed.probability() / TAU - 1).abs().max() < 1e-12  # 2 and 3 do hold
    assert printed.imbalance().abs().max() < 1e-14
    e = printed.middle
    given_odd = 2 * (norm.pdf(0) - norm.pdf(e)) / (2 * norm.cdf(e) - 1)
    torch.testing.assert_close(torch.as_tensor(given_odd), y, atol=1e-12, rtol=0)
    share = torch.as_tensor(2 * norm.cdf(e) - 1) / TAU
    torch.testing.assert_close(printed.mean(), y * share, atol=1e-12, rtol=0)
    assert (y - printed.mean()).max() > 0.15 * TAU
    torch.testing.assert_close(printed.mean(), y**2 / Y0, atol=1e-6, rtol=0)


def test_printed_and_repaired_agree_elsewhere() -> None:
    y = tensor(-1.0, -0.3, -Y0 * 1.001, Y0 * 1.001, 0.5)
    for one, two in zip(interval_partition(y), printed_partition(y), strict=True):
        torch.testing.assert_close(one, two, rtol=0, atol=0)


def test_effective_signs_are_those_of_the_partition() -> None:
    y = 2 * torch.rand(20_000, generator=stream(3), dtype=torch.float64) - 1
    y[::2] *= 2 * Y0
    g = torch.randn(20_000, generator=stream(4), dtype=torch.float64)
    g[::3] = y[::3] + 0.02 * g[::3]
    expected = interval_partition(y, TAU).sign(g)
    assert expected.abs().sum() > 1000
    torch.testing.assert_close(effective_signs(y, g, TAU), expected, rtol=0, atol=0)


def test_signs_hide_the_number() -> None:
    """Monte Carlo: members are tau of all, signs are fair, and s g has mean y."""
    n = 1_000_000
    g = torch.randn(n, generator=stream(5), dtype=torch.float64)
    for y in (0.3 * Y0, 0.6):
        s = effective_signs(torch.full_like(g, y), g, TAU)
        members = s.abs().sum().item()
        assert abs(members / n - TAU) < 4.5 * math.sqrt(TAU / n)
        assert abs(s.sum().item()) < 4.5 * math.sqrt(members)
        product = (s * g)[s != 0]
        assert abs(product.mean() - y) < 4.5 * product.std() / math.sqrt(members)


@pytest.mark.parametrize("tau", [0.0, -0.001, 0.011, math.nan])
def test_refuses_a_mass_out_of_range(tau: float) -> None:
    y = tensor(0.5)
    for call in (interval_partition, printed_partition):
        with pytest.raises(ValueError, match=r"tau must lie in \(0, 1/100\]"):
            call(y, tau)
    with pytest.raises(ValueError, match="tau must lie"):
        turning_point(tau)
    with pytest.raises(ValueError, match="tau must lie"):
        effective_signs(y, y, tau)


@pytest.mark.parametrize("y", [1.001, -2.0, math.nan])
def test_refuses_a_number_out_of_range(y: float) -> None:
    with pytest.raises(ValueError, match=r"y must lie in \[-1, 1\]"):
        interval_partition(tensor(y))
    with pytest.raises(ValueError, match=r"y must lie in \[-1, 1\]"):
        printed_partition(tensor(y))
    with pytest.raises(ValueError, match=r"y must lie in \[-1, 1\]"):
        effective_signs(tensor(0.0, y), tensor(0.0, 0.0))
