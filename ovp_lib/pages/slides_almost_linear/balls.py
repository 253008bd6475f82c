"""SGD against the best tangent random feature function in a ball, and the bound's U shape in R."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ovp_lib.models.deep import Deep, deep
from ovp_lib.pages.slides_almost_linear.analysis import Array, SignedDigits
from ovp_lib.proofs.linearisation import logistic
from ovp_lib.proofs.tangent_features import best_in_ball, gram_features, theorem_bound
from ovp_lib.training.online import iterates, zero_one_error
from ovp_lib.training.samples import Sample

LOOKS = 12
"""How often SGD's iterates are measured on the test points, evenly along the pass."""


class Balls(NamedTuple):
    """The best members of balls of several radii.

    Attributes:
        least: infimum of the mean loss, shape ``(shares, seeds, radii)``.
        slope: minus its derivative in R, the same shape.
        gap: the largest certificate of each seed, shape ``(seeds,)``.
    """

    least: Array
    slope: Array
    gap: Array


class Pass(NamedTuple):
    """One pass of SGD at the step sizes of several radii.

    Attributes:
        loss: mean loss on each next sample, shape ``(shares, seeds, radii)``.
        risk: 0-1 error on test points, averaged over the iterates, the same shape.
    """

    loss: Array
    risk: Array


def balls(problem: SignedDigits, net: Deep, radii: Sequence[float], tolerance: float) -> Balls:
    """Solve for every label set, seed and radius.

    Args:
        problem: points and signs.
        net: W0, one member a seed.
        radii: R, each at least 0.
        tolerance: largest certificate allowed.

    Returns:
        Infima, slopes and certificates.
    """
    found = [_of_seed(problem, net, seed, radii, tolerance) for seed in range(problem.members)]
    least, slope = (np.stack([each[k] for each in found], axis=1) for k in (0, 1))
    return Balls(least, slope, np.array([each[2] for each in found]))


def _of_seed(
    problem: SignedDigits, net: Deep, seed: int, radii: Sequence[float], tolerance: float
) -> tuple[Array, Array, float]:
    features = gram_features(net.member(seed), problem.x[seed])
    labels = problem.y[:, seed].repeat_interleave(len(radii), dim=0)
    every = features.start.new_tensor(radii).repeat(len(problem.y))
    best = best_in_ball(features, labels, every, tolerance=tolerance)
    shape = (len(problem.y), len(radii))
    least, slope = (each.reshape(shape).cpu().numpy() for each in (best.loss, best.slope))
    return least, slope, float(best.gap.max())


def one_pass(problem: SignedDigits, net: Deep, radii: Sequence[float], kappa: float) -> Pass:
    """Train with eta = kappa R / (m n^(1/2)) on each sample once, for every label set and radius.

    Args:
        problem: points and signs, in the order in which they are seen.
        net: W0, one member a seed.
        radii: R, positive.
        kappa: the constant of the step size, positive.

    Returns:
        Losses and risks.
    """
    shape, n = (len(problem.y), problem.members, len(radii)), problem.x.shape[1]
    data, test = (_repeated(x, y, len(radii)) for x, y in _samples(problem))
    start = net.select(_positions(shape)).to(problem.x.device, torch.float32)
    rates = torch.tensor(radii).repeat(shape[0] * shape[1]) * kappa / (net.W.shape[1] * n**0.5)
    loss, risk = _watched(start, data, test.to(start.W), rates)
    return Pass(loss.reshape(shape), risk.reshape(shape))


def _watched(net: Deep, data: Sample, test: Sample, rates: Tensor) -> tuple[Array, Array]:
    """Return the mean loss on each next sample, and the mean risk of W^(0), ..., W^(n-1)."""
    n = data.x.shape[1]
    times = {round(k * n / LOOKS) for k in range(1, LOOKS)}
    risks = [zero_one_error(deep(net, test.x), test.y)]
    total = torch.zeros_like(risks[0])
    for t, (current, margins) in enumerate(iterates(net, data, rates), start=1):
        total = total + logistic(margins)
        if t in times:
            risks.append(zero_one_error(deep(current, test.x), test.y))
    risk = torch.stack(risks).double().mean(dim=0)
    return (total.double() / n).cpu().numpy(), risk.cpu().numpy()


def _samples(problem: SignedDigits) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    return (problem.x, problem.y), (problem.test_x, problem.test_y)


def _repeated(x: Tensor, y: Tensor, radii: int) -> Sample:
    """Return one member for each label set, seed and radius, in this order."""
    shares, e, n = y.shape
    points = x[None, :, None].expand(shares, e, radii, n, x.shape[2]).flatten(0, 2)
    labels = y[:, :, None].expand(shares, e, radii, n).flatten(0, 2)
    return Sample(points, labels.unsqueeze(2))


def _positions(shape: tuple[int, int, int]) -> Tensor:
    return torch.arange(shape[1])[None, :, None].expand(shape).flatten()


def bound(least: Array, radii: Sequence[float], *, depth: int, n: int, constant: float) -> Array:
    """Return the two terms of the theorem that depend on R.

    Args:
        least: infima, shape ``(..., radii)``.
        radii: R.
        depth: L.
        n: number of samples.
        constant: c.
    """
    terms = theorem_bound(
        torch.as_tensor(least), torch.tensor(radii).double(), depth=depth, n=n, constant=constant
    )
    values: Array = terms.numpy()
    return values


def optimum(slope: Array, radii: Sequence[float], *, depth: int, n: int, constant: float) -> Array:
    """Return the radius at which the bound is least, where 4 times the slope is c L / n^(1/2).

    The infimum is convex in R, so that the slope falls. Between two radii log slope is interpolated
    in log R; the optimum is an end of the grid if it is not inside, and the caller must say so.

    Args:
        slope: minus the derivatives of the infima, shape ``(..., radii)``, positive.
        radii: R, positive, increasing.
        depth: L.
        n: number of samples.
        constant: c.

    Returns:
        Shape ``(...)``.
    """
    price = np.log(constant * depth / n**0.5 / 4.0)
    grid, rows = np.log(radii), np.log(np.asarray(slope)).reshape(-1, len(radii))
    # np.interp needs increasing abscissae, whose order errors of the solver may have broken.
    found = [np.interp(-price, np.maximum.accumulate(-row), grid) for row in rows]
    return np.exp(np.array(found)).reshape(np.shape(slope)[:-1])
