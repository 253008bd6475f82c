import math

import pytest
import torch

from ovp_lib.models.inputs import rademacher, sphere, stream
from ovp_lib.models.networks import init_two_layer, preactivations, two_layer
from ovp_lib.proofs.rademacher import two_layer as tw

E, M, N = 3, 4, 9
NET = init_two_layer([stream(0, i) for i in range(E)], d=2, m=M)
X = torch.stack([sphere(2)(N, stream(1, i)) for i in range(E)])
XI = torch.stack([rademacher((N,), stream(2, i)) for i in range(E)])


def disc(tau: float, rings: int = 120, angles: int = 720) -> torch.Tensor:
    r = tau * torch.linspace(0, 1, rings).double().sqrt()
    t = 2 * math.pi * torch.arange(angles).double() / angles
    return torch.stack([r[:, None] * t.cos(), r[:, None] * t.sin()], dim=2).flatten(0, 1)


def by_grid(e: int, tau: float) -> float:
    """Try a fine grid of w' for each neuron."""
    grid, total = disc(tau), 0.0
    for i in range(M):
        z = preactivations(NET, X)[e, :, i]
        weight = XI[e] * NET.a[e, 0, i] / N
        total += (((z + grid @ X[e].T).relu() - z.relu()) @ weight).max().item()
    return total


@pytest.mark.parametrize("tau", [0.05, 0.4, 1.0, 4.0])
def test_exact_supremum_by_a_grid(tau: float) -> None:
    exact = tw.exact_in_the_plane(NET, X, XI, tau)
    for e in range(E):
        grid = by_grid(e, tau)
        assert grid <= exact[e] + 1e-12
        assert exact[e].item() == pytest.approx(grid, rel=6e-3, abs=1e-3)


@pytest.mark.parametrize("tau", [0.05, 0.4, 4.0])
def test_ascent_is_below_and_no_movement_beats_the_supremum(tau: float) -> None:
    exact = tw.exact_in_the_plane(NET, X, XI, tau)
    found = tw.ascended(NET, X, XI, tau)
    assert bool((found <= exact + 1e-12).all())
    assert bool((found >= 0.3 * exact).all())
    dW = tau * torch.nn.functional.normalize(torch.randn(NET.W.shape, generator=stream(4)), dim=2)
    moved = two_layer(NET._replace(W=NET.W + dW.double()), X) - two_layer(NET, X)
    assert bool(((moved[..., 0] * XI).mean(dim=1) <= exact).all())


def test_while_no_gate_can_change_the_frozen_class_is_the_real_one() -> None:
    tau = 0.9 * preactivations(NET, X).abs().min().item()
    frozen = tw.frozen_supremum(NET, X, XI, tau)
    torch.testing.assert_close(tw.exact_in_the_plane(NET, X, XI, tau), frozen)
    torch.testing.assert_close(tw.ascended(NET, X, XI, tau), frozen)


def test_bound_holds_on_average_over_all_signs() -> None:
    """All 2^6 signs: the mean of the exact supremum against the bound of the lemma."""
    from ovp_lib.proofs.rademacher.finite import all_signs

    xi = all_signs(6)
    net, x = NET.select([0] * 64), X[:1, :6].expand(64, 6, 2)
    exact = tw.exact_in_the_plane(net, x, xi, 0.7).mean()
    bound = tw.proved_bound(NET, 6, 0.7)[0]
    assert bound == pytest.approx(2 * NET.a[0].abs().sum().item() * 0.7 / math.sqrt(6))
    assert 0.1 * bound < exact < 0.5 * bound  # the factor 2 of Proposition A.12e is not needed


def test_other_dimensions_are_refused() -> None:
    net, x = init_two_layer([stream(0)], d=3, m=M), torch.zeros(1, 5, 3).double()
    with pytest.raises(ValueError, match="got d = 3"):
        tw.exact_in_the_plane(net, x, XI[:1, :5], 1.0)
