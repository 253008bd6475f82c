"""Choosing hyper-parameters from a grid by a score, and whether the grid was wide enough.

The papers show the best run of a grid by its *test* error. That number is optimistic: the least of
many noisy ones. Choosing by validation data is not, and the two are told apart in every table.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

SELECTED_BY = "selected_by"


def select(
    runs: pd.DataFrame,
    *,
    score: str,
    groups: Sequence[str],
    parameters: Sequence[str],
    replicates: str | None = None,
) -> pd.DataFrame:
    """Return the runs with the best hyper-parameters for each point of a curve.

    A score that is not finite marks a run that diverged; it never wins, and neither do
    hyper-parameters with which one of the replicates diverged. Those that one of a point's
    replicates lacks do not count as tried. Among equal scores the smallest hyper-parameters win,
    compared in the order of ``parameters``.

    Args:
        runs: the whole grid, one row for each run, in any order.
        score: column to choose by, smaller is better: ``validation``, or ``test`` as the papers do.
        groups: columns that name a point of a curve. With the seed among them every seed is tuned
            for itself, a repetition of the whole experiment.
        parameters: columns of the hyper-parameters.
        replicates: column of the seeds if one choice is made for all of them: the one with the
            least mean score.

    Returns:
        The rows of the winners, sorted by ``groups``, with these columns more: ``selected_by``;
        ``grid``, the number of hyper-parameters tried; ``diverged``, how many of them could not
        win; ``ties``, how many scored the same; ``at_edge``, the hyper-parameters whose winner is
        the largest or the smallest that was tried, joined by commas. If all diverged, the
        smallest hyper-parameters stand there with their scores as they are.

    Raises:
        ValueError: if a column is missing, there are no runs, two rows are the same run, or the
            replicates of a point have no hyper-parameters in common.

    Example:
        >>> runs = pd.DataFrame({"m": 100, "lr": [0.1, 0.2, 0.5], "validation": [3.0, 1.0, 2.0]})
        >>> select(runs, score="validation", groups=["m"], parameters=["lr"])["lr"].tolist()
        [0.2]
    """
    seeds = [] if replicates is None else [replicates]
    run = [*groups, *parameters, *seeds]
    missing = [name for name in (*run, score) if name not in runs]
    if missing:
        raise ValueError(f"there are no columns {missing}, only {list(runs)}")
    if not groups or not parameters or runs.empty:
        raise ValueError(
            f"groups and parameters must name columns and there must be runs, got "
            f"groups={list(groups)}, parameters={list(parameters)} and {len(runs)} runs"
        )
    twice = runs[runs.duplicated(run, keep=False)]
    if len(twice):
        raise ValueError(f"the same run comes twice: {twice[run].iloc[0].to_dict()}")
    scores = _scores(runs, score, list(groups), list(parameters), seeds)
    winners = _winners(scores, list(groups), list(parameters))
    return winners.merge(runs, on=[*groups, *parameters], how="left").assign(**{SELECTED_BY: score})


def _scores(
    runs: pd.DataFrame, score: str, groups: list[str], parameters: list[str], seeds: list[str]
) -> pd.DataFrame:
    """Return the mean score of each grid point over its replicates; inf if one diverged."""
    # Infinite, not NaN: the mean over replicates leaves NaN out, and a diverged run could win.
    finite = runs[score].where(np.isfinite(runs[score]), np.inf)
    grouped = runs.assign(score=finite).groupby([*groups, *parameters], sort=True)["score"]
    table = grouped.agg(score="mean", size="size").reset_index()
    if not seeds:
        return table.drop(columns="size")
    expected = runs.groupby(groups)[seeds[0]].nunique().rename("expected").reset_index()
    table = table.merge(expected, on=groups)
    complete = table["size"] == table["expected"]
    points = pd.MultiIndex.from_frame(table[groups])
    if len(without := points.difference(points[complete.to_numpy()])):
        point = without.to_frame().to_dict("records")[0]
        raise ValueError(f"no hyper-parameters were tried with every {seeds[0]} at {point}")
    return table[complete].drop(columns=["size", "expected"])


def _winners(scores: pd.DataFrame, groups: list[str], parameters: list[str]) -> pd.DataFrame:
    """Return the best row of the grid of each point, with what a reader must know of the choice.

    The scores are sorted by ``groups`` and ``parameters``, and the first of equal ones wins.
    """
    points = scores.groupby(groups, sort=True)
    least = scores["score"] == points["score"].transform("min")
    best = scores[least].drop_duplicates(groups).drop(columns="score").reset_index(drop=True)
    marks = scores[groups].assign(diverged=np.isinf(scores["score"]), ties=least)
    counts = marks.groupby(groups, sort=True)[["diverged", "ties"]].sum()
    return best.assign(
        grid=points.size().to_numpy(),
        diverged=counts["diverged"].to_numpy(),
        ties=counts["ties"].to_numpy(),
        at_edge=_at_edge(best[parameters], {name: points[name] for name in parameters}),
    )


def _at_edge(best: pd.DataFrame, tried: Mapping[str, Any]) -> list[str]:
    """Name the hyper-parameters of each winner that are the largest or the smallest tried."""
    ends = pd.DataFrame()
    for name, values in tried.items():
        low, high = (end.to_numpy() for end in (values.min(), values.max()))
        ends[name] = (low != high) & ((best[name] == low) | (best[name] == high))
    return [",".join(ends.columns[row]) for row in ends.to_numpy()]
