"""How the hyper-parameters of Section 7's figures were chosen, and from how wide a grid."""

import numpy as np
import pandas as pd

from ovp_lib.evidence.selection import select
from ovp_lib.experiments.network_task import Convention, Target
from ovp_lib.pages.section_7.curves import AXES, POINT, Panel
from ovp_lib.pages.section_7.grids import SAMPLES, WIDTH
from ovp_lib.pages.section_7.step_sizes import EXTRA_STEP_SIZES

SIZES = POINT[:-1]
"""What names a point, whatever the seed."""

TUNED_WIDTH = 200
"""m at which errors are shown against step size and decay."""


def tried(runs: pd.DataFrame, panel: Panel, *, convention: Convention = "padded") -> pd.DataFrame:
    """Return how many step sizes were tried at the points of a panel, least over seeds.

    Args:
        runs: from :func:`~ovp_lib.pages.section_7.curves.finished`.
        panel: a for N = 1000 and every width, b for m = 2000 and every N.
        convention: what the networks see of the input.

    Returns:
        One row a curve and one column a point, NaN where it was not run.
    """
    fixed = runs["samples"] == SAMPLES if panel == "a" else runs["width"] == WIDTH
    rows = runs[fixed & (runs["convention"] == convention)]
    return _step_sizes(rows, ["curve", AXES[panel]]).unstack()


def _step_sizes(runs: pd.DataFrame, point: list[str]) -> pd.Series:
    """Count the step sizes that were tried at each point, least over seeds."""
    return runs.groupby([*point, "seed"])["lr"].nunique().groupby(point).min()


def starred(values: pd.Series, runs: pd.DataFrame, digits: str) -> pd.DataFrame:
    """Return numbers as words, with a star at the points where one step size only was tried.

    Args:
        values: by panel, curve and m or N, as :func:`~ovp_lib.pages.section_7.analysis.means`
            returns them; NaN where nothing was run.
        runs: from :func:`~ovp_lib.pages.section_7.curves.finished`.
        digits: format of a number.

    Returns:
        One row a panel and m or N, one column a curve; empty where ``values`` has no such point.
    """
    alone = pd.concat({panel: tried(runs, panel).stack() for panel in AXES}) == 1
    stars = np.where(alone.reindex(values.index, fill_value=False), "*", "")
    words = values.map(lambda value: "not run" if np.isnan(value) else f"{value:{digits}}")
    table = (words + stars).unstack("series", fill_value="")
    return pd.DataFrame(table).rename_axis(["panel", "m or N"])


def flattery(by_validation: pd.DataFrame, by_test: pd.DataFrame) -> pd.DataFrame:
    """Return by how much choosing by test data flatters every point and seed.

    Args:
        by_validation: the best runs, from :func:`~ovp_lib.pages.section_7.curves.chosen`.
        by_test: the best runs by the other choice.

    Returns:
        ``curve``, ``seed`` and ``log_ratio``: log(error chosen by validation / by test), which is
        never negative.
    """
    both = by_validation.merge(by_test, on=list(POINT), suffixes=("", "_by_test"))
    ratio = np.log(both["test"] / both["test_by_test"])
    return both[["curve", "seed"]].assign(log_ratio=ratio)


def flattery_by_seed(found: pd.DataFrame) -> pd.Series:
    """Return by what factor choosing by test data flatters, geometric mean over points.

    Args:
        found: from :func:`flattery`.

    Returns:
        One number for each seed that every curve has.
    """
    every = found.groupby("seed")["curve"].nunique() == found["curve"].nunique()
    return found.groupby("seed")["log_ratio"].mean()[every].apply(np.exp)


def inside(runs: pd.DataFrame, *, by: str = "validation") -> pd.DataFrame:
    """Say of every point whether its best step size lies inside those that were tried.

    One step size serves all seeds, and only points count at which every seed has three or more to
    choose from. A step size below one with which some seed diverged is inside.

    Args:
        runs: from :func:`~ovp_lib.pages.section_7.curves.finished`.
        by: what chooses.

    Returns:
        One row a point, with its ``lr`` and whether it is ``inside``.
    """
    point = list(SIZES)
    best = select(runs, score=by, groups=point, parameters=["lr", "wd"], replicates="seed")
    best = best.drop_duplicates(point)
    enough = _step_sizes(runs, point) >= 3
    rows = best.merge(enough[enough].reset_index()[point], on=point)
    at_edge = rows["at_edge"].str.split(",").map(lambda names: "lr" in names)
    return rows.assign(inside=~at_edge)[[*point, "lr", "inside"]]


def first_pass(runs: pd.DataFrame, target: Target) -> pd.DataFrame:
    """Return the runs without those by which the grid was extended.

    Args:
        runs: from :func:`~ovp_lib.pages.section_7.curves.finished`.
        target: whose :data:`~ovp_lib.pages.section_7.step_sizes.EXTRA_STEP_SIZES`.
    """
    extra = {(*point, lr) for point, lrs in EXTRA_STEP_SIZES[target].items() for lr in lrs}
    rows = runs[[*SIZES, "lr"]].itertuples(index=False, name=None)
    return runs[[row not in extra for row in rows]]


def tuning_runs(runs: pd.DataFrame, curve: str) -> pd.DataFrame:
    """Return the errors of all runs of a curve at m = 200 and N = 1000, padded inputs.

    Args:
        runs: from :func:`~ovp_lib.pages.section_7.curves.finished`.
        curve: its name.

    Returns:
        ``curve``, ``seed``, ``lr``, ``wd``, ``validation`` and ``test`` of every run.
    """
    point = pd.Series(dict(zip(SIZES, (curve, "padded", TUNED_WIDTH, SAMPLES), strict=True)))
    rows = runs[(runs[list(SIZES)] == point).all(axis=1)]
    return rows[["curve", "seed", "lr", "wd", "validation", "test"]]
