import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from ovp_lib.maths.hypercube import points
from ovp_lib.models.networks import two_layer
from ovp_lib.models.sparse_parity import network, parity
from ovp_lib.proofs import parity_network as best

SIZES = [(2, 2), (2, 5), (4, 4), (4, 7), (6, 6), (6, 9)]


def everywhere(d: int, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    signs = points(d)[None]
    return signs / math.sqrt(d), parity(signs, k)


@pytest.mark.parametrize("k", [2, 4, 6, 8, 10])
def test_kappa_is_what_it_is_defined_as(k: int) -> None:
    signs = points(k)
    by_enumeration = (signs.prod(dim=1) * signs.sum(dim=1).relu()).mean().abs().item()
    assert best.correlation_constant(k) == pytest.approx(by_enumeration, rel=1e-12)


@pytest.mark.parametrize("k", [2, 4, 6])
def test_kappa_is_the_integral_of_the_proof(k: int) -> None:
    # sin^k(v) / v^2 over all periods: sin^k times the sum of 1 / (v + n pi)^2

    def folded(v: float) -> float:
        n = np.arange(0, 20_000)
        tail = 1 / (math.pi**2 * (n[-1] + 0.5))
        return math.sin(v) ** k * (np.sum(1 / (v + n * math.pi) ** 2) + tail)

    value, _ = integrate.quad(folded, 1e-9, math.pi, epsabs=1e-9)
    assert value / math.pi == pytest.approx(best.correlation_constant(k), abs=1e-6)


@pytest.mark.parametrize("k", [0, 1, 3, -2])
def test_odd_parities_have_no_constant(k: int) -> None:
    with pytest.raises(ValueError, match=f"even number of coordinates, got k = {k}"):
        best.correlation_constant(k)


@pytest.mark.parametrize(("k", "d"), SIZES)
@pytest.mark.parametrize("scale", [1.0, 0.3, 0.0])
@pytest.mark.parametrize("copies", [1, 3])
def test_the_network_by_hand_is_the_parity_and_attains_the_bound(
    k: int, d: int, scale: float, copies: int
) -> None:
    net = best.by_hand(d, copies * 2**k, k, scale)
    x, chi = everywhere(d, k)
    assert torch.allclose(two_layer(net, x), scale * chi, atol=1e-13)
    norm = net.W.norm()
    assert norm.item() == pytest.approx(scale * best.least_norm(d, k), abs=1e-11)
    assert (net.a > 0).sum() == (net.a < 0).sum()
    error = best.least_error(norm, d, k).item()
    assert error == pytest.approx((1 - scale) ** 2, abs=1e-12)


def test_other_widths_are_exact_too_at_a_little_more_norm() -> None:
    x, chi = everywhere(7, 6)
    excess = []
    for m in (66, 100, 200, 1000, 5000):
        net = best.by_hand(7, m, 6)
        assert torch.allclose(two_layer(net, x), chi, atol=1e-13)
        excess.append(net.W.norm().item() / best.least_norm(7, 6) - 1)
    assert min(excess) > 0
    assert excess[-1] < 1e-3 < max(excess) < 0.2


def test_the_norm_of_the_paper_is_of_order_sqrt_d() -> None:
    assert best.least_norm(40, 6) == pytest.approx(16 / 3 * math.sqrt(6 * 40))


@pytest.mark.parametrize(
    ("d", "m", "message"),
    [(5, 64, "needs d >= 6"), (6, 62, "even m >= 64"), (6, 65, "even m >= 64")],
)
def test_sizes_that_do_not_fit_are_refused(d: int, m: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        best.by_hand(d, m, 6)


@pytest.mark.parametrize(("k", "d"), SIZES)
def test_correlations_are_those_of_a_slow_average(k: int, d: int) -> None:
    W = torch.randn(4, d, generator=torch.Generator().manual_seed(k), dtype=torch.float64)
    x, chi = everywhere(d, k)
    slow = [
        sum(max(0.0, float(w @ u)) * float(c) for u, c in zip(x[0], chi[0], strict=True)) / 2**d
        for w in W
    ]
    assert best.correlations(W, k).tolist() == pytest.approx(slow, abs=1e-13)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(SIZES),
    st.integers(0, 10_000),
    st.sampled_from([0.05, 0.5, 1.0]),
)
def test_every_step_of_the_proof_holds_for_one_neuron(
    size: tuple[int, int], seed: int, rest: float
) -> None:
    k, d = size
    w = torch.randn(1, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    w[:, k:] *= rest
    kappa = best.correlation_constant(k)
    found = best.correlations(w, k).abs().item()
    geometric = w[0, :k].abs().log().mean().exp().item()
    assert found <= kappa / math.sqrt(d) * geometric + 1e-14
    assert kappa / math.sqrt(d) * geometric <= w.norm().item() / best.least_norm(d, k) + 1e-14


@pytest.mark.parametrize(("k", "d"), SIZES)
def test_the_bound_on_one_neuron_is_attained(k: int, d: int) -> None:
    w = torch.zeros(1, d, dtype=torch.float64)
    w[:, :k] = 1.0
    ratio = best.correlations(w, k).abs().item() * best.least_norm(d, k) / w.norm().item()
    assert ratio == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(("k", "d"), [(3, 3), (3, 6), (5, 7)])
def test_a_parity_of_an_odd_number_cannot_be_seen_at_all(k: int, d: int) -> None:
    W = torch.randn(50, d, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert best.correlations(W, k).abs().max() < 1e-14


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([(2, 4), (6, 7)]), st.floats(0.01, 30.0))
def test_no_network_lies_below_the_frontier(
    seed: int, size: tuple[int, int], spread: float
) -> None:
    k, d = size
    generator = torch.Generator().manual_seed(seed)
    near = best.by_hand(d, 2 * 2**k, k).W
    W = spread * torch.rand(1, generator=generator).item() * near
    W = W + spread * torch.randn(near.shape, generator=generator, dtype=torch.float64)
    x, chi = everywhere(d, k)
    error = (two_layer(network(W), x) - chi).square().mean()
    assert error >= best.least_error(W.norm(), d, k) - 1e-12


def test_climbing_comes_near_the_bound_and_never_above() -> None:
    for k, d in ((2, 5), (4, 5), (6, 6)):
        W = torch.randn(60, d, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        before = best.correlations(W / W.norm(dim=1, keepdim=True), k).abs()
        found = best.largest_correlations(W, k, steps=100)
        assert 0.98 < found.max() <= 1 + 1e-12
        assert (found >= before * best.least_norm(d, k) - 1e-12).all()


def test_padding_changes_no_output_and_scales_the_norm() -> None:
    W = torch.randn(2, 10, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    wide = best.padded(W, 9)
    x, _ = everywhere(9, 6)
    narrow = x[..., :6] * math.sqrt(9 / 6)
    expected = two_layer(network(W), narrow.expand(2, -1, -1))
    assert torch.allclose(two_layer(network(wide), x.expand(2, -1, -1)), expected)
    assert torch.allclose(wide.norm(dim=(1, 2)) / 3, W.norm(dim=(1, 2)) / math.sqrt(6))
    with pytest.raises(ValueError, match="weights of 6 inputs cannot be padded to 5"):
        best.padded(W, 5)


def test_norm_at_is_the_inverse_of_least_error() -> None:
    errors = torch.linspace(0, 1, 11, dtype=torch.float64)
    norms = best.norm_at(errors, 40, 6)
    assert torch.allclose(best.least_error(norms, 40, 6), errors)
    assert best.least_error(torch.tensor(1e3), 40, 6) == 0
    with pytest.raises(ValueError, match=r"errors must lie in \[0, 1\]"):
        best.norm_at(torch.tensor([1.1]), 40, 6)


@pytest.mark.parametrize("wd", [1e-7, 1e-4, 0.1])
def test_the_least_objective_is_the_least_over_all_scales(wd: float) -> None:
    t = torch.linspace(0, 1, 200_001, dtype=torch.float64)
    values = (1 - t).square() / 2 + wd * (t * best.least_norm(40, 6)).square() / 2
    decay = torch.tensor(wd, dtype=torch.float64)
    assert best.least_objective(decay, 40, 6).item() == pytest.approx(values.min().item(), rel=1e-6)
    assert best.best_scale(decay, 40, 6).item() == pytest.approx(
        t[values.argmin()].item(), abs=1e-5
    )
