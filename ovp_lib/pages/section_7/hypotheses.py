"""What might explain where our curves differ from the printed ones, from stored tables.

Two readings of Section 7 are tried: a search for a step size that ended somewhere, and biases that
are trained. Each is held against the print at every point, and may explain a curve or not.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ovp_lib.evidence import blind
from ovp_lib.evidence.blind import CurvePair
from ovp_lib.experiments.network_task import Convention, Target
from ovp_lib.pages.section_7 import analysis
from ovp_lib.pages.section_7.curves import AXES, POINT, both_panels, chosen, curve, finished

ENDS = (0.002, 0.01, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Where a search may have ended: the largest step size that it tried."""


def up_to(runs: pd.DataFrame, end: float) -> pd.DataFrame:
    """Return the runs whose step size a search that ended somewhere would have tried.

    Args:
        runs: from :func:`~ovp_lib.pages.section_7.curves.finished`.
        end: the largest step size, itself tried.
    """
    return runs[runs["lr"] <= end * (1 + 1e-9)]


def searched(runs: pd.DataFrame, points: pd.Series, end: float) -> dict[str, CurvePair]:
    """Return every printed curve beside ours, had the search ended somewhere.

    Args:
        runs: from :func:`~ovp_lib.pages.section_7.curves.finished`.
        points: from :func:`~ovp_lib.pages.section_7.analysis.printed`.
        end: the largest step size.

    Returns:
        By the curve's name, chosen by test data; without the curves that have no run left.
    """
    tried = up_to(runs, end)
    if tried.empty:
        return {}
    best = chosen(tried, by="test")
    found = analysis.pairs(both_panels(best), points)
    return {name: pair for name, pair in found.items() if pair.common().ours.size}


def ends(runs: pd.DataFrame, points: pd.Series) -> pd.DataFrame:
    """Return how near every curve comes to its print, by where the search ended.

    Args:
        runs: from :func:`~ovp_lib.pages.section_7.curves.finished`.
        points: from :func:`~ovp_lib.pages.section_7.analysis.printed`.

    Returns:
        One row for each of :data:`ENDS` and one column a curve, in words: how many of its points
        lie within the factor, of how many, and the largest factor.
    """
    slim = runs[[*POINT, "lr", "wd", "test"]]  # each choice copies rows
    rows = {f"{end:g}": _near(searched(slim, points, end)) for end in ENDS}
    names = list(points.index.unique("series"))
    return pd.DataFrame(rows, index=names).T.fillna("").rename_axis("step sizes up to")


def _near(pairs: Mapping[str, CurvePair]) -> dict[str, str]:
    rows = {name: blind.table({name: pair}).loc[name] for name, pair in pairs.items()}
    return {
        name: f"{row['within']} of {row['points']}, {row['largest']:.2f}"
        for name, row in rows.items()
    }


def trained_biases(table: pd.DataFrame, target: Target, points: pd.Series) -> CurvePair:
    """Return the two-layer curve with trained biases beside the printed one.

    Args:
        table: of the sweep of :mod:`ovp_lib.pages.section_7.trained_biases_grid`.
        target: what is learned.
        points: from :func:`~ovp_lib.pages.section_7.analysis.printed`.
    """
    return _two_layer(finished(table[table["target"] == target]), "plain", points)


def readings(runs: pd.DataFrame, biases: CurvePair, points: pd.Series) -> pd.DataFrame:
    """Return ours / printed of two layers by three readings, where biases were trained.

    Args:
        runs: of the figure's sweep, from :func:`~ovp_lib.pages.section_7.curves.finished`.
        biases: from :func:`trained_biases`.
        points: from :func:`~ovp_lib.pages.section_7.analysis.printed`.

    Returns:
        One row a panel and m or N and one column a reading, in words; empty where it was not run.
    """
    by_reading = {
        "padded": _two_layer(runs, "padded", points),
        "plain, biases frozen": _two_layer(runs, "plain", points),
        "biases trained": biases,
    }
    ratios = {name: _ratio(pair) for name, pair in by_reading.items()}
    table = pd.DataFrame(ratios).loc[ratios["biases trained"].index]
    return table.map(lambda ratio: "" if np.isnan(ratio) else f"{ratio:.2f}")


def _two_layer(runs: pd.DataFrame, convention: Convention, points: pd.Series) -> CurvePair:
    best = chosen(runs, by="test")
    panels = {panel: curve(best, "2layer", panel, convention=convention) for panel in AXES}
    return CurvePair(pd.concat(panels, axis=1), points.xs("2layer", level="series"))


def _ratio(pair: CurvePair) -> pd.Series:
    ours, printed = pair.common()
    return np.exp(np.log(ours).mean() - np.log(printed)).rename_axis(["panel", "m or N"])
