"""The curves of Section 7's figures, out of the table of their sweep.

A table has a row a run and look; a *run* is one learner, width, sample size, seed, step size and
decay. Validation or test data choose the best run of each point and seed; a *curve* is a table of
their test errors, one row a seed and one column a point.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from ovp_lib.evidence.selection import select
from ovp_lib.experiments.network_task import Convention
from ovp_lib.pages.section_7.grids import BOTH_CONVENTIONS, LEARNERS, SAMPLES, SEEDS, WIDTH

Panel = Literal["a", "b"]
AXES: dict[Panel, str] = {"a": "width", "b": "samples"}
"""What a panel has on its abscissa."""

Curves = Mapping[tuple[Panel, str], pd.DataFrame]
"""Every curve by its panel and its name."""

POINT = ("curve", "convention", "width", "samples", "seed")
"""What names one repetition of one point."""

CONVENTIONS: tuple[Convention, ...] = ("padded", "plain")


def geometric_mean(values: pd.DataFrame) -> pd.Series:
    """Return the geometric mean of every column, over the seeds that have a number.

    Args:
        values: positive numbers, one row a seed.

    Example:
        >>> geometric_mean(pd.DataFrame({100: [2.0, 8.0]})).round(12).to_dict()
        {100: 4.0}
    """
    return np.exp(np.log(values).mean())


def whole_seeds(values: pd.DataFrame) -> pd.DataFrame:
    """Drop those seeds that were added to the first three and lack a point that all of them have.

    The points of a curve stay what the first seeds make them; more seeds only narrow its intervals.

    Args:
        values: one row a seed and one column a point, NaN where a seed was not run.

    Returns:
        The rows of the other seeds.

    Example:
        >>> nan, index = float("nan"), [0, 1, 2, 3, 4]
        >>> values = pd.DataFrame({100: [1.0] * 5, 500: [1.0] * 4 + [nan]}, index=index)
        >>> whole_seeds(values).index.tolist()
        [0, 1, 2, 3]
    """
    first = values.index < SEEDS
    needed = values[first].dropna(axis=1).columns
    return values[first | values[needed].notna().all(axis=1)]


def finished(table: pd.DataFrame) -> pd.DataFrame:
    """Return the runs of a sweep as they ended, each with the name of its ``curve``.

    Args:
        table: of the sweep, a row a run and look.
    """
    curves = {learner: name for name, learner in LEARNERS.items()}
    ends = table[table["epoch"] == table["epoch"].max()]
    learners = zip(ends["network"], ends["trained"], strict=True)
    return ends.assign(curve=[curves[learner] for learner in learners])


def chosen(runs: pd.DataFrame, *, by: str) -> pd.DataFrame:
    """Return the best run of every point and seed, see :func:`~ovp_lib.evidence.selection.select`.

    Args:
        runs: from :func:`finished`.
        by: ``validation``, or ``test`` as in the paper.
    """
    return select(runs, score=by, groups=POINT, parameters=["lr", "wd"])


def validated(table: pd.DataFrame) -> np.ndarray:
    """Return the test errors of one task, at the step sizes and decays that validation data choose.

    Args:
        table: what :func:`~ovp_lib.experiments.networks.run` returns.

    Returns:
        One error a seed, in the order of the seeds.
    """
    ends = table[table["epoch"] == table["epoch"].max()]
    best = select(ends, score="validation", groups=["seed"], parameters=["lr", "wd"])
    return best["test"].to_numpy()


def curve(
    best: pd.DataFrame, name: str, panel: Panel, *, convention: Convention = "padded"
) -> pd.DataFrame:
    """Return one curve of a panel.

    Args:
        best: from :func:`chosen`.
        name: of the curve, of :data:`~ovp_lib.pages.section_7.grids.LEARNERS`.
        panel: a for N = 1000 and every width, b for m = 2000 and every N.
        convention: what the network sees of the input.

    Returns:
        Test errors, one row a seed and one column a point, NaN where a seed was not run.
    """
    fixed = best["samples"] == SAMPLES if panel == "a" else best["width"] == WIDTH
    rows = best[fixed & (best["curve"] == name) & (best["convention"] == convention)]
    return whole_seeds(rows.pivot(index="seed", columns=AXES[panel], values="test"))


def both_panels(best: pd.DataFrame) -> dict[tuple[Panel, str], pd.DataFrame]:
    """Return every curve of both panels, with padded inputs, see :func:`curve`.

    Args:
        best: from :func:`chosen`.
    """
    slim = best.loc[best["convention"] == "padded", [*POINT, "test"]]  # each curve copies rows
    return {(panel, name): curve(slim, name, panel) for panel in AXES for name in LEARNERS}


def complete(curves: Curves) -> dict[tuple[Panel, str], pd.DataFrame]:
    """Return the curves without the points that some seed lacks.

    Args:
        curves: from :func:`both_panels`.
    """
    return {name: values.dropna(axis=1) for name, values in curves.items()}


def both_conventions(best: pd.DataFrame) -> dict[tuple[str, Convention], pd.DataFrame]:
    """Return every curve at N = 1000 with padded inputs and with plain ones.

    Args:
        best: from :func:`chosen`.

    Returns:
        By the curve's name and the convention; one row a seed and one column for each of the widths
        that have both, :data:`~ovp_lib.pages.section_7.grids.BOTH_CONVENTIONS`.
    """
    return {
        (name, kind): curve(best, name, "a", convention=kind)[list(BOTH_CONVENTIONS)]
        for name in LEARNERS
        for kind in CONVENTIONS
    }


def at_width(best: pd.DataFrame, width: int) -> pd.DataFrame:
    """Return the errors of all learners at N = 1000 and one width, padded inputs.

    Args:
        best: from :func:`chosen`.
        width: m.

    Returns:
        One row for each seed that every learner has, and one column a curve.
    """
    return pd.DataFrame({name: curve(best, name, "a")[width] for name in LEARNERS}).dropna()


def core_hours(table: pd.DataFrame) -> pd.DataFrame:
    """Return what a sweep cost, by curve and width, with the sums as the last row and column.

    Args:
        table: of the sweep.

    Returns:
        Core hours, NaN where nothing was run.
    """
    tasks = finished(table).drop_duplicates("key")
    hours = tasks.groupby(["curve", "width"])["cpu_seconds"].sum().unstack("width") / 3600
    hours.loc["all"] = hours.sum()
    return hours.assign(all=hours.sum(axis=1))
