r"""What the page on Theorem 3 reads off its runs: exponents in m and N, and the ablation.

Errors are squared errors, twice the loss, as in :mod:`ovp_lib.experiments.three_layer`.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from ovp_lib.evidence.claims import Estimate
from ovp_lib.evidence.statistics import geometric_interval, mean_interval
from ovp_lib.experiments.three_layer import Reached, Study, errors, train_three_layer
from ovp_lib.experiments.three_layer_recipes import Recipe
from ovp_lib.maths import elementary
from ovp_lib.maths.table_1 import Table1
from ovp_lib.models.three_layer import ThreeLayer, three_layer
from ovp_lib.training.samples import Sample
from ovp_lib.training.smoothed.output import Smoothed, choose_output

Array = NDArray[np.float64]

PARTS = ("smoothing", "regulariser", "decay", "gradient noise")
"""The ingredients that Algorithms 2 and 3 share; Sigma is what they differ in."""

DRAWS = 8
"""Draws of noise whose errors are averaged where none is chosen."""


def calibrated(
    table: Table1, *, step: float, decay: float, smoothing: float, gradient_noise: float
) -> Recipe:
    """Return Algorithm 2 with the noise and the regulariser of Table 1, at one width.

    Args:
        table: the widths, with the calibrated C_0.
        step: eta m.
        decay: by what lambda decays in a round.
        smoothing: what multiplies the table's sigma_w and sigma_v.
        gradient_noise: root mean square norm of the noise of SGD.

    Returns:
        The recipe; it is meant for the table's width only.
    """
    return Recipe(
        step=step,
        decay=decay,
        smoothing_w=smoothing * table.sigma_w * table.m1,
        smoothing_v=smoothing * table.sigma_v * table.m2**0.5,
        lam_w=table.lam_w,
        lam_v=table.lam_v,
        gradient_noise=gradient_noise,
    )


def ablation(recipe: Recipe) -> dict[str, Recipe]:
    """Return both algorithms, each without one ingredient at a time, and plain SGD.

    Args:
        recipe: of Algorithm 2.

    Returns:
        Recipes by name, such as ``Algorithm 3, no decay``.

    Example:
        >>> list(ablation(Recipe()))[:2]
        ['Algorithm 2', 'Algorithm 2, no smoothing']
    """
    found: dict[str, Recipe] = {}
    bases = {"Algorithm 2": recipe, "Algorithm 3": recipe.without("signs")}
    for name, base in bases.items():
        found |= {name: base} | {f"{name}, no {part}": base.without(part) for part in PARTS}
    return found | {"SGD": recipe.without("signs", *PARTS)}


def train_and_measure(
    study: Study,
    recipes: Mapping[str, Recipe],
    data: Sample,
    *,
    m: int,
    candidates: int,
    device: str = "auto",
) -> pd.DataFrame:
    """Train algorithms at one width and sample size with every data seed, and measure all of it.

    Args:
        study: the target, and how errors are measured.
        recipes: algorithms by name.
        data: training set of each data seed.
        m: width of both hidden layers.
        candidates: noise matrices from which the output is chosen, at least 1.
        device: where to train.

    Returns:
        See :func:`measured`, with columns ``m`` and ``samples``.
    """
    reached = train_three_layer(study, recipes, data, m, device=device)
    return measured(reached, study.opt, candidates).assign(m=m, samples=data.x.shape[1])


def measured(reached: Reached, opt: float, candidates: int) -> pd.DataFrame:
    r"""Return all that the page shows of every trained member.

    Args:
        reached: what has been trained.
        opt: OPT as a squared error.
        candidates: noise matrices from which the output is chosen, at least 1.

    Returns:
        One row a member: the columns of :func:`~ovp_lib.experiments.three_layer.errors`; ``gap``,
        test error minus training error; ``single``, the mean excess of single draws of Sigma;
        ``output``, the excess of the chosen output, and
        ``drawn``, that of noise matrices that were not chosen; ``W_norm`` and ``V_norm``, the norms
        ||sqrt(lambda) W'||_{2,4} and ||sqrt(lambda) V'||_F; and ``unevenness`` of the rows of W'.
    """
    table, run, points = errors(reached), reached.run, reached.points.to(reached.run.net.W)
    output = choose_output(run, reached.data, candidates)
    return table.assign(
        gap=table["excess"] + opt - table["train"],
        single=mean_over_draws(run, points, smoothing=False),
        output=_excess(output.net, points),
        drawn=mean_over_draws(run, points, smoothing=True, first=candidates),
        **norms(run, elementary.sqrt(run.lam).to(run.dW)),
    )


def mean_over_draws(run: Smoothed, points: Sample, *, smoothing: bool, first: int = 0) -> Array:
    """Return the mean excess of networks with single draws of the noise.

    Args:
        run: trained members.
        points: test points of each, without label noise.
        smoothing: whether W^rho and V^rho are drawn, with one Sigma, or Sigma alone.
        first: number of the first draw; those before it were candidates for j*.

    Returns:
        Means over :data:`DRAWS` draws, shape ``(e,)``.
    """
    numbers = range(first, first + DRAWS)
    draws = (run.network(run.drawn(j, smoothing=smoothing)) for j in numbers)
    return np.asarray(np.mean([_excess(each, points) for each in draws], axis=0))


def norms(run: Smoothed, scale: torch.Tensor) -> dict[str, Array]:
    r"""Return the two norms that are regularised, and how uneven the rows of W' are.

    The unevenness is m sum_i |w_i|^4 / (sum_i |w_i|^2)^2, which is 1 for rows of one length.

    Args:
        run: trained members.
        scale: by what W' and V' of each are multiplied, shape ``(e,)``.

    Returns:
        ``W_norm``, ``V_norm`` and ``unevenness``, each of shape ``(e,)``.
    """
    rows = run.dW.norm(dim=2).double() * scale.double().unsqueeze(1)
    fourth, second = (rows.pow(power).mean(dim=1) for power in (4, 2))
    V_norm = run.dV.double().flatten(1).norm(dim=1) * scale.double()
    found = {
        "W_norm": (fourth * rows.shape[1]).pow(0.25),
        "V_norm": V_norm,
        "unevenness": fourth / second.square(),
    }
    return {name: each.cpu().numpy() for name, each in found.items()}


class Slopes(NamedTuple):
    """Exponents of one algorithm, one number a seed.

    Attributes:
        width: b of excess ~ m^b N^c.
        samples: c.
        needed: pseudo-values of -b / c, the exponent in m of the samples to a fixed excess.
    """

    width: Array
    samples: Array
    needed: Array


def slopes(table: pd.DataFrame, algorithm: str, error: str = "excess") -> Slopes:
    r"""Fit excess ~ m^b N^c in each seed; on a line of fixed excess N grows like m^(-b/c).

    A seed's own ratio is unstable where its c is small. So the ratio is that of the means over
    seeds, and each seed gets the jackknife's pseudo-value of it, n r - (n - 1) r_(without it).
    Runs that diverged have no error; they are left out, see :func:`left_out`.

    Args:
        table: rows with ``algorithm``, ``m``, ``samples``, ``seed`` and the error.
        algorithm: which of them.
        error: column of the excess, positive.

    Returns:
        The exponents.

    Raises:
        ValueError: if there are fewer than two seeds.

    Example:
        >>> cells = [(s, m, n, (s + 1) * m / n) for s in (0, 1) for m in (9, 27) for n in (30, 90)]
        >>> table = pd.DataFrame(cells, columns=["seed", "m", "samples", "excess"])
        >>> slopes(table.assign(algorithm="SGD"), "SGD").needed.round(6).tolist()
        [1.0, 1.0]
    """
    own = table[table["algorithm"] == algorithm]
    fits = np.stack([_plane(part, error) for _, part in own.groupby("seed")])
    if len(fits) < 2:
        raise ValueError(f"an exponent needs at least two seeds, got {len(fits)}")
    width, samples = fits[:, 0], fits[:, 1]
    n, ratio = len(fits), -width.sum() / samples.sum()
    without = -(width.sum() - width) / (samples.sum() - samples)
    return Slopes(width, samples, n * ratio - (n - 1) * without)


def left_out(table: pd.DataFrame, algorithm: str) -> str:
    """Say how many runs of an algorithm diverged, so that no exponent rests on them.

    Args:
        table: rows with ``algorithm`` and ``excess``.
        algorithm: which of them.

    Returns:
        Words that begin with a semicolon; none if no run diverged.

    Example:
        >>> left_out(pd.DataFrame({"algorithm": ["a", "a"], "excess": [1.0, np.nan]}), "a")
        '; 1 of 2 runs diverged and is left out'
    """
    own = table.loc[table["algorithm"] == algorithm, "excess"]
    lost, word = int(own.isna().sum()), "is" if own.isna().sum() == 1 else "are"
    return f"; {lost} of {len(own)} runs diverged and {word} left out" if lost else ""


def ratios(table: pd.DataFrame, one: str, other: str, column: str = "excess") -> Estimate:
    """Return by what factor one algorithm's number is that of another, on the same data.

    Args:
        table: rows with ``algorithm``, ``seed`` and the column; further rows of a seed, such as
            other sample sizes, are averaged geometrically.
        one: an algorithm.
        other: another one.
        column: positive numbers.

    Returns:
        The geometric mean over seeds with its interval.

    Example:
        >>> rows = {"algorithm": ["a", "a", "b", "b"], "seed": [0, 1, 0, 1], "excess": [2, 4, 1, 2]}
        >>> round(ratios(pd.DataFrame(rows), "a", "b").value, 6)
        2.0
    """
    logs = table.assign(log=np.log(table[column].where(table[column] > 0)))
    means = logs.pivot_table(index="seed", columns="algorithm", values="log", dropna=False)
    return geometric_interval(np.exp((means[one] - means[other]).to_numpy(np.float64)))


def standard_errors_from(value: float, numbers: Array) -> str:
    """Say how far a value is from a mean, and which values the interval would have told from 0.

    Args:
        value: with which to compare, such as 3/2.
        numbers: one a seed.

    Returns:
        Words for the line under a figure.

    Example:
        >>> standard_errors_from(1.5, np.array([0.4, 0.5, 0.6]))
        '1.5 is 17 standard errors away; 0.25 would have been told from 0'
    """
    interval = mean_interval(numbers)
    error = numbers.std(ddof=1) / len(numbers) ** 0.5
    away, seen = (value - interval.value) / error, interval.high - interval.value
    return f"{value:g} is {away:.0f} standard errors away; {seen:.2f} would have been told from 0"


def summary(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return the mean of columns over seeds for every algorithm, in their order, as words.

    Args:
        table: rows with ``algorithm``.
        columns: which of them.

    Returns:
        One row an algorithm, numbers with two significant digits.
    """
    means = table.groupby("algorithm", sort=False)[list(columns)].mean()
    return means.map(lambda value: f"{value:.2g}")


def _plane(part: pd.DataFrame, error: str) -> Array:
    """Return b and c of one seed by least squares, from the runs that did not diverge."""
    part = part[np.isfinite(part[error])]
    axes = np.log(part[["m", "samples"]].to_numpy(np.float64))
    # Centred columns are orthogonal to a constant: the slopes come out as if it were fitted too.
    design = axes - axes.mean(axis=0)
    return np.linalg.pinv(design) @ np.log(part[error].to_numpy(np.float64))


def _excess(net: ThreeLayer, points: Sample) -> Array:
    found = (three_layer(net, points.x) - points.y).double().square().mean(dim=(1, 2))
    return found.cpu().numpy()
