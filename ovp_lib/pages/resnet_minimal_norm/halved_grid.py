"""The norm figure with the schedule of the first paper: 80 000 steps, a tenth from half on."""

from ovp_lib.experiments.base import Named, Sweep
from ovp_lib.experiments.minimal_norm_task import COLUMNS, MinimalNormTask, cost
from ovp_lib.pages.resnet_minimal_norm.grid import BUDGET_DECAYS, BUDGET_STEP_SIZES, tasks

HALVED_EPOCHS = 800
"""Of which the first 400 have the whole step size."""


def _quick() -> list[MinimalNormTask]:
    return tasks(range(3), 200, 50, (10.0,), (2e-5,))


def _standard() -> list[MinimalNormTask]:
    return tasks(range(3), 200, HALVED_EPOCHS, (10.0,), BUDGET_DECAYS)


def _paper() -> list[MinimalNormTask]:
    return tasks(range(6), 200, HALVED_EPOCHS, BUDGET_STEP_SIZES, BUDGET_DECAYS)


SWEEP = Sweep(
    name="resnet-minimal-norm-halved",
    title="The norm figure with 80 000 steps, and a tenth of the step size for the second half",
    task=MinimalNormTask,
    presets={"quick": _quick, "standard": _standard, "paper": _paper},
    run=Named("ovp_lib.experiments.minimal_norm_halved", "run"),
    columns=COLUMNS,
    cost=cost,
)
