"""The points that the papers plot, as numbers."""

from importlib import resources
from typing import NamedTuple

import pandas as pd


class Source(NamedTuple):
    """Where a table of points comes from.

    Attributes:
        figure: paper and figure, with the version whose numbering it is.
        how: how the numbers were obtained.
    """

    figure: str
    how: str


_VECTORS = (
    "coordinates of the plotted marks, read from the vector graphics of the arXiv version; "
    "as exact as the drawing, a pixel or so"
)

SOURCES: dict[str, Source] = {
    "figure-1": Source("Allen-Zhu, Li, Liang (2019), arXiv:1811.04918, Figure 1", _VECTORS),
    "figure-2": Source("Allen-Zhu, Li, Liang (2019), arXiv:1811.04918, Figure 2", _VECTORS),
    "figure-3": Source("Allen-Zhu, Li, Liang (2019), arXiv:1811.04918, Figure 3", _VECTORS),
    "resnet-figure-1": Source("Allen-Zhu, Li (2019), arXiv:1905.10337, norm figure", _VECTORS),
    "resnet-figure-2a": Source("Allen-Zhu, Li (2019), arXiv:1905.10337v2, Figure 2(a)", _VECTORS),
    "resnet-figure-2b": Source("Allen-Zhu, Li (2019), arXiv:1905.10337v2, Figure 2(b)", _VECTORS),
}
"""Every table by name, with its source."""


def points(name: str) -> pd.DataFrame:
    """Return the points of a figure, with one row for each plotted mark.

    Args:
        name: of :data:`SOURCES`. ``figure-1`` and ``figure-2`` have columns ``panel`` (a or b),
            ``series``, ``x`` (m in the first panel, N in the second) and ``test_error``;
            ``figure-3`` has ``panel``, ``series`` (the norm), ``m`` and ``value`` (the test error
            in panel a, the norm ratio in b); ``resnet-figure-1`` has ``d``, ``n_train``,
            ``series``, ``error`` and ``frobenius_norm``; ``resnet-figure-2a`` has ``series``, ``m``
            and ``test_error`` (squared, summed over the eight outputs); ``resnet-figure-2b`` has
            ``beta``, ``m`` and ``test_error``.

    Raises:
        ValueError: if there is no such table.

    Example:
        >>> points("resnet-figure-2a").query("series == '3resnet'").test_error.iloc[0].item()
        0.2934
    """
    if name not in SOURCES:
        raise ValueError(f"points were read from {', '.join(SOURCES)}, not from {name!r}")
    file = resources.files("ovp_lib.evidence").joinpath("published_points", f"{name}.csv")
    with file.open(encoding="utf-8") as text:
        return pd.read_csv(text)
