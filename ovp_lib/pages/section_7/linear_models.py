"""What Section 7's linear learners could have learned from the same data, by ridge regression."""

from typing import Any

import pandas as pd

from ovp_lib.evidence.selection import select
from ovp_lib.experiments import kernel_ridge
from ovp_lib.experiments.network_task import NetworkTask, Target
from ovp_lib.pages.section_7.curves import at_width
from ovp_lib.pages.section_7.grids import LEARNERS, SAMPLES

RIDGE_WIDTH = 1000
"""m of the linear models that are fitted."""

PENALTIES = tuple(10.0**k for k in range(-10, -1))
"""From which validation data choose, see :func:`~ovp_lib.experiments.kernel_ridge.errors`."""

LINEAR = tuple(name for name, (_, trained) in LEARNERS.items() if trained != "hidden")
"""The curves of linear models."""

UNUSED: dict[str, Any] = {"epochs": 800, "lrs": (1.0,), "wds": (0.0,)}
"""What a task must have and ridge regression does not use."""


def ridge(target: Target, curve: str, *, seeds: tuple[int, ...]) -> pd.Series:
    """Return the test errors of a linear learner by ridge regression, one a seed.

    Validation data choose the penalty for each seed.

    Args:
        target: what is learned.
        curve: name of the learner, of :data:`LINEAR`.
        seeds: of the sweep, whose data and initial weights are used.
    """
    network, trained = LEARNERS[curve]
    task = NetworkTask(
        target=target,
        convention="padded",
        network=network,
        trained=trained,
        width=RIDGE_WIDTH,
        samples=SAMPLES,
        seeds=seeds,
        **UNUSED,
    )
    errors = kernel_ridge.errors(task, PENALTIES)
    best = select(errors, score="validation", groups=["seed"], parameters=["penalty"])
    return best.set_index("seed")["test"]


def beside_sgd(best: pd.DataFrame, target: Target) -> pd.DataFrame:
    """Return the errors of all learners at m = N = 1000, and of the linear ones by ridge, too.

    Args:
        best: from :func:`~ovp_lib.pages.section_7.curves.chosen`.
        target: what is learned.

    Returns:
        One row a seed and one column a learner; ridge regression is in ``<curve> by ridge``.
    """
    by_sgd = at_width(best, RIDGE_WIDTH)
    seeds = tuple(by_sgd.index)
    by_ridge = {f"{name} by ridge": ridge(target, name, seeds=seeds) for name in LINEAR}
    return by_sgd.assign(**by_ridge)
