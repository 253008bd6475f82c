"""Numbers that were fixed before their answer was seen, held against what a paper prints.

A curve is a table of our numbers, one row a seed and one column a point; its print is one number a
point. What is compared is the *largest* factor between the two over the points, so that deviations
in opposite directions do not cancel.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ovp_lib.evidence import figures, statistics
from ovp_lib.evidence.claims import Estimate
from ovp_lib.evidence.predictions import FACTOR


class CurvePair(NamedTuple):
    """One curve, ours and printed.

    Attributes:
        ours: positive numbers, one row a seed and one column a point, NaN where a seed was not run.
        printed: the paper's numbers, by the points of ``ours``.
    """

    ours: pd.DataFrame
    printed: pd.Series

    def common(self) -> "CurvePair":
        """Return both at the points that both have, whatever the seeds."""
        run = self.ours.dropna(axis=1, how="all")
        points = run.columns.intersection(self.printed.index, sort=False)
        return CurvePair(run[points], self.printed[points])


def factors(pair: CurvePair) -> pd.DataFrame:
    r"""Return the factor between ours and the print, exp \|log(ours / printed)\|, at each point.

    Args:
        pair: a curve.

    Returns:
        Numbers of at least 1, one row a seed and one column a point that both have.
    """
    ours, printed = pair.common()
    return np.exp(np.abs(np.log(ours) - np.log(printed)))


def largest_factor(pair: CurvePair) -> Estimate:
    """Return the largest of :func:`factors` over the points that every seed has, a number a seed.

    Args:
        pair: a curve.

    Returns:
        Geometric mean over seeds, with its interval; not measurable where no point has all seeds.
    """
    everywhere = factors(pair).dropna(axis=1)
    if everywhere.empty:
        return Estimate(math.nan, math.nan, math.nan, max(1, len(pair.ours)))
    return statistics.geometric_interval(everywhere.max(axis=1))


def table(curves: Mapping[str, CurvePair]) -> pd.DataFrame:
    """Return how near each curve comes to its print, by geometric means over the seeds.

    Args:
        curves: by name.

    Returns:
        One row a curve: ``points`` that both have, how many are ``within``
        :data:`~ovp_lib.evidence.predictions.FACTOR`, the ``largest`` factor, and ``where`` it is;
        the sums as the last row.
    """
    rows = [(name, *_row(pair)) for name, pair in curves.items()]
    worst = max(rows, key=lambda row: row[3])
    points, within = sum(row[1] for row in rows), sum(row[2] for row in rows)
    rows.append(("all", points, within, worst[3], f"{worst[0]}, {worst[4]}"))
    columns = ["curve", "points", "within", "largest", "where"]
    return pd.DataFrame(rows, columns=columns).set_index("curve")


def _row(pair: CurvePair) -> tuple[int, int, float, str]:
    ours, printed = pair.common()
    ratio = np.exp(np.log(ours).mean() - np.log(printed))
    off = np.maximum(ratio, 1 / ratio)
    worst = int(np.argmax(off))
    return len(off), int((off <= FACTOR).sum()), float(off.iloc[worst]), _words(off.index[worst])


def _words(point: object) -> str:
    return ", ".join(map(str, point)) if isinstance(point, tuple) else str(point)


def data(curves: Mapping[str, CurvePair]) -> pd.DataFrame:
    """Return every number of the comparison, one row a curve, point and seed.

    Args:
        curves: by name.

    Returns:
        ``curve``, ``point`` in words, ``seed``, ``ours`` and ``printed``.
    """
    rows = [
        (name, _words(point), seed, value, printed[point])
        for name, pair in curves.items()
        for ours, printed in [pair.common()]
        for point in ours.columns
        for seed, value in ours[point].dropna().items()
    ]
    return pd.DataFrame(rows, columns=["curve", "point", "seed", "ours", "printed"])


def draw(ax: Axes, curves: Mapping[str, CurvePair], words: str) -> None:
    """Draw ours against the print: a mark a point with the range of its seeds, and the band.

    Args:
        ax: axes; both become logarithmic.
        curves: by name, in the order of their colours.
        words: what is compared, for the axes.
    """
    both = data(curves)
    ends = np.array([both[["ours", "printed"]].min().min(), both[["ours", "printed"]].max().max()])
    ends = ends * [1 / FACTOR, FACTOR]
    ax.fill_between(ends, ends / FACTOR, ends * FACTOR, color="0.85", label=f"factor {FACTOR:g}")
    ax.plot(ends, ends, color="0.35", linewidth=1.0, label="equal")
    # Bars are the range of the seeds: three are too few to draw an interval that is read as one.
    for colour, (name, pair) in enumerate(curves.items()):
        ours, printed = pair.common()
        mean = np.exp(np.log(ours).mean())
        # Rounding can make a length slightly negative, which Matplotlib refuses.
        spread = np.clip([mean - ours.min(), ours.max() - mean], 0.0, None)
        mark = mpl.lines.Line2D.filled_markers[colour]
        paint = figures.PALETTE[colour]
        ax.errorbar(printed, mean, spread, fmt=mark, color=paint, markersize=5, label=name)
    ax.set(xscale="log", yscale="log", xlim=ends, ylim=ends)
    ax.set(xlabel=f"{words}, printed", ylabel=f"{words}, ours")
