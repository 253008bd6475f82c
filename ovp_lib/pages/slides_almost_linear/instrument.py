"""The numbers of the interactive figure: least losses in balls for a finer scale of label noise."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import torch

from ovp_lib.pages.instrument import NumberSource, rounded
from ovp_lib.pages.slides_almost_linear import analysis, balls
from ovp_lib.pages.slides_almost_linear.statement import QUICK

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
"""Shares of random labels on the slider."""

SEEDS = 2
"""The first seeds of the page, over which the numbers are means."""


def data(_: NumberSource) -> Mapping[str, Any]:
    """Return the infima of the bound's first term, and their slopes, means over the first seeds.

    Args:
        _: nothing of the stored page is needed; points, networks and solver are the page's.

    Returns:
        ``depth``, ``n``, ``radii``, ``shares``, ``least`` and ``slope``, the last two with one row
        for each share and one number for each radius.
    """
    least, slope = _solved()
    return {
        "depth": QUICK.depth,
        "n": QUICK.samples,
        "radii": list(QUICK.ball_radii),
        "shares": list(SHARES),
        "least": [[rounded(value) for value in row] for row in least.tolist()],
        "slope": [[rounded(value) for value in row] for row in slope.tolist()],
    }


@cache
def _solved() -> tuple[analysis.Array, analysis.Array]:
    sizes = (QUICK.samples, QUICK.n_test)
    problem = analysis.draw(QUICK.seed, SEEDS, sizes, SHARES, torch.device("cpu"))
    net = problem.networks(QUICK.ball_width, QUICK.depth)
    found = balls.balls(problem, net, QUICK.ball_radii, QUICK.tolerance)
    return np.mean(found.least, axis=1), np.exp(np.mean(np.log(found.slope), axis=1))
