import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ovp_lib.models import pseudo
from ovp_lib.models.inputs import rademacher, stream
from ovp_lib.models.three_layer import gates, preactivations
from ovp_lib.proofs import cross_term as ct
from ovp_lib.proofs.perturbations import frobenius, norm_2_4, random_first, random_second
from tests.proofs.three_layer_nets import network, noise, points

NET, X = network(), points()
FROZEN = gates(NET.moved(noise(NET.W, 0.3), noise(NET.V, 0.3)), X)
DW, DV = noise(NET.W, 1.0, 11), noise(NET.V, 1.0, 12)


def signs(key: int) -> torch.Tensor:
    return torch.stack([rademacher((9,), stream(key, i)) for i in range(2)])


def test_moving_multiplies_rows_of_w_and_columns_of_v() -> None:
    s = signs(1)
    after = ct.signed(NET, DW, DV, s, 0.3)
    for e in range(2):
        S = torch.diag(s[e])
        torch.testing.assert_close(after.W[e], NET.W[e] + 0.3 * S @ DW[e])
        torch.testing.assert_close(after.V[e], NET.V[e] + 0.3 * DV[e] @ S)


@settings(deadline=None)
@given(key=st.integers(0, 1000), eta=st.floats(1e-3, 10.0))
def test_the_cross_term_is_linear_in_the_signs_with_the_closed_form_coefficients(
    key: int, eta: float
) -> None:
    """The identity of the lemma, to rounding: S^2 = I leaves exactly eta^2 g^(b,b)."""
    s = signs(key)
    measured = ct.cross_term(NET, X, FROZEN, DW, DV, s, eta)
    c = ct.coefficients(NET, X, FROZEN, DW, DV)
    closed = eta * (c * s[:, None, None, :]).sum(dim=3)
    torch.testing.assert_close(measured, closed, rtol=1e-11, atol=1e-11)


def test_coefficients_neuron_by_neuron() -> None:
    c = ct.coefficients(NET, X, FROZEN, DW, DV)
    z = preactivations(NET, X).first
    for e, n, r, i in itertools.product(range(2), range(3), range(2), range(9)):
        p = sum(NET.a[e, r, j] * FROZEN.second[e, n, j] * DV[e, j, i] for j in range(8))
        q = sum(NET.a[e, r, j] * FROZEN.second[e, n, j] * NET.V[e, j, i] for j in range(8))
        expected = (p * z[e, n, i] + q * (DW[e, i] @ X[e, n])) * FROZEN.first[e, n, i]
        torch.testing.assert_close(c[e, n, r, i], expected)


def test_mean_and_variance_over_all_signs() -> None:
    every = torch.tensor(list(itertools.product([-1.0, 1.0], repeat=9)), dtype=torch.float64)
    terms = torch.stack([ct.cross_term(NET, X, FROZEN, DW, DV, s.expand(2, 9), 0.3) for s in every])
    torch.testing.assert_close(terms.mean(dim=0), torch.zeros_like(terms[0]))
    c = ct.coefficients(NET, X, FROZEN, DW, DV)
    torch.testing.assert_close(terms.square().mean(dim=0), 0.09 * c.square().sum(dim=3))


def std(net, x, dW, dV) -> torch.Tensor:
    return ct.coefficients(net, x, gates(net, x), dW, dV)[:, 0, 0].norm(dim=1)


def test_no_movement_of_that_norm_varies_more_than_the_worst() -> None:
    x, zero_w, zero_v = X[:, :1], torch.zeros_like(NET.W), torch.zeros_like(NET.V)
    worst_v, worst_w = ct.worst_second(NET, x, 0.7), ct.worst_first(NET, x, 0.7)
    torch.testing.assert_close(frobenius(worst_v), torch.full((2,), 0.7, dtype=torch.float64))
    torch.testing.assert_close(norm_2_4(worst_w), torch.full((2,), 0.7, dtype=torch.float64))
    most_v, most_w = std(NET, x, zero_w, worst_v), std(NET, x, worst_w, zero_v)
    for key in range(200):
        generators = [stream(20, key, i) for i in range(2)]
        near = 0.3 * random_second(NET.V, 1.0, generators) + worst_v
        for dV in (
            random_second(NET.V, 0.7, generators),
            0.7 * near / near.norm(dim=(1, 2))[:, None, None],
        ):
            assert (std(NET, x, zero_w, dV) <= most_v + 1e-12).all()
        near = 0.3 * random_first(NET.W, 1.0, generators) + worst_w
        for dW in (
            random_first(NET.W, 0.7, generators),
            0.7 * near / norm_2_4(near)[:, None, None],
        ):
            assert (std(NET, x, dW, zero_v) <= most_w + 1e-12).all()


def test_the_construction_makes_one_entry_of_q_large() -> None:
    """With it the variance reaches m2 tau_v^2 tau_w^2 / 2, the square of the bound's last term."""
    m = 400
    net, x = network(m, m), points(n=1)
    at = net.moved(dV=ct.concentrating(net, x, 1.0))
    assert (gates(at, x).second != gates(net, x).second).double().mean() < 0.01
    largest = std(at, x, ct.worst_first(at, x, 0.01), torch.zeros_like(net.V))
    expected = 0.01 * (m / 2) ** 0.5
    assert largest.tolist() == pytest.approx([expected, expected], rel=0.15)
    before = std(net, x, ct.worst_first(net, x, 0.01), torch.zeros_like(net.V))
    assert (before < 0.5 * largest).all()


def test_bound() -> None:
    assert ct.size_bound(100, 400, 0.01, 0.5) == pytest.approx(20 * 0.5 / 10 + 20 * 0.01)


def test_without_the_same_signs_on_both_sides_the_main_term_is_lost() -> None:
    """What the lemma needs is S^2 = I: independent signs leave eta^2 V'' S S' W'' instead."""
    other = signs(31)
    after = NET.moved(0.3 * other.unsqueeze(2) * DW, 0.3 * DV * signs(30).unsqueeze(1))
    both = pseudo.pseudo_three_layer_without_bias(NET._replace(W=DW, V=DV), X, FROZEN)
    g = pseudo.pseudo_three_layer
    left = g(after, X, FROZEN) - g(NET, X, FROZEN) - 0.09 * both
    c = ct.coefficients(NET, X, FROZEN, DW, DV)
    assert ((left - 0.3 * (c * other[:, None, None]).sum(dim=3)).abs() > 1e-3).any()


def test_signs_on_the_rows_of_v_do_not_do() -> None:
    """Section 6.4 prints eta S V'' once: the shapes fit only if m1 = m2, and g' is not left."""
    net, x = network(9, 9), X
    frozen, dV = gates(net, x), noise(net.V, 1.0, 13)
    s = signs(40)
    both = pseudo.pseudo_three_layer_without_bias(net._replace(W=DW, V=dV), x, frozen)
    after = net.moved(0.3 * s.unsqueeze(2) * DW, 0.3 * s.unsqueeze(2) * dV)
    moved = pseudo.pseudo_three_layer(after, x, frozen) - pseudo.pseudo_three_layer(net, x, frozen)
    flipped = net.moved(-0.3 * s.unsqueeze(2) * DW, -0.3 * s.unsqueeze(2) * dV)
    back = pseudo.pseudo_three_layer(flipped, x, frozen) - pseudo.pseudo_three_layer(net, x, frozen)
    assert ((moved + back) / 2 - 0.09 * both).abs().max() > 0.01
    right = [ct.cross_term(net, x, frozen, DW, dV, sign * s, 0.3) for sign in (1, -1)]
    assert (right[0] + right[1]).abs().max() < 1e-12


def test_a_narrow_second_layer_needs_the_term_that_the_statement_leaves_out() -> None:
    """With V' = V'' = 0 the bound is sqrt(m2) tau_w, and m1^(1/4) tau_w is attained."""
    net, x = network(20_000, 4), points(n=1)
    largest = std(net, x, ct.worst_first(net, x, 1.0), torch.zeros_like(net.V))
    assert (largest > 2 * 4**0.5).all()
    assert (largest < 2 * 20_000**0.25).all()


@pytest.mark.parametrize("tau_v", [0.0, -2.0])
def test_a_norm_must_be_positive(tau_v: float) -> None:
    for construct in (ct.worst_second, ct.concentrating, ct.worst_first):
        with pytest.raises(ValueError, match="norm of a movement must be positive, got"):
            construct(NET, X[:, :1], tau_v)
