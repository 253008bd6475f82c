"""The panels of Figures 1 and 2 of Going Beyond Two Layers, from the table of their sweep."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import pandas as pd
from matplotlib.axes import Axes

from ovp_lib.evidence import figures, statistics
from ovp_lib.evidence.claims import Estimate
from ovp_lib.evidence.selection import select
from ovp_lib.experiments.network_task import Convention, NetworkTask
from ovp_lib.experiments.networks import run
from ovp_lib.pages.figure_1.grid import LEARNERS, SAMPLES, WIDTH

Panel = Literal["a", "b"]
AXES: dict[Panel, str] = {"a": "width", "b": "samples"}
"""What a panel has on its abscissa."""

POINT = ("curve", "convention", "width", "samples", "seed")
"""What names one repetition of one point."""


def finished(table: pd.DataFrame) -> pd.DataFrame:
    """Return the runs of a sweep as they ended, each with the name of its ``curve``."""
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
    return select(runs, by=by, per=POINT, over=["lr", "wd"])


def curve(
    best: pd.DataFrame, name: str, panel: Panel, *, convention: Convention = "padded"
) -> pd.DataFrame:
    """Return one curve of a panel.

    Args:
        best: from :func:`chosen`.
        name: of the curve, of :data:`~ovp_lib.pages.figure_1.grid.LEARNERS`.
        panel: a for N = 1000 and every width, b for m = 2000 and every N.
        convention: what the network sees of the input.

    Returns:
        Test errors, one row a seed and one column a point, NaN where a seed was not run.
    """
    fixed = best["samples"] == SAMPLES if panel == "a" else best["width"] == WIDTH
    rows = best[fixed & (best["curve"] == name) & (best["convention"] == convention)]
    return rows.pivot(index="seed", columns=AXES[panel], values="test")


def tried(runs: pd.DataFrame, panel: Panel, *, convention: Convention = "padded") -> pd.DataFrame:
    """Return how many step sizes were tried at the points of a panel, least over seeds.

    Args:
        runs: from :func:`finished`.
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


def gaps(
    best: pd.DataFrame, better: str, worse: str, *, convention: Convention = "padded"
) -> pd.DataFrame:
    """Return by what factor one curve errs more than another, on the same data.

    Args:
        best: from :func:`chosen`.
        better: the curve that should err less.
        worse: the other one.
        convention: what both see of the input.

    Returns:
        Error of ``worse`` / error of ``better``, one row a seed and one column a point (m, N) that
        both have, NaN where a seed was not run.
    """
    sides = []
    for name in (worse, better):
        rows = best[(best["curve"] == name) & (best["convention"] == convention)]
        sides.append(rows.pivot(index="seed", columns=["width", "samples"], values="test"))
    return (sides[0] / sides[1]).dropna(axis=1, how="all")


def orders(
    best: pd.DataFrame, pairs: Sequence[tuple[str, str]], *, convention: Convention = "padded"
) -> pd.DataFrame:
    """Count for pairs of curves how often the first erred less, see :func:`gaps`.

    Runs of one seed share their data, whatever m and N: the counts are not of independent trials.

    Args:
        best: from :func:`chosen`.
        pairs: each the curve that should err less, and the other one.
        convention: what they see of the input.

    Returns:
        One row a pair: ``better``, ``worse``, ``won``, ``of``, and where some seed ``lost``.
    """
    rows = []
    for better, worse in pairs:
        gap = gaps(best, better, worse, convention=convention)
        lost = gap.columns[(gap <= 1).any()].to_frame(index=False)
        where = "; ".join(f"m = {m}, N = {n}" for m, n in lost.to_numpy()) or "nowhere"
        won, of = (gap > 1).to_numpy().sum(), gap.notna().to_numpy().sum()
        rows.append((better, worse, int(won), int(of), where))
    return pd.DataFrame(rows, columns=["better", "worse", "won", "of", "lost"])


def least_gap(best: pd.DataFrame, better: str, worse: str) -> Estimate:
    """Return the least of :func:`gaps` over the points that all seeds have, one number a seed."""
    return statistics.geometric_interval(gaps(best, better, worse).dropna(axis=1).min(axis=1))


def slope(values: pd.DataFrame) -> Estimate:
    """Return the exponent of a curve over the points that all seeds have, see :func:`curve`.

    Not measurable (NaN) if there are fewer than two of them.
    """
    complete = values.dropna(axis=1)
    if complete.shape[1] < 2:
        return Estimate(math.nan, math.nan, math.nan, len(values))
    return statistics.exponent(complete.columns, complete)


def inside(runs: pd.DataFrame, *, by: str = "validation") -> pd.DataFrame:
    """Say of every point whether its best step size lies inside those that were tried.

    One serves all seeds, and only points with three or more to choose from, for every seed, are
    looked at. A step size below one with which some seed diverged is inside.

    Args:
        runs: from :func:`finished`.
        by: what chooses.

    Returns:
        One row a point, with its ``lr`` and whether it is ``inside``.
    """
    point = [name for name in POINT if name != "seed"]
    best = select(runs, by=by, per=point, over=["lr", "wd"], replicates="seed")
    best = best.drop_duplicates(point)
    enough = _step_sizes(runs, point) >= 3
    rows = best.merge(enough[enough].reset_index()[point], on=point)
    at_edge = rows["at_edge"].str.split(",").map(lambda names: "lr" in names)
    return rows.assign(inside=~at_edge)[[*point, "lr", "inside"]]


def draw(ax: Axes, curves: Mapping[str, pd.DataFrame], printed: pd.Series | None = None) -> None:
    """Draw curves with their bands, and a paper's points as hollow marks of the same colour.

    Three layers are drawn through, two layers dashed. A point that some seed lacks is a mark
    without a band.

    Args:
        ax: axes; both become logarithmic.
        curves: by name, each from :func:`curve`.
        printed: errors by name of the curve and abscissa.
    """
    for colour, (name, values) in enumerate(curves.items()):
        style, mark = ("o-", "o") if name.startswith("3") else ("s--", "s")
        complete = values.dropna(axis=1)
        figures.band(ax, complete.columns, complete, name, colour=colour, style=style)
        alone = values.drop(columns=complete.columns).mean()
        figures.cloud(ax, alone.index, alone, "", colour=colour, style=mark)
        if printed is not None and name in printed:
            points = printed[name]
            figures.hollow(ax, points.index, points, colour=colour, style=mark)


def task_of(row: pd.Series) -> NetworkTask:
    """Return the task that is one row of a table alone: its step size, its decay, its seed."""
    same = ("target", "convention", "network", "trained", "width", "samples", "epochs")
    return NetworkTask(
        **{name: row[name] for name in same},
        lrs=(row["lr"],),
        wds=(row["wd"],),
        w24s=(row["w24"],),
        seeds=(row["seed"],),
    )


def recompute(runs: pd.DataFrame, device: str = "cpu") -> pd.Series:
    """Train some runs of a table again, one by one.

    Args:
        runs: rows of a table as :func:`~ovp_lib.lab.sweeps.results.reference` returns it.
        device: where.

    Returns:
        Their test errors, on the index of ``runs``.
    """
    again = [run(task_of(row), device)["test"].iloc[-1] for _, row in runs.iterrows()]
    return pd.Series(again, index=runs.index, name="again")
