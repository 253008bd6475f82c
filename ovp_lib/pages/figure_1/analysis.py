"""What is particular to Figure 1: errors against the step size, and the output at the start."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ovp_lib.evidence import statistics
from ovp_lib.evidence.claims import Estimate
from ovp_lib.models import section_7
from ovp_lib.models.inputs import pad, sphere, stream
from ovp_lib.models.three_layer import init_three_layer, three_layer
from ovp_lib.pages.section_7.grids import SAMPLES, WIDTH
from ovp_lib.training.samples import streams

LARGEST = 5.0
"""The largest step size that is shown."""


def by_step_size(runs: pd.DataFrame, curve: str, printed: pd.Series) -> pd.DataFrame:
    """Return ours / printed for every step size of a learner, each with its best decay.

    Args:
        runs: from :func:`~ovp_lib.pages.section_7.curves.finished`.
        curve: name of the learner.
        printed: from :func:`~ovp_lib.pages.section_7.analysis.printed`.

    Returns:
        One row a panel and m or N and one column a step size, geometric means over seeds with
        padded inputs; NaN where some seed diverged or nothing was run.
    """
    mine = (runs["curve"] == curve) & (runs["convention"] == "padded") & (runs["lr"] <= LARGEST)
    per_seed = runs[mine].groupby(["width", "samples", "lr", "seed"])["test"].min()
    logs = np.log(per_seed).groupby(["width", "samples", "lr"]).mean(skipna=False).unstack("lr")
    panels = {"a": logs.xs(SAMPLES, level="samples"), "b": logs.xs(WIDTH, level="width")}
    ratios = {
        panel: np.exp(ours.sub(np.log(printed[panel, curve]), axis=0))
        for panel, ours in panels.items()
    }
    table = pd.concat(ratios, names=["panel", "m or N"]).dropna(how="all")
    return table.rename_axis(columns="step size")


WIDTHS, NETWORKS, POINTS = (100, 400), 64, 50
"""Widths at which the output at the start is measured, networks of each, and inputs."""


def initial_output(seeds: Sequence[int]) -> Estimate:
    """Return by what factor the output at random initialisation grows with the width.

    Args:
        seeds: roots of the draws, one repetition each.

    Returns:
        Root mean square output of three layers at the second of :data:`WIDTHS` / at the first.
    """
    ratios = [_output(WIDTHS[1], seed) / _output(WIDTHS[0], seed) for seed in seeds]
    return statistics.geometric_interval(ratios)


def _output(width: int, seed: int) -> float:
    x = pad(sphere(section_7.DIMENSION)(POINTS, stream(seed, width)))
    draws = streams(seed, NETWORKS, "init")
    net = init_three_layer(draws, d=x.shape[1], m1=width, m2=width)
    return math.sqrt(three_layer(net, x.expand(NETWORKS, *x.shape)).square().mean().item())
