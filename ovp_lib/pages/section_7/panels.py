"""The drawings of Section 7's figures: curves with their bands, and errors against a grid."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ovp_lib.evidence import figures
from ovp_lib.pages.section_7.choices import TUNED_WIDTH
from ovp_lib.pages.section_7.curves import Curves, Panel
from ovp_lib.pages.section_7.grids import LEARNERS, SAMPLES, WIDTH

LABELS: dict[Panel, tuple[str, str]] = {
    "a": ("width m", f"test error, N = {SAMPLES}"),
    "b": ("samples N", f"test error, m = {WIDTH}"),
}
"""What stands at the axes of a panel."""

TUNED = f"m = {TUNED_WIDTH}, N = {SAMPLES}"


def comparison(curves: Curves, panel: Panel, printed: pd.Series | None = None) -> Figure:
    """Return a panel of Figure 1 or 2: all learners, and the paper's points if they are known.

    Args:
        curves: from :func:`~ovp_lib.pages.section_7.curves.both_panels`.
        panel: a or b.
        printed: from :func:`~ovp_lib.pages.section_7.analysis.printed`.
    """
    figure, [ax] = figures.panels(height=6.0)
    shown = {name: curves[panel, name] for name in LEARNERS}
    draw(ax, shown, None if printed is None else printed[panel])
    across, up = LABELS[panel]
    ax.set(xlabel=across, ylabel=up)
    figures.legend(ax, columns=2)
    return figure


def data(curves: Curves, panel: Panel) -> pd.DataFrame:
    """Return the numbers that :func:`comparison` draws, one row a curve, seed and point.

    Args:
        curves: from :func:`~ovp_lib.pages.section_7.curves.both_panels`.
        panel: a or b.
    """
    axis = LABELS[panel][0].split()[-1]
    frames = (
        figures.tidy({name: values}, axis, list(values.columns))
        for (place, name), values in curves.items()
        if place == panel
    )
    return pd.concat(frames)


def draw(ax: Axes, curves: Mapping[str, pd.DataFrame], printed: pd.Series | None = None) -> None:
    """Draw curves with their bands, and a paper's points as hollow marks of the same colour.

    Lines of three layers are solid, those of two layers dashed. A point that some seed lacks is a
    mark without a band.

    Args:
        ax: axes; both become logarithmic.
        curves: by name, each from :func:`~ovp_lib.pages.section_7.curves.curve`.
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


def tuning(cells: Mapping[str, pd.DataFrame]) -> Figure:
    """Return a figure of errors against step size and weight decay, one map a curve.

    Args:
        cells: by curve, from :func:`~ovp_lib.pages.section_7.choices.tuning_runs`.
    """
    figure, axes = figures.panels(len(cells), height=3.6)
    for ax, (name, runs) in zip(axes, cells.items(), strict=True):
        tuning_map(ax, runs)
        ax.set(xlabel="step size", ylabel="weight decay", title=f"{name}, {TUNED}")
    return figure


def tuning_map(ax: Axes, runs: pd.DataFrame, strength: str = "wd") -> None:
    """Draw test errors against step size and strength, geometric means over seeds.

    A cell is empty if training diverged with some seed.

    Args:
        ax: axes.
        runs: of one learner and point.
        strength: column of the strength of the regulariser, ``wd`` or ``w24``.
    """
    logs = np.log(runs["test"]).groupby([runs[strength], runs["lr"]]).mean(skipna=False)
    figures.tuning_map(ax, np.exp(logs).unstack("lr"))
