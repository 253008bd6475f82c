"""The numbers of the interactive figure on kernels: what was measured beside the bound.

The bound itself needs no numbers: the script computes it from d, k, N and alpha.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ovp_lib.pages.instrument import NumberSource, rounded
from ovp_lib.pages.kernel_lower_bound.statement import QUICK
from ovp_lib.pages.resnet_separation import analysis

NETWORKS = {
    "ResNet": "bottleneck",
    "plain, 3 layers": "three-layer",
    "plain, 2 layers": "two-layer",
}
"""Networks of the stored sweep by their names in the figure."""

WIDTH, TANGENT_WIDTH = 100, 1000
"""m of the networks, and of those whose tangent kernels were run."""

KERNEL, RESNET = "best kernel", "ResNet"
"""Names of the two in the second plot."""


def data(source: NumberSource) -> Mapping[str, Any]:
    """Return errors and crossings that were measured, means over seeds.

    Args:
        source: tables of the page and the sweep of networks on the same task.

    Returns:
        ``at``, the d, k and alpha of the errors; ``errors`` over k alpha^2 by method, pairs of N
        and error; ``crossings``, pairs of d and the N at which an error is half of k alpha^2.
    """
    by_size = source.published("kernel-lower-bound-paper")
    crossings = source.published("kernel-lower-bound-crossing")
    kernels = crossings[crossings["series"] != RESNET]
    return {
        "at": {"d": QUICK.paper_dimension, "k": QUICK.subset_size, "alpha": QUICK.alpha},
        "errors": {KERNEL: _means(by_size, "N", "best of all kernels")} | _trained(source),
        "crossings": {
            KERNEL: _pairs(kernels.groupby(["d", "seed"])["value"].min().groupby("d").mean()),
            RESNET: _means(crossings, "d", RESNET),
        },
    }


def _trained(source: NumberSource) -> dict[str, list[list[float]]]:
    """Return the errors of networks on the hard instance, and of the best tangent kernel."""
    stored = source.sweep("resnet-separation", "paper")
    floor = analysis.FLOOR["hard"]
    hard = stored[
        (stored["target"] == "hard") & (stored["alpha"] == QUICK.alpha) & (stored["beta"] == 1)
    ]

    def errors(network: str, trained: str, width: int) -> pd.Series:
        curve = analysis.curve(hard, "samples", network=network, trained=trained, width=width)
        return curve.mean() / floor

    tangents = pd.DataFrame([errors(name, "ntk", TANGENT_WIDTH) for name in NETWORKS.values()])
    found = {words: errors(name, "hidden", WIDTH) for words, name in NETWORKS.items()}
    return {words: _pairs(each) for words, each in (found | {"best NTK": tangents.min()}).items()}


def _means(table: pd.DataFrame, axis: str, series: str) -> list[list[float]]:
    rows = table[table["series"] == series]
    return _pairs(rows.groupby(axis)["value"].mean())


def _pairs(values: pd.Series) -> list[list[float]]:
    return [[float(str(x)), rounded(value)] for x, value in values.items()]
