"""How the page on width draws errors: every seed as a dot, means as lines, nothing smoothed."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ovp_lib.evidence.figures import GUIDE, PALETTE, tidy
from ovp_lib.pages.slides_width.analysis import Errors, first_fit


def draw(ax: Axes, errors: Errors, name: str, *, colour: int, mark: bool = True) -> None:
    """Draw test and training errors against width.

    Args:
        ax: axes; the horizontal one becomes logarithmic.
        errors: of one family.
        name: of the family, in the legend.
        colour: index into :data:`~ovp_lib.evidence.figures.PALETTE`.
        mark: whether a vertical line marks the first width that fits in every seed.
    """
    shade, widths = PALETTE[colour], np.array(errors.widths)
    ax.plot(widths, errors.test.T, "o", color=shade, markersize=3.5, alpha=0.6)
    ax.plot(widths, errors.test.mean(axis=0), "-", color=shade, label=f"{name}, test")
    ax.plot(widths, errors.train.T, "x", color=shade, markersize=3.5, alpha=0.5)
    ax.plot(widths, errors.train.mean(axis=0), ":", color=shade, label=f"{name}, training")
    if mark and (first := first_fit(errors)) is not None:
        ax.axvline(widths[first], color=GUIDE, linestyle="--", linewidth=1.2, label="all seeds fit")
    ax.set(xscale="log", xlabel="width m", ylabel="error", ylim=(-0.02, 1.0))


def data(families: dict[str, Errors]) -> pd.DataFrame:
    """Return the errors of several families, one row for each measurement.

    Args:
        families: by name.
    """
    rows = [
        tidy({f"{name}, {kind}": values}, "width", errors.widths)
        for name, errors in families.items()
        for kind, values in (("test", errors.test), ("training", errors.train))
    ]
    return pd.concat(rows, ignore_index=True)
