"""The numbers of the interactive figure on Lemmas 6.10 and 6.12: what was measured.

The bounds need no numbers: the script computes them from m, N and the radii.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ovp_lib.pages.instrument import NumberSource, rounded
from ovp_lib.pages.lemma_6_10_generalisation.analysis import RADIUS_POWER
from ovp_lib.pages.lemma_6_10_generalisation.statement import QUICK

BY_WIDTH = {
    "frozen gates without Σ": "frozen without",
    "frozen gates with Σ": "frozen with",
    "ascent without Σ": "real without",
    "ascent with Σ": "real with",
}
"""Series of the figure by width, as the instrument calls them."""

BY_SAMPLES = {"frozen gates without Σ": "without", "frozen gates with Σ": "with"}
"""Series of the figure by the number of samples."""


def data(source: NumberSource) -> Mapping[str, Any]:
    """Return complexities that were measured at the radii of the page, means over seeds.

    Args:
        source: tables of the page.

    Returns:
        ``w``, the power of ||W'||_{2,4} <= m^(-w), where ||V'||_F <= 1; ``samples``, the N of the
        widths ``m``; ``width``, the m of other N; ``series``, a name and its ``points``, each
        ``[m, N, complexity]``.
    """
    by_width = source.published("lemma-6-10-width")
    by_samples = source.published("lemma-6-10-samples")
    found = {words: _points(by_width, series, "m") for words, series in BY_WIDTH.items()}
    for words, series in BY_SAMPLES.items():
        found[words] += [row for row in _points(by_samples, series, "N") if row[1] != QUICK.samples]
    return {
        "w": -RADIUS_POWER,
        "samples": QUICK.samples,
        "m": list(QUICK.widths),
        "width": QUICK.fixed_width,
        "series": [{"name": words, "points": points} for words, points in found.items()],
    }


def _points(table: pd.DataFrame, series: str, axis: str) -> list[list[float]]:
    """Return ``[m, N, mean over seeds]`` of a series along an axis, the other size being fixed."""
    means = table[table["series"] == series].groupby(axis)["value"].mean()
    found = [(int(str(x)), rounded(value)) for x, value in means.items()]
    if axis == "m":
        return [[m, QUICK.samples, value] for m, value in found]
    return [[QUICK.fixed_width, n, value] for n, value in found]
