"""What is particular to Figure 3: errors and norm ratios with each regulariser, side by side."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ovp_lib.evidence import published, statistics
from ovp_lib.evidence.blind import CurvePair
from ovp_lib.evidence.claims import Estimate
from ovp_lib.evidence.selection import select
from ovp_lib.pages.section_7.grids import LEARNERS, SAMPLES

MEASURED = ["test", "norm_ratio"]
"""What is compared: the test error, and how evenly the weights are spread."""

HYPER_PARAMETERS = ["w24", "wd", "lr"]
"""What is chosen: both strengths and the step size."""

LEARNER = {
    **dict(zip(("network", "trained"), LEARNERS["3layer"], strict=True)),
    "convention": "padded",
    "samples": SAMPLES,
}
"""What the runs of Figure 1 must have to be compared."""


def named(runs: pd.DataFrame) -> pd.DataFrame:
    """Return runs with the name of their ``regulariser``.

    Args:
        runs: with the strength ``w24`` of the (2,4)-norm and the weight decay ``wd``.
    """
    kinds = [runs["w24"] > 0, runs["wd"] > 0]
    names = np.select(kinds, ["(2,4)-norm", "weight decay"], "none")
    return runs.assign(regulariser=names)


def with_weight_decay(figure_1: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Return the runs of Figure 1 with weight decay, and behind them those of Figure 3.

    Args:
        figure_1: the runs of that sweep as they ended.
        others: those of Figure 3's, from :func:`named`. Of Figure 1, only widths and step sizes are
            kept that they have, too.
    """
    same = (figure_1[list(LEARNER)] == pd.Series(LEARNER)).all(axis=1)
    decayed = figure_1[same & (figure_1["wd"] > 0)]
    common = decayed.merge(others[["width", "lr"]].drop_duplicates())
    return pd.concat([named(common), others])


def by_regulariser(runs: pd.DataFrame, column: str, *, by: str) -> pd.DataFrame:
    """Return one number of the best run of every width, seed and regulariser.

    Args:
        runs: from :func:`with_weight_decay`.
        column: of the number.
        by: ``validation``, or ``test`` as in the paper.

    Returns:
        One row a width and seed and one column a regulariser, without rows that one of them lacks.
    """
    per = ["regulariser", "width", "seed"]
    best = select(runs, score=by, groups=per, parameters=HYPER_PARAMETERS)
    table = best.pivot(index=["width", "seed"], columns="regulariser", values=column)
    return table.dropna()


PRINTED = {"|W|_2,4": "(2,4)-norm", "|W|_F": "weight decay"}
"""The regularisers by their names in the paper's legend."""


def pairs(runs: pd.DataFrame) -> dict[str, CurvePair]:
    """Return test errors and norm ratios of both regularisers beside the paper's, by the width.

    Args:
        runs: from :func:`with_weight_decay`; test data choose, as in the paper.

    Returns:
        By what is measured and the regulariser, such as ``test, weight decay``.
    """
    points = published.points("figure-3").set_index(["panel", "series", "m"])["value"]
    return {
        f"{column}, {name}": CurvePair(
            by_regulariser(runs, column, by="test")[name].unstack("width"), points[panel, series]
        )
        for panel, column in zip("ab", MEASURED, strict=True)
        for series, name in PRINTED.items()
    }


def largest_factor(ratios: pd.Series) -> Estimate:
    r"""Return the largest factor exp \|log ratio\| over widths, one number a seed.

    Args:
        ratios: of two regularisers, by width and seed; a width that some seed lacks is left out.

    Returns:
        Geometric mean over seeds, with its interval.

    Example:
        >>> at = pd.MultiIndex.from_product([[100, 200], [0, 1]], names=["width", "seed"])
        >>> round(largest_factor(pd.Series([2.0, 0.5, 1.0, 1.0], index=at)).value, 6)
        2.0
    """
    off = np.exp(np.abs(np.log(ratios))).unstack("width").dropna(axis=1)
    return statistics.geometric_interval(off.max(axis=1))


def means(runs: pd.DataFrame, per: Sequence[str]) -> pd.DataFrame:
    """Return geometric means of test error and norm ratio over seeds.

    Args:
        runs: one row a run.
        per: columns that name a point.
    """
    logs = runs[MEASURED].apply(np.log).groupby([runs[name] for name in per]).mean()
    return logs.apply(np.exp)
