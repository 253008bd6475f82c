"""Gram matrices against the gradients themselves, and best members against a slow solver."""

import math

import numpy as np
import pytest
import torch
from scipy import optimize

from ovp_lib.kernels.finite_width import ntk
from ovp_lib.models.deep import Deep, init_deep
from ovp_lib.models.inputs import sphere, stream
from ovp_lib.proofs.linearisation import combined, outer_products
from ovp_lib.proofs.tangent_features import (
    TangentFeatures,
    best_in_ball,
    gram_features,
    theorem_bound,
)


def network(m: int = 30, depth: int = 3) -> Deep:
    return init_deep([stream(0)], d=4, m=m, depth=depth)


def points(n: int = 12) -> torch.Tensor:
    return sphere(4)(n, stream(1))


def labels(n: int = 12) -> torch.Tensor:
    y = torch.ones(n, dtype=torch.float64)
    y[::3] = -1
    return y


def jacobian(net: Deep, x: torch.Tensor) -> list[torch.Tensor]:
    """Return the gradients in each layer, flattened, one row a point."""
    n = len(x)
    members = net.expand(n).map(lambda field: field.clone())
    each = combined(outer_products(members, x[:, None]), torch.ones(n, 1).double())
    return [layer.flatten(1) for layer in each]


def test_the_gram_matrices_are_those_of_the_gradients_and_add_up_to_the_tangent_kernel() -> None:
    net, x = network(), points()
    found = gram_features(net, x)
    for G, J in zip(found.grams, jacobian(net, x), strict=True):
        torch.testing.assert_close(G, J @ J.T / 30)
    torch.testing.assert_close(30 * found.grams.sum(dim=0), ntk(net, x[None])[0])


@pytest.mark.parametrize("radius", [0.1, 1.0, 10.0])
def test_the_best_member_is_that_of_a_general_solver_on_the_weights_themselves(
    radius: float,
) -> None:
    """SLSQP on all weights, with the balls as constraints, knows nothing of Gram matrices."""
    net, x, y = network(m=4, depth=2), points(6), labels(6)
    features = gram_features(net, x)
    layers = [J.numpy() / 2 for J in jacobian(net, x)]  # m^(-1/2) = 1/2
    sizes = [J.shape[1] for J in layers]
    J, start, signs = np.concatenate(layers, axis=1), features.start.numpy(), y.numpy()

    def loss(w: np.ndarray) -> float:
        return float(np.logaddexp(0, -signs * (start + J @ w)).mean())

    def slack(w: np.ndarray) -> np.ndarray:
        return np.array([radius**2 - (part**2).sum() for part in np.split(w, [sizes[0]])])

    solved = optimize.minimize(
        loss,
        np.full(sum(sizes), 1e-3),
        method="SLSQP",
        constraints={"type": "ineq", "fun": slack},
        options={"maxiter": 500, "ftol": 1e-12},
    )
    best = best_in_ball(
        features, y[None], torch.tensor([radius], dtype=torch.float64), tolerance=1e-7
    )
    assert float(best.loss) == pytest.approx(solved.fun, abs=2e-6)
    assert float(best.loss) <= solved.fun + 1e-7
    assert float(best.norms.max()) <= radius + 1e-9


def test_the_certificate_is_the_duality_gap_and_bounds_what_is_missing() -> None:
    """Weak duality, with entropies written out: no point of the ball can be below the dual."""
    features, y = gram_features(network(), points()), labels()[None]
    radii = torch.tensor([12.0]).double()
    exact = best_in_ball(features, y, radii, tolerance=1e-9)
    rough = best_in_ball(features, y, radii, tolerance=0.05)
    assert 1e-4 < float(rough.gap) <= 0.05
    assert -1e-9 <= float(rough.loss - exact.loss) <= float(rough.gap)
    a = torch.sigmoid(-y * rough.values)[0]
    entropy = torch.special.entr(a) + torch.special.entr(1 - a)
    s = a * y[0] / len(a)
    pull = sum(float(s @ G @ s) ** 0.5 for G in features.grams)
    dual = float((entropy - a * y[0] * features.start).mean()) - 12.0 * pull
    assert float(rough.loss) - dual == pytest.approx(float(rough.gap), abs=1e-9)


def test_several_problems_at_once_are_each_for_itself() -> None:
    features, y = gram_features(network(), points()), labels()
    both = torch.stack([y, -y, y])
    radii = torch.tensor([0.5, 3.0, 30.0])
    found = best_in_ball(features, both, radii, tolerance=1e-6)
    for i in range(3):
        alone = best_in_ball(features, both[i : i + 1], radii[i : i + 1], tolerance=1e-6)
        assert float(found.loss[i]) == pytest.approx(float(alone.loss), abs=1e-6)
    assert float(found.gap.max()) <= 1e-6


def test_the_slope_is_minus_the_derivative_in_the_radius() -> None:
    features, y = gram_features(network(), points()), labels().expand(3, -1)
    found = best_in_ball(features, y, torch.tensor([1.99, 2.0, 2.01]), tolerance=1e-10)
    difference = float(found.loss[0] - found.loss[2]) / 0.02
    assert float(found.slope[1]) == pytest.approx(difference, rel=1e-3)


def test_the_least_loss_is_convex_and_falls_in_the_radius_from_that_of_the_start() -> None:
    features, y = gram_features(network(), points()), labels().expand(5, -1)
    found = best_in_ball(features, y, torch.arange(5.0), tolerance=1e-8)
    start = torch.logaddexp(torch.zeros(12), -labels() * features.start).mean()
    assert float(found.loss[0]) == pytest.approx(float(start), abs=1e-12)
    steps = found.loss.diff()
    assert bool((steps < 0).all())
    assert bool((steps.diff() > -1e-7).all())


def test_the_bound_adds_the_price_of_the_radius() -> None:
    least, radii = torch.tensor([0.7, 0.2]).double(), torch.tensor([0.0, 5.0]).double()
    found = theorem_bound(least, radii, depth=3, n=400, constant=0.5)
    assert found.tolist() == pytest.approx([2.8, 0.8 + 0.5 * 3 * 5 / math.sqrt(400)])
    for bad in ({"depth": 0}, {"n": 0}, {"constant": 0.0}):
        with pytest.raises(ValueError, match="at least 1 and the constant positive"):
            theorem_bound(least, radii, **({"depth": 3, "n": 400, "constant": 1.0} | bad))


def test_what_does_not_fit_is_refused_with_its_reason() -> None:
    features = TangentFeatures(torch.zeros(2).double(), torch.eye(2).double()[None])
    y, radii = torch.ones(1, 2).double(), torch.ones(1)
    with pytest.raises(ValueError, match="an ensemble of 2 members"):
        gram_features(network().expand(2), points())
    with pytest.raises(ValueError, match=r"shape \(p, 2\)"):
        best_in_ball(features, y[:, :1], radii)
    with pytest.raises(ValueError, match="labels must be -1 or 1"):
        best_in_ball(features, 0 * y, radii)
    with pytest.raises(ValueError, match="at least 0"):
        best_in_ball(features, y, -radii)
    with pytest.raises(ValueError, match="tolerance positive"):
        best_in_ball(features, y, radii, tolerance=0.0)
    with pytest.raises(RuntimeError, match="allow more steps"):
        best_in_ball(features, y, 1e3 * radii, tolerance=1e-12, most=20)
