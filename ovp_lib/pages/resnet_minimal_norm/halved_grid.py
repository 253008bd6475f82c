"""The norm figure with the schedule of the first paper: 80 000 steps, a tenth from half on."""

from ovp_lib.experiments.base import Named, Sweep
from ovp_lib.experiments.minimal_norm_task import COLUMNS, MinimalNormTask, cost
from ovp_lib.pages.resnet_minimal_norm.grid import (
    EDGE_STEP_SIZES,
    LONG_DECAYS,
    LONG_STEP_SIZES,
    tasks,
)

HALVED_EPOCHS = 800
"""Of which the first 400 have the whole step size."""

HALVED_STEP_SIZES, HALVED_DECAYS = (*LONG_STEP_SIZES, *EDGE_STEP_SIZES), (5e-6, *LONG_DECAYS)
"""Every seed has all of them; a step size of 20 is where runs diverge."""


def _quick() -> list[MinimalNormTask]:
    return tasks(range(3), 200, 50, (10.0,), (2e-5,))


def _standard() -> list[MinimalNormTask]:
    return tasks(range(3), 200, HALVED_EPOCHS, (10.0,), HALVED_DECAYS)


def _paper() -> list[MinimalNormTask]:
    return tasks(range(6), 200, HALVED_EPOCHS, HALVED_STEP_SIZES, HALVED_DECAYS)


SWEEP = Sweep(
    name="resnet-minimal-norm-halved",
    title="The norm figure with 80 000 steps, and a tenth of the step size for the second half",
    task=MinimalNormTask,
    presets={"quick": _quick, "standard": _standard, "paper": _paper},
    run=Named("ovp_lib.experiments.minimal_norm_halved", "run"),
    columns=COLUMNS,
    cost=cost,
)
