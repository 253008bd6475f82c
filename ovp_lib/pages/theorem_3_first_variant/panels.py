"""The drawings of the page on Theorem 3."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ovp_lib.evidence import figures
from ovp_lib.evidence.claims import Estimate
from ovp_lib.evidence.statistics import geometric_interval, mean_interval


def over(table: pd.DataFrame, axis: str, column: str = "excess") -> pd.DataFrame:
    """Return a column as one row a seed and one column a width or sample size.

    Args:
        table: rows with ``seed``, ``m``, ``samples`` and the column, positive.
        axis: ``m`` or ``samples``; over the other one the geometric mean is taken.
        column: what is wanted; NaN where a run diverged, and so is then its mean.

    Returns:
        Shape ``(seeds, points)``.

    Example:
        >>> rows = {"seed": [0, 0], "m": [8, 8], "samples": [10, 20], "excess": [1.0, 4.0]}
        >>> round(float(over(pd.DataFrame(rows), "m").loc[0, 8]), 6)
        2.0
    """
    logs = np.log(table[column]).groupby([table["seed"], table[axis]])
    return np.exp(logs.agg(lambda part: part.mean(skipna=False)).unstack(axis))


def rows(
    ax: Axes, tables: Mapping[str, pd.DataFrame], column: str, *, logarithmic: bool = True
) -> None:
    """Draw a column for every algorithm, one row each, with its interval over seeds.

    Args:
        ax: axes.
        tables: rows with ``algorithm`` and the column, by what stands in the legend.
        column: what is drawn.
        logarithmic: whether the axis is, and the mean a geometric one.
    """
    interval = geometric_interval if logarithmic else mean_interval
    names: Sequence[str] = next(iter(tables.values()))["algorithm"].unique().tolist()
    for number, (label, table) in enumerate(tables.items()):
        found = [interval(table.loc[table["algorithm"] == name, column]) for name in names]
        shift = 0.17 * (2 * number - len(tables) + 1)
        _marks(ax, np.arange(len(names)) + shift, found, label, number)
    ax.set_yticks(range(len(names)), [_short(name) for name in names])
    ax.set_ylim(len(names) - 0.4, -0.6)
    if logarithmic:
        ax.set_xscale("log")


def _marks(
    ax: Axes, heights: np.ndarray, found: Sequence[Estimate], label: str, colour: int
) -> None:
    values = np.array([[each.value, each.low, each.high] for each in found]).T
    spread = np.abs(values[1:] - values[0])
    shade = figures.PALETTE[colour]
    ax.errorbar(values[0], heights, xerr=spread, fmt="o", color=shade, capsize=2, label=label)


def _short(name: str) -> str:
    """Return the name of a row: what is left out, under the algorithm that it is left out of."""
    left_out = name.partition(", ")[2]
    return f"– {left_out}" if left_out else name
