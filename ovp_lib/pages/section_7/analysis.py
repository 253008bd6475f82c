"""What the curves of Section 7's figures say: against the paper's points, against one another."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from ovp_lib.evidence import published, statistics
from ovp_lib.evidence.blind import CurvePair, factors, largest_factor
from ovp_lib.evidence.claims import Estimate
from ovp_lib.experiments.network_task import Convention
from ovp_lib.pages.section_7.curves import (
    AXES,
    CONVENTIONS,
    Curves,
    Panel,
    geometric_mean,
    whole_seeds,
)
from ovp_lib.pages.section_7.grids import LEARNERS, SAMPLES, SIZES, THREE_LAYER, WIDTH

LETTERS: dict[Panel, str] = {"a": "m", "b": "N"}
"""What the paper calls the abscissa of a panel."""

TO_PRINT = ["panel", "series", "x"]
"""What names a point that the paper printed: panel, curve, and m or N."""


class NotedEstimate(NamedTuple):
    """An estimate, and from which points it is, as the note of a claim."""

    estimate: Estimate
    note: str


def printed(figure: str) -> pd.Series:
    """Return the test errors that the paper plots, by panel, curve and m or N.

    Args:
        figure: name of the table, of :data:`~ovp_lib.evidence.published.SOURCES`.
    """
    return published.points(figure).set_index(TO_PRINT).sort_index()["test_error"]


def means(curves: Curves) -> pd.Series:
    """Return the geometric means of curves over seeds, by panel, curve and m or N.

    Args:
        curves: from :func:`~ovp_lib.pages.section_7.curves.both_panels`.
    """
    by_curve = {curve: geometric_mean(values) for curve, values in curves.items()}
    return pd.concat(by_curve).rename_axis(TO_PRINT)


def pairs(curves: Curves, points: pd.Series) -> dict[str, CurvePair]:
    """Return every curve that was printed beside its print, both panels together.

    Args:
        curves: from :func:`~ovp_lib.pages.section_7.curves.both_panels`.
        points: from :func:`printed`.

    Returns:
        By the curve's name; a point is a panel and its m or N.
    """
    printed_names = points.index.unique("series")
    return {
        name: CurvePair(
            pd.concat({panel: curves[panel, name] for panel in AXES}, axis=1),
            points.xs(name, level="series"),
        )
        for name in LEARNERS
        if name in printed_names
    }


def agreement(curves: Curves, points: pd.Series) -> dict[tuple[Panel, str], NotedEstimate]:
    """Return how far each curve that was printed is from its print, panel by panel.

    Args:
        curves: from :func:`~ovp_lib.pages.section_7.curves.both_panels`.
        points: from :func:`printed`.

    Returns:
        By panel and curve, the largest factor between the two over the points that were run with
        every seed; one number a seed.
    """
    printed_curves = {(panel, name) for panel, name, _ in points.index}
    return {
        curve: _largest(curve[0], CurvePair(values, points[curve]))
        for curve, values in curves.items()
        if curve in printed_curves
    }


def _largest(panel: Panel, pair: CurvePair) -> NotedEstimate:
    compared = factors(pair).dropna(axis=1).columns
    alone = f"{LETTERS[panel]} = {compared[0]}" if len(compared) == 1 else ""
    return NotedEstimate(largest_factor(pair), alone or _span(LETTERS[panel], compared))


def distance(errors: pd.DataFrame, points: pd.Series) -> pd.Series:
    r"""Return for each seed the mean of \|log(ours / printed)\| over the widths of a curve.

    Args:
        errors: one row a seed and one column a width.
        points: the printed errors, by width.
    """
    return (np.log(errors) - np.log(points[errors.columns])).abs().mean(axis=1)


def convention_table(
    errors: Mapping[tuple[str, Convention], pd.DataFrame], points: pd.Series | None = None
) -> pd.DataFrame:
    """Return geometric means over seeds with padded and with plain inputs, as words.

    Args:
        errors: from :func:`~ovp_lib.pages.section_7.curves.both_conventions`.
        points: from :func:`printed`, if the paper's errors are known.
    """
    table = pd.DataFrame({learner: geometric_mean(values) for learner, values in errors.items()}).T
    if points is not None:
        paper = points["a"].unstack("x")[table.columns]
        table = pd.concat([table, pd.concat({"the paper": paper}).swaplevel()])
    return table.loc[list(LEARNERS)].map("{:.3g}".format)


def gaps(
    best: pd.DataFrame, better: str, worse: str, *, convention: Convention = "padded"
) -> pd.DataFrame:
    """Return by what factor the error of one curve is above that of another, on the same data.

    Args:
        best: from :func:`~ovp_lib.pages.section_7.curves.chosen`.
        better: the curve that should have the lower error.
        worse: the other one.
        convention: what both see of the input.

    Returns:
        Error of ``worse`` / error of ``better``, one row a seed and one column a point (m, N) that
        both have, NaN where a seed was not run; of the seeds,
        :func:`~ovp_lib.pages.section_7.curves.whole_seeds`.
    """
    sides = []
    for name in (worse, better):
        rows = best[(best["curve"] == name) & (best["convention"] == convention)]
        sides.append(rows.pivot(index="seed", columns=["width", "samples"], values="test"))
    return whole_seeds((sides[0] / sides[1]).dropna(axis=1, how="all"))


def orders(
    best: pd.DataFrame, pairs: Sequence[tuple[str, str]], *, convention: Convention = "padded"
) -> pd.DataFrame:
    """Count for pairs of curves how often the first had the lower error, see :func:`gaps`.

    Runs of one seed share their data, whatever m and N: the counts are not of independent trials.

    Args:
        best: from :func:`~ovp_lib.pages.section_7.curves.chosen`.
        pairs: each the curve that should have the lower error, and the other one.
        convention: what they see of the input.

    Returns:
        One row a pair: ``better``, ``worse``, ``won``, ``of``, and where some seed ``lost``.
    """
    rows = []
    for better, worse in pairs:
        gap = gaps(best, better, worse, convention=convention)
        lost = gap.columns[(gap <= 1).any()].to_frame(index=False)
        where = "; ".join(f"m = {m}, N = {n}" for m, n in lost.to_numpy()) or "nowhere"
        won, compared = (gap > 1).to_numpy().sum(), gap.notna().to_numpy().sum()
        rows.append((better, worse, int(won), int(compared), where))
    return pd.DataFrame(rows, columns=["better", "worse", "won", "of", "lost"])


def order_table(best: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Return :func:`orders` with padded and with plain inputs, one row a pair.

    Args:
        best: from :func:`~ovp_lib.pages.section_7.curves.chosen`.
        pairs: each the curve that should have the lower error, and the other one.
    """
    counts = {kind: orders(best, pairs, convention=kind) for kind in CONVENTIONS}
    table = pd.concat(counts, names=["inputs"]).droplevel(1)
    return table.set_index(["better", "worse"], append=True)


CORNERS = (*((m, SAMPLES) for m in THREE_LAYER), *((WIDTH, n) for n in SIZES))
"""m and N of every point that the figures show of a three-layer network."""


def least_gap(best: pd.DataFrame, better: str, worse: str) -> NotedEstimate:
    """Return the least of :func:`gaps` over the points that all seeds have, one number a seed.

    Args:
        best: from :func:`~ovp_lib.pages.section_7.curves.chosen`.
        better: the curve that should have the lower error.
        worse: the other one.

    Returns:
        The factor, and which points of the figure are not among those compared.
    """
    compared = gaps(best, better, worse).dropna(axis=1)
    left_out = [corner for corner in CORNERS if corner not in compared]
    words = "; ".join(f"m = {m}" if n == SAMPLES else f"N = {n}" for m, n in left_out)
    note = f"{compared.shape[1]} points" + (f", without {words}" if words else "")
    return NotedEstimate(statistics.geometric_interval(compared.min(axis=1)), note)


def same_order(first: pd.DataFrame, second: pd.DataFrame) -> Estimate:
    """Return Kendall's tau between the errors of learners on two targets, one number a seed.

    Args:
        first: one row a seed and one column a learner.
        second: those of the other target; seeds that one of the two lacks are left out.

    Returns:
        The mean tau, its interval cut to [-1, 1].
    """
    common = first.index.intersection(second.index)
    taus = [first.loc[seed].corr(second.loc[seed], method="kendall") for seed in common]
    value, low, high, n = statistics.mean_interval(taus)
    return Estimate(value, max(low, -1.0), min(high, 1.0), n)


def slope(values: pd.DataFrame) -> Estimate:
    """Return the exponent of a curve over the points that all seeds have.

    Args:
        values: from :func:`~ovp_lib.pages.section_7.curves.curve`.

    Returns:
        The exponent; not measurable (NaN) if there are fewer than two of these points.
    """
    common = values.dropna(axis=1)
    if common.shape[1] < 2:
        return Estimate(math.nan, math.nan, math.nan, len(values))
    return statistics.exponent(common.columns, common)


def slopes(curves: Curves, panel: Panel, least: int = 0) -> dict[str, NotedEstimate]:
    """Return the exponent of every curve of a panel, by its name, see :func:`slope`.

    Args:
        curves: without gaps, from :func:`~ovp_lib.pages.section_7.curves.complete`.
        panel: a for the width, b for the number of samples.
        least: where the fit begins.
    """
    late = {name: curves[panel, name].loc[:, least:] for name in LEARNERS}
    return {
        name: NotedEstimate(slope(values), _span(LETTERS[panel], values.columns))
        for name, values in late.items()
    }


def _span(letter: str, points: pd.Index) -> str:
    if len(points) < 2:
        return "too few points run"
    return f"{letter} from {points[0]} to {points[-1]}"


def slope_table(
    in_width: Mapping[str, NotedEstimate], in_samples: Mapping[str, NotedEstimate]
) -> pd.DataFrame:
    """Return fitted exponents with their intervals as words, one row a curve.

    Args:
        in_width: from :func:`slopes` of panel a.
        in_samples: from :func:`slopes` of panel b.
    """
    columns = {"exponent in N": in_samples, "exponent in m": in_width}
    words = {
        column: {name: _exponent_words(found.estimate) for name, found in fitted.items()}
        for column, fitted in columns.items()
    }
    return pd.DataFrame(words).loc[list(LEARNERS)]


def _exponent_words(fitted: Estimate) -> str:
    if math.isnan(fitted.value):
        return "too few points"
    return f"{fitted.value:+.2f} [{fitted.low:+.2f}, {fitted.high:+.2f}]"
