"""The colours and the lines of the book's figures: seaborn's white grid, without seaborn.

Importing seaborn takes a second of every run, most of it for SciPy's distributions; a test holds
these settings against its own.
"""

from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.colors import to_rgb

COLOURS = (
    *("#0173b2", "#de8f05", "#029e73", "#d55e00", "#cc78bc"),
    *("#ca9161", "#fbafe4", "#949494", "#ece133", "#56b4e9"),
)
"""Colour-blind-safe colours (seaborn's), in the order in which a figure uses them."""

TICKS = {
    "color": ".15",
    "labelsize": 11.0,
    "major.size": 6.0,
    "major.width": 1.25,
    "minor.size": 4.0,
    "minor.width": 1.0,
}
"""How the ticks of both axes look."""

WHITE_GRID: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": ".8",
    "axes.grid": True,
    "axes.labelcolor": ".15",
    "axes.labelsize": 12.0,
    "axes.linewidth": 1.25,
    "axes.prop_cycle": cycler(color=[to_rgb(colour) for colour in COLOURS]),
    "axes.titlesize": 12.0,
    "font.sans-serif": [
        "Arial",
        "DejaVu Sans",
        "Liberation Sans",
        "Bitstream Vera Sans",
        "sans-serif",
    ],
    "font.size": 12.0,
    "grid.color": ".8",
    "grid.linewidth": 1.0,
    "legend.fontsize": 11.0,
    "legend.title_fontsize": 12.0,
    "lines.solid_capstyle": "round",
    "patch.edgecolor": "w",
    "patch.force_edgecolor": True,
    "text.color": ".15",
    "xtick.bottom": False,
    "ytick.left": False,
    **{f"{axis}.{name}": value for axis in ("xtick", "ytick") for name, value in TICKS.items()},
}
"""Matplotlib's settings, where they are not its own."""


def white_grid() -> None:
    """Set all of matplotlib's settings; nothing of a user's own is left.

    Example:
        >>> with mpl.rc_context():
        ...     white_grid()
        ...     mpl.rcParams["font.size"]
        12.0
    """
    mpl.rcdefaults()
    mpl.rcParams.update(WHITE_GRID)
