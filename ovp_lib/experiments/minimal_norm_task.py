"""A task of the norm figure: one seed, width and budget.

Its grid is made, described and looked up without what computes it,
:mod:`ovp_lib.experiments.minimal_norm`.
"""

from typing import Literal

from pydantic import Field, model_validator

from ovp_lib.experiments.base import Decays, StepSizes, Task
from ovp_lib.training.protocol import Protocol

COLUMNS = {
    "lr": "float64",
    "wd": "float64",
    "epoch": "int64",
    "train": "float64",
    "validation": "float64",
    "test": "float64",
    "test_se": "float64",
    "norm": "float64",
    "share": "float64",
    "diverged_at": "float64",
}
"""One row for each step size, weight decay and look. Risks are mean squared errors, ``test_se`` the
standard error of the one on the test set; ``norm`` is ||W||_F, and ``share`` the part of its square
that lies on the coordinates of the parity."""

Init = Literal["small", "unit"]


class MinimalNormTask(Task):
    """One seed, width and budget, trained with every step size and weight decay.

    Data, initial weights and order of samples go by the seed. The data do not depend on the width,
    and nothing on the hyper-parameters.
    """

    inputs: int = Field(ge=1, description="dimension d")
    parity: int = Field(ge=1, description="coordinates k that the label multiplies")
    samples: int = Field(ge=1)
    width: int = Field(ge=2, multiple_of=2)
    init: Init
    epochs: int = Field(ge=5, multiple_of=5)
    batch: int = Field(ge=1)
    lrs: StepSizes
    wds: Decays
    seed: int = Field(ge=0)

    @model_validator(mode="after")
    def _fits(self) -> "MinimalNormTask":
        if self.parity > self.inputs:
            raise ValueError(f"a parity of {self.parity} coordinates needs as many inputs")
        return self

    @property
    def drop(self) -> int:
        """The epoch from which on the step size is a tenth: the last fifth of the budget."""
        return 4 * self.epochs // 5

    @property
    def looks(self) -> tuple[int, int]:
        """When results are taken: before the step size falls, and at the end."""
        return self.drop, self.epochs

    @property
    def protocol(self) -> Protocol:
        """Momentum 0.9, and a constant step size but for the last fifth."""
        return Protocol(epochs=self.epochs, batch_size=self.batch, drops=((self.drop, 0.1),))


def cost(task: MinimalNormTask) -> float:
    """Return the operations of all steps, roughly: what a task's time goes by.

    Args:
        task: of the sweep.

    Returns:
        A number to compare tasks by.
    """
    steps = task.epochs * task.samples * len(task.lrs) * len(task.wds)
    return float(6 * steps * task.width * task.inputs)
