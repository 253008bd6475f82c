import pytest
import torch

from ovp_lib.models.inputs import padded_sphere, stream
from ovp_lib.models.pseudo import pseudo_three_layer_without_bias
from ovp_lib.models.three_layer import gates, init_three_layer
from ovp_lib.proofs import bounded_fit

NET = init_three_layer([stream(0)], d=4, m1=8, m2=6)
X = padded_sphere(4)(12, stream(1))
Y = torch.sin(3 * X[:, 0])
GATES = gates(NET, X[None])
PATTERN = (GATES.first[0], GATES.second[0])
RIDGE = 1e-3


def fit(sweeps: int) -> bounded_fit.Fit:
    start = NET.W[0]
    return bounded_fit.bounded_fit(X, Y, NET.a[0, 0], *PATTERN, start, ridge=RIDGE, sweeps=sweeps)


def value(W: torch.Tensor, V: torch.Tensor) -> torch.Tensor:
    dense = NET._replace(W=W[None], V=V[None])
    return pseudo_three_layer_without_bias(dense, X[None], GATES)[0, :, 0]


def objective(W: torch.Tensor, V: torch.Tensor) -> torch.Tensor:
    missed = value(W, V) - Y
    return missed.square().mean() + RIDGE * (W.square().sum() + V.square().sum())


def test_every_half_step_is_the_minimiser() -> None:
    """In W given V the gradient vanishes; the reported objective is the objective."""
    found = fit(3)
    W, V = found.W.clone().requires_grad_(), found.V.clone().requires_grad_()
    loss = objective(W, V)
    assert loss.item() == pytest.approx(found.objective[-1], rel=1e-10)
    of_W, of_V = torch.autograd.grad(loss, (W, V))
    assert of_W.abs().max() < 1e-12
    assert of_V.abs().max() > 1e-9  # V was solved for the W before


def test_v_solves_its_own_problem() -> None:
    """At the start of a sweep: V is the ridge solution for the W that it was given."""
    before, after = fit(3), fit(4)
    V = after.V.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(objective(before.W, V), V)
    assert gradient.abs().max() < 1e-12


def test_the_objective_falls_in_every_sweep() -> None:
    history = torch.tensor(fit(12).objective)
    assert (history.diff() <= 1e-12).all()
    assert history[-1] < 0.9 * history[0]


def test_values_and_sizes_are_those_of_the_matrices() -> None:
    found = fit(5)
    torch.testing.assert_close(
        bounded_fit.evaluate(found, X, NET.a[0, 0], *PATTERN), value(found.W, found.V)
    )
    rows = max(w.norm() for w in found.W) * max(v.norm() for v in found.V)
    assert bounded_fit.row_product(found) == pytest.approx(float(rows) * 8**0.5 * 6)


def test_a_larger_ridge_gives_smaller_weights() -> None:
    sizes = []
    for ridge in (1e-5, 1e-2):
        found = bounded_fit.bounded_fit(X, Y, NET.a[0, 0], *PATTERN, NET.W[0], ridge=ridge)
        sizes.append(float(found.W.norm() * found.V.norm()))
    assert sizes[1] < sizes[0]


@pytest.mark.parametrize(("ridge", "sweeps"), [(0.0, 3), (1e-3, 0)])
def test_bad_input_is_refused(ridge: float, sweeps: int) -> None:
    with pytest.raises(ValueError, match="need ridge > 0 and sweeps >= 1"):
        bounded_fit.bounded_fit(X, Y, NET.a[0, 0], *PATTERN, NET.W[0], ridge=ridge, sweeps=sweeps)
