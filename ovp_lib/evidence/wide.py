"""A figure drawn again for the width of a desktop's column, with letters of the same size.

A figure of a notebook is as wide as a phone can show (:data:`ovp_lib.evidence.figures.WIDTH`).
Scaled up it would only have larger letters; here its panels stand side by side, or get wider, and
the legend below them uses the room.
"""

import math
import re
from collections.abc import Iterator
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.ticker import LogLocator

from ovp_lib.evidence.layout import lay_out

WIDE = 8.0
"""Inches: the column of a page on a desktop, at 96 pixels to the inch."""

ROW = 3
"""As many panels stand in one row."""

BESIDE = 2
"""Of more, panels side by side for each one on a phone."""

HIGHER = 1.12
"""By how much a row gets higher then: it has the labels and the legend of all rows."""

ENTRIES = 3
"""Entries of a legend side by side at most."""

APART = 0.05
"""Free width between panels side by side, as a part of a panel's."""

SPACE = 4
"""Pixels between the labels of an axis at least."""

FEWER = ((1.0, 3.0), (1.0,))
"""Of each decade the places that are labelled where there is room for few, or for fewer."""

_WORD = re.compile(r"(?:\$[^$]*\$|\[[^\]]*\]|[^\s$\[])+")


def widen(figure: Figure) -> None:
    """Lay a figure out for a wide column, in place.

    Args:
        figure: with a grid of panels, or none; it has a layout engine, which places all of it.
    """
    shown = [ax for ax in figure.axes if ax.get_subplotspec() is not None and ax.get_visible()]
    rows, columns = _grid(shown)
    in_a_row = len(shown) if len(shown) <= ROW else BESIDE * columns
    height = figure.get_figheight()
    if in_a_row > columns:
        needed = math.ceil(len(shown) / in_a_row)
        height *= HIGHER * needed / rows
        _rearrange(figure, shown, needed, in_a_row)
    figure.set_size_inches(WIDE, height)
    for legend in list(figure.legends):
        _spread(figure, legend)
    lay_out(figure)
    # Only now: the lengths that texts must fit into are those after the layout.
    for ax in shown:
        _fit(ax)
        _thin(ax)


def _rearrange(figure: Figure, shown: list[Axes], rows: int, columns: int) -> None:
    """Put panels into another grid; the lowest of each column says what its axis is."""
    grid = GridSpec(rows, columns, figure=figure)
    for i, ax in enumerate(shown):
        ax.set_subplotspec(grid[divmod(i, columns)])
        if i + columns >= len(shown) and not ax.get_xlabel():
            ax.set_xlabel(shown[-1].get_xlabel())
    figure.set_layout_engine("constrained", wspace=APART)


def _grid(shown: list[Axes]) -> tuple[int, int]:
    """Return rows and columns of the grid that the panels are in."""
    spec = shown[0].get_subplotspec() if shown else None
    return spec.get_gridspec().get_geometry() if spec else (1, 1)


def _spread(figure: Figure, legend: Legend) -> None:
    """Put as many entries of a legend beside one another as there is room for."""
    handles = [handle for handle in legend.legend_handles if handle is not None]
    labels = [text.get_text() for text in legend.get_texts()]
    legend.remove()
    for columns in range(min(ENTRIES, len(labels)), 0, -1):
        tried = figure.legend(
            handles,
            labels,
            loc="outside lower left",
            ncols=columns,
            frameon=False,
            fontsize="small",
        )
        if columns == 1 or tried.get_window_extent().width <= figure.bbox.width:
            return
        tried.remove()


def _fit(ax: Axes) -> None:
    """Break what is written along an axis where it is longer than the axis."""
    box = ax.get_window_extent()
    for text, room in ((ax.title, box.width), (ax.xaxis.label, box.width)):
        _break(text, text.get_window_extent().width, room)
    _break(ax.yaxis.label, ax.yaxis.label.get_window_extent().height, box.height)


def _thin(ax: Axes) -> None:
    """Label a logarithmic axis at fewer places where the labels run into one another."""
    if ax.get_xscale() != "log":
        return
    for places in FEWER:
        if not _is_crowded(ax):
            return
        ax.xaxis.set_major_locator(LogLocator(subs=places))


def _is_crowded(ax: Axes) -> bool:
    """Return whether labels of the horizontal axis are too near to one another."""
    low, high = ax.get_xlim()
    labels = [each for each in ax.get_xticklabels() if low <= each.get_position()[0] <= high]
    boxes = sorted((label.get_window_extent() for label in labels), key=lambda box: box.x0)
    return any(right.x0 - left.x1 < SPACE for left, right in pairwise(boxes))


def _break(text: Text, length: float, room: float) -> None:
    if length > room:
        said = text.get_text()
        text.set_text("\n".join(_lines(said, len(said) * room / length)))


def _lines(said: str, longest: float) -> Iterator[str]:
    """Yield lines of words up to a length; a formula or an interval is one word."""
    line = ""
    for word in _WORD.findall(said):
        if line and len(f"{line} {word}") > longest:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line
