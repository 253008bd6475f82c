"""What the page on Lemma 6.7 measures along its runs: both scenarios, and the curvature."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator

from ovp_lib.maths.table_1 import Table1
from ovp_lib.models.composite_targets import LabelledComposite
from ovp_lib.models.three_layer import ThreeLayer
from ovp_lib.proofs.descent import blocks, objective, scenarios, spectrum
from ovp_lib.proofs.descent.objective import Direction, Objective, Point, Rows
from ovp_lib.training.smoothed.settings import Smoothing

Array = NDArray[np.float64]

PAIRED_STEP = 1e-4
"""eta of the paired draws: sqrt(eta) moves the ReLUs' inputs by less than the smoothing does."""

PAIRS = 4
"""Draws of all noise for each one of Sigma; four times as many where there is no Sigma."""


class Constants(NamedTuple):
    """What is calibrated where Table 1 leaves constants open.

    Attributes:
        smoothing: sigma_v over Table 1's power of the width.
        penalty: lam_v and lam_w over theirs.
    """

    smoothing: float
    penalty: float


class Look(NamedTuple):
    """What is seen of one variant at one moment, one number a seed.

    Attributes:
        lam: lambda.
        value: the smoothed objective.
        best: relative change along the best direction, on draws that did not choose it.
        bound: what no direction can go below, on the draws that chose it.
        spread: relative change along the direction that moves all neurons alike.
        decay: relative change under decay of lambda.
        paired: relative change along the best direction by paired draws of all noise.
        error: its standard error.
        lowest: smallest eigenvalue of the Hessian; NaN where it was not wanted.
        change: change per eta along the best direction, on the draws of ``lowest``.
    """

    lam: Array
    value: Array
    best: Array
    bound: Array
    spread: Array
    decay: Array
    paired: Array
    error: Array
    lowest: Array
    change: Array

    @property
    def either(self) -> Array:
        """The smaller of both scenarios' changes."""
        return np.minimum(self.best, self.decay)


def numbers(table: Table1, constants: Constants, lam: float) -> Objective:
    """Return the objective at a scale lambda, with Table 1's powers and calibrated constants.

    Args:
        table: of the widths.
        constants: what multiplies its entries.
        lam: lambda.

    Returns:
        What the measurements take.
    """
    return Objective(
        lam,
        sigma_w=table.sigma_w,
        sigma_v=constants.smoothing * table.sigma_v,
        lam_w=constants.penalty * table.lam_w,
        lam_v=constants.penalty * table.lam_v,
    )


def settings(numbers: Objective, seeds: Sequence[int], **others: float | bool) -> list[Smoothing]:
    """Return the members that train on an objective.

    Args:
        numbers: its noise and its regulariser.
        seeds: one for each member.
        others: step size, decay and whether Sigma is random.

    Returns:
        Settings of each member.
    """
    shared = {name: getattr(numbers, name) for name in ("sigma_w", "sigma_v", "lam_w", "lam_v")}
    return [Smoothing(seed=seed, **shared, **others) for seed in seeds]  # type: ignore[arg-type]


def look(
    point: Point,
    data: LabelledComposite,
    numbers: Objective,
    generators: Sequence[Generator],
    *,
    signs: bool,
    draws: int,
    spectrum_too: bool = False,
) -> Look:
    """Measure both scenarios of Lemma 6.7 at one moment, for every seed.

    Args:
        point: initial weights and W', V' of every seed.
        data: the training sets.
        numbers: lambda and the noise.
        generators: of the noise, one for each seed.
        signs: whether the objective has a random Sigma (L'').
        draws: of Sigma for each sample.
        spectrum_too: whether the smallest eigenvalue of the Hessian is wanted.

    Returns:
        What was seen.
    """
    many = draws if signs else 1
    chosen_on = _rows(point, data, generators, many, signs)
    first = blocks.neuron_blocks(point, chosen_on, numbers)
    best, spread = blocks.best_direction(first, point.dW.shape[2]), _spread(first, point)
    # Without Sigma nothing is drawn, so there is no noise that the choice could have fitted.
    fresh_rows = _rows(point, data, generators, many, signs) if signs else chosen_on
    fresh = blocks.neuron_blocks(point, fresh_rows, numbers) if signs else first
    value = objective.value(point, chosen_on, numbers)
    pairs = PAIRS * draws if signs else 4 * PAIRS * draws
    drawn = objective.draw_rows(point, *data, generators, draws=pairs, signs=signs)
    paired, decay = scenarios.both_rates(point, drawn, numbers, best.step, PAIRED_STEP, generators)
    change = _along(best.step, first)
    lowest = _lowest(point, chosen_on, numbers, best.step) if spectrum_too else torch.nan * value
    columns = (
        numbers.lam * torch.ones_like(value),
        value,
        _along(best.step, fresh) / value,
        best.bound / value,
        _along(spread, fresh) / value,
        decay.rate,
        paired.rate,
        paired.error,
        lowest,
        change,
    )
    return Look(*(np.asarray(part.double().numpy()) for part in columns))


class StartChanges(NamedTuple):
    """Relative changes of L' at W' = V' = 0, one number a seed.

    Attributes:
        best: along the best direction.
        spread: along the direction that moves all neurons alike.
    """

    best: Array
    spread: Array


def at_the_start(
    net: ThreeLayer, data: LabelledComposite, numbers: Objective, generators: Sequence[Generator]
) -> StartChanges:
    """Measure the first scenario where training starts, which takes no draws.

    Args:
        net: initial weights of every seed.
        data: the training sets.
        numbers: lambda and the noise.
        generators: one for each seed.

    Returns:
        Changes per eta, relative to L'.
    """
    point, d = start_of(net), net.W.shape[2]
    rows = _rows(point, data, generators, 1, signs=False)
    first, value = blocks.neuron_blocks(point, rows, numbers), objective.value(point, rows, numbers)
    best, alike = blocks.best_direction(first, d).change, blocks.spread_direction(first, d)[1]
    return StartChanges(*((part / value).numpy() for part in (best, alike)))


def stacked(looks: Sequence[Look]) -> Look:
    """Return looks at several moments as one, every array of shape ``(seeds, looks)``.

    Args:
        looks: in their order.

    Returns:
        The same numbers.
    """
    return Look(*(np.stack(part, axis=1) for part in zip(*looks, strict=True)))


def worst_where_it_applies(rate: Array, value: Array, floor: float, gamma: float) -> Array:
    """Return the largest rate over the looks at which the lemma speaks, in units of gamma / 4.

    Args:
        rate: relative changes per eta, shape ``(seeds, looks)``.
        value: the objective, of the same shape.
        floor: (1 + gamma) OPT + eps0 / gamma, above which the lemma speaks.
        gamma: gamma.

    Returns:
        One number a seed; -infinity where it never speaks. The lemma says at most -1.

    Example:
        >>> worst_where_it_applies(np.array([[-1.0, 0.5]]), np.array([[2.0, 0.1]]), 1.0, 0.25)
        array([-16.])
    """
    return np.where(value >= floor, rate, -np.inf).max(axis=1) / (gamma / 4)


def start_of(net: ThreeLayer) -> Point:
    """Return the point W' = V' = 0.

    Args:
        net: initial weights.

    Returns:
        The point in float64.
    """
    net = net.map(torch.Tensor.double)
    return Point(net, torch.zeros_like(net.W), torch.zeros_like(net.V))


def _rows(
    point: Point, data: LabelledComposite, generators: Sequence[Generator], draws: int, signs: bool
) -> Rows:
    return objective.draw_rows(point, *data, generators, draws=draws, signs=signs, first=False)


def _spread(first: torch.Tensor, point: Point) -> Direction:
    return blocks.spread_direction(first, point.dW.shape[2])[0]


def _along(step: Direction, hessians: torch.Tensor) -> torch.Tensor:
    """Return sum_i theta_i^T H_ii theta_i / 2 of each member."""
    theta = torch.cat([step.W, step.V.mT], dim=2)
    return torch.einsum("eip,eipq,eiq->e", theta, hessians, theta) / 2


def _lowest(point: Point, rows: Rows, numbers: Objective, step: Direction) -> torch.Tensor:
    found = []
    for i in range(len(point.dW)):
        one = Point(point.net.select([i]), point.dW[[i]], point.dV[[i]])
        signs = rows.signs[[i]]
        own = Rows(rows.x[[i]], rows.y[[i]], signs)
        start = Direction(step.W[[i]] + one.net.W / 10, step.V[[i]] + one.net.V / 10)
        smallest = spectrum.smallest_eigenvalue(one, own, numbers, start, tolerance=0.02)
        found.append(smallest.eigenvalue)
    return torch.tensor(found, dtype=torch.float64)
