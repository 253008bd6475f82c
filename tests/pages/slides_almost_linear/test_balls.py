"""SGD and balls, member by member, and the optimum of a bound that is known."""

import numpy as np
import pytest
import torch

from ovp_lib.models.deep import deep
from ovp_lib.pages.slides_almost_linear import analysis, balls
from ovp_lib.proofs.linearisation import logistic, moved_by
from ovp_lib.training.online import zero_one_error

RADII = (0.5, 2.0)


def problem() -> analysis.SignedDigits:
    return analysis.draw(3, 2, (24, 30), (0.0, 1.0), torch.device("cpu"))


@pytest.mark.parametrize("radius", [0, 1])
def test_every_share_seed_and_radius_is_the_pass_of_its_own_labels(radius: int) -> None:
    """One step at a time by the gradient of the page, for the last share and seed."""
    found = problem()
    net = found.networks(12, 2)
    passed = balls.one_pass(found, net, RADII, kappa=0.7)
    now, losses, risks = net.member(1), [], []
    eta = 0.7 * RADII[radius] / (12 * 24**0.5)
    for i in range(24):
        x, y = found.x[1:, i : i + 1], found.y[1, 1:, i : i + 1]
        if i in {round(k * 24 / balls.LOOKS) for k in range(balls.LOOKS)}:
            test = found.test_y[1, 1:].unsqueeze(2)
            risks.append(zero_one_error(deep(now, found.test_x[1:]), test))
        losses.append(float(logistic(y * deep(now, x).squeeze(2))))
        step = analysis.loss_gradient(now, x, y)
        now = moved_by(now, tuple(-eta * dW for dW in step))
    assert passed.loss.shape == (2, 2, 2)
    assert passed.loss[1, 1, radius] == pytest.approx(np.mean(losses), rel=1e-4)
    assert passed.risk[1, 1, radius] == pytest.approx(float(torch.stack(risks).mean()), abs=1e-6)


def test_a_larger_ball_fits_better_and_random_labels_worse() -> None:
    found = problem()
    solved = balls.balls(found, found.networks(12, 2), RADII, 1e-3)
    assert solved.least.shape == (2, 2, 2)
    assert (solved.least[..., 0] > solved.least[..., 1]).all()
    assert (solved.gap <= 1e-3).all()
    assert (solved.least[1, :, 1] > solved.least[0, :, 1]).all()


def test_the_optimum_is_where_the_derivative_of_the_bound_is_zero() -> None:
    """For infima 1 / R the bound 4 / R + c L R / n^(1/2) is least at 2 (n^(1/2) / (c L))^(1/2)."""
    radii = np.geomspace(0.1, 100, 13).tolist()
    slope = np.array([[R**-2 for R in radii]])
    terms = {"depth": 2, "n": 100, "constant": 0.5}
    found = balls.optimum(slope, radii, **terms)
    assert found.tolist() == pytest.approx([2 * 10**0.5], rel=1e-9)
    dense = np.geomspace(1, 50, 4001)
    least = dense[balls.bound(1 / dense, dense.tolist(), **terms).argmin()]
    assert least == pytest.approx(2 * 10**0.5, rel=2e-3)
    assert balls.optimum(slope * 1e-9, radii, **terms).tolist() == pytest.approx([0.1])
