"""Winners of the page on the ResNet's separation that lie at an end of their grid.

A winner is the step size and the decay that validation or test data choose for one seed at one
point of a curve. At an end of what was tried the best value may lie outside, so that the learner
may do better than it is shown here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ovp_lib.evidence.claims import Estimate
from ovp_lib.evidence.selection import select
from ovp_lib.pages.resnet_separation.analysis import GRID
from ovp_lib.pages.resnet_separation.statement import METHODS

POINT = ("target", "alpha", "beta", "network", "trained", "width", "samples", "seed")
"""Columns that name a point of a curve of the stored sweep, and its repetition."""

SIDES = {
    "smallest step": ("lr", "min"),
    "largest step": ("lr", "max"),
    "smallest decay": ("wd", "min"),
    "largest decay": ("wd", "max"),
}
"""The ends of a grid: the hyper-parameter, and the end."""

LEARNERS = {learner: name for name, learner in METHODS.items()} | {
    ("resnet", "hidden"): "(2.1)",
    ("two-layer", "ntk-shared"): "2layer(NTK), shared",
}
"""The network and what of it is trained, in the words of the page."""


def winners(runs: pd.DataFrame, by: str = "validation") -> pd.DataFrame:
    """Return the winners of a grid, and at which ends of it they lie.

    Args:
        runs: a grid of step sizes and decays for every seed and point.
        by: column that chooses, ``validation`` or ``test``.

    Returns:
        A row for every winner that had a choice, with a column of booleans for each of
        :data:`SIDES`. Where one value alone was tried, it is no end.
    """
    point = [name for name in POINT if name in runs]
    best = select(runs, score=by, groups=point, parameters=GRID)
    tried = runs.groupby(point)[list(GRID)].agg(["min", "max"])  # in the order of the winners
    for side, (name, end) in SIDES.items():
        at_end = best[name].to_numpy() == tried[name, end].to_numpy()
        best[side] = at_end & (tried[name, "min"] < tried[name, "max"]).to_numpy()
    return best[best["grid"] > 1]


def runs_of(stored: pd.DataFrame, learners: Sequence[str], **where: Any) -> pd.DataFrame:
    """Return the runs of some learners in the stored sweep.

    Args:
        stored: the table of the sweep.
        learners: in the words of the page, of :data:`LEARNERS`.
        where: values of other columns that name the curve.

    Returns:
        Their rows.
    """
    pairs = [learner for learner, name in LEARNERS.items() if name in learners]
    named = _learners(stored).isin(pairs)
    for column, value in where.items():
        named &= stored[column] == value
    return stored[named]


def _learners(table: pd.DataFrame) -> "pd.Series[Any]":
    """Return the pair of network and what of it is trained for every row."""
    return pd.Series([*zip(table["network"], table["trained"], strict=True)], index=table.index)


def counts(best: pd.DataFrame) -> dict[str, int]:
    """Count winners, those at an end of either hyper-parameter, and those at each end.

    Args:
        best: from :func:`winners`.

    Returns:
        The counts by what they count.
    """
    sides = best[list(SIDES)]
    total = {"winners": len(best), "at an end": int(sides.any(axis=1).sum())}
    return total | {side: int(sides[side].sum()) for side in SIDES}


def of_runs(runs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return how many winners of some runs lie at an end of their grid, a row for each.

    Args:
        runs: by name, a grid of step sizes and decays for every seed.
    """
    return pd.DataFrame({name: counts(winners(table)) for name, table in runs.items()}).T


def of_learners(stored: pd.DataFrame) -> pd.DataFrame:
    """Return how many winners of the stored sweep lie at an end, a row a learner, and for all.

    Args:
        stored: the table of the sweep.
    """
    best = winners(stored)
    learners = _learners(best).map(LEARNERS)
    rows = {name: counts(best[learners == name]) for name in LEARNERS.values()}
    return pd.DataFrame(rows | {"all": counts(best)}).T


def of_curves(stored: pd.DataFrame) -> pd.DataFrame:
    """Return how many winners of the stored sweep lie at an end, a row for a learner on a target.

    Args:
        stored: the table of the sweep; a winner is of a seed at a point of a curve.
    """
    curves = winners(stored).groupby(["target", "network", "trained"])
    return pd.DataFrame({" ".join(map(str, curve)): counts(rows) for curve, rows in curves}).T


def share(stored: pd.DataFrame) -> Estimate:
    """Return the share of the winners that lie at an end of their grid, in one way or the other.

    It is counted, not sampled, and has no interval.

    Args:
        stored: the table of the sweep.
    """
    found = counts(winners(stored))
    part = found["at an end"] / found["winners"]
    return Estimate(part, part, part, found["winners"])


def note(runs: Mapping[str, pd.DataFrame], by: str = "validation") -> str:
    """Say beside a claim how many of the winners behind it lie at an end of their grid.

    Args:
        runs: by the name of a learner, its grid of step sizes and decays for every seed and point.
        by: column that chooses, ``validation`` or ``test``.

    Returns:
        The note of a claim.

    Example:
        >>> grid = {"lr": [0.1, 0.2, 0.5], "wd": 0.0, "seed": 0, "validation": [3.0, 2.0, 1.0]}
        >>> note({"3layer": pd.DataFrame(grid)})
        'winners at an end of their grid: 3layer 1 of 1'
    """
    found = {name: counts(winners(table, by)) for name, table in runs.items()}
    parts = (f"{name} {each['at an end']} of {each['winners']}" for name, each in found.items())
    return f"winners at an end of their grid: {', '.join(parts)}"
