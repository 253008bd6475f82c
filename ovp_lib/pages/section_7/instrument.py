"""The numbers with which a reader tunes Figure 1: every run of its sweep, in some 40 kB.

A run is told by its test error and by its place in the order of validation errors among the runs of
its point and seed. Whatever part of the step sizes a reader allows, the order among what is left is
the same, so that the choice is the one of :func:`~ovp_lib.pages.section_7.curves.chosen`.
"""

import math
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import pandas as pd

from ovp_lib.evidence import published
from ovp_lib.pages.instrument import NumberSource, rounded
from ovp_lib.pages.section_7.curves import AXES, CONVENTIONS, finished
from ovp_lib.pages.section_7.grids import LEARNERS, SAMPLES, SEEDS, WIDTH

POINT = ["curve", "convention", "width", "samples"]
GRID = ["lr", "wd"]


def figure_1(source: NumberSource) -> Mapping[str, Any]:
    """Return the runs of Figure 1 and the points of the print.

    Args:
        source: the table of the sweep.

    Returns:
        As :func:`reduced`, and ``printed``, pairs of m or N and error by panel and curve.
    """
    runs = finished(source.sweep("figure-1", "paper"))
    points = published.points("figure-1").groupby(["panel", "series"])
    printed: dict[str, dict[str, list[list[float]]]] = {panel: {} for panel in AXES}
    for (panel, series), rows in points:
        pairs = zip(rows["x"], rows["test_error"], strict=True)
        printed[str(panel)][str(series)] = [[float(x), rounded(y)] for x, y in pairs]
    return reduced(runs) | {"printed": printed}


def reduced(runs: pd.DataFrame) -> dict[str, Any]:
    """Return what a choice of step sizes and decays needs, with numbers in the place of names.

    Args:
        runs: from :func:`~ovp_lib.pages.section_7.curves.finished`.

    Returns:
        ``curves``, ``conventions`` and ``rates`` (step sizes) in the order of their numbers; N of
        panel a as ``samples``, m of panel b as ``width``, and ``seeds``, those that every point
        has; ``points``, each ``[curve, convention, m, N, step size of every run, seeds]`` with
        ``[seed, test errors, places]`` for a seed. The runs of a point are sorted by step size and
        decay; what diverged, or was not run, has no error and no place.
    """
    rates = sorted(runs["lr"].unique().tolist())
    names = list(LEARNERS)
    points = []
    for point, rows in runs.groupby(POINT, sort=True):
        curve, convention, width, samples = cast("tuple[Any, ...]", point)
        grid = pd.MultiIndex.from_frame(rows[GRID].drop_duplicates().sort_values(GRID))
        numbers = [rates.index(lr) for lr, _ in grid]
        seeds = [_of_seed(seed, of_seed, grid) for seed, of_seed in rows.groupby("seed")]
        place = [names.index(curve), CONVENTIONS.index(convention)]
        points.append([*place, int(width), int(samples), numbers, seeds])
    return {
        "curves": names,
        "conventions": list(CONVENTIONS),
        "rates": rates,
        "samples": SAMPLES,
        "width": WIDTH,
        "seeds": SEEDS,
        "points": points,
    }


def _of_seed(seed: Any, rows: pd.DataFrame, grid: pd.MultiIndex) -> list[Any]:
    """Return the test errors and the places of the runs of one point and seed."""
    ordered = rows.set_index(GRID)[["test", "validation"]].reindex(grid)
    ended = np.isfinite(ordered["validation"]) & np.isfinite(ordered["test"])
    # Stable, since of equal errors the first of the sorted grid wins, as in `select`.
    best_first = np.argsort(ordered["validation"].where(ended, np.inf), kind="stable")
    places = np.argsort(best_first)
    tests = ordered["test"].where(ended)
    return [
        int(seed),
        [None if math.isnan(test) else rounded(test) for test in tests],
        [int(place) if there else None for place, there in zip(places, ended, strict=True)],
    ]
