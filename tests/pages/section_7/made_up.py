"""The table of a sweep whose errors are made up, for tests."""

import itertools

import numpy as np
import pandas as pd

from ovp_lib.pages.section_7.grids import LEARNERS

PADDED = ((100, 1000), (2000, 1000), (2000, 500))
"""Widths and numbers of samples with padded inputs."""


def table() -> pd.DataFrame:
    """Return a sweep whose errors are made up: the best step size is 0.02, of the last rows 0.01.

    Test errors are the width times 1 + |log2(lr / best)| times the numbers of the curve and the
    seed, and three times that without padding; validation errors prefer 0.05.
    """
    rows = []
    for i, (network, trained) in enumerate(LEARNERS.values()):
        points = [("padded", *at) for at in PADDED] + [("plain", 100, 1000)]
        grid = itertools.product(points, (0, 1), (0.01, 0.02, 0.05), (0.0, 1e-4), (400, 800))
        for (convention, width, samples), seed, lr, wd, epoch in grid:
            size = width * (1 + i) * (1 + seed) * (1 + 1000 * wd) + samples / 1e4
            size *= 3 if convention == "plain" else 1
            best = 0.01 if samples == 500 else 0.02
            test = size * (1 + abs(np.log2(lr / best))) * (2 if epoch == 400 else 1)
            fields = (network, trained, convention, width, samples, seed, lr, wd, epoch)
            rows.append((*fields, test, size * (1 + abs(np.log2(lr / 0.05)))))
    names = ["network", "trained", "convention", "width", "samples", "seed", "lr", "wd", "epoch"]
    return pd.DataFrame(rows, columns=[*names, "test", "validation"])
