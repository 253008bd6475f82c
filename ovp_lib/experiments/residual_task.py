"""A task of the ResNet paper's comparison: one learner, width and sample size on a target.

Its grid is made, described and looked up without what computes it,
:mod:`ovp_lib.experiments.residual`.
"""

from typing import Literal

from pydantic import Field, model_validator

from ovp_lib.experiments.base import Decays, Seeds, StepSizes, Task
from ovp_lib.training.protocol import Protocol

COLUMNS = {
    "seed": "int64",
    "lr": "float64",
    "wd": "float64",
    "train": "float64",
    "validation": "float64",
    "test": "float64",
    "base": "float64",
    "composite": "float64",
}
"""One row for each seed, step size and weight decay, after the last epoch: squared errors summed
over the outputs, and how much of F and of G(F) the outputs hold on the test points. NaN: it
diverged."""

OUTPUTS = {"hard": 4, "figure-2": 8}
"""Outputs of each target."""

Trainable = Literal["hidden", "last", "ntk", "ntk-shared"]
Name = Literal["bottleneck", "resnet", "three-layer", "two-layer"]


class ResidualTask(Task):
    """One learner, width and sample size, trained with every step size and weight decay.

    Data, initial weights and order of samples depend on the seed, not on the hyper-parameters, and
    the data not on the learner or its width either: learners are compared on the same data.

    ``step_ratio`` is eta_v / eta_w: step sizes are those of the first hidden layer, and the second
    one has them times this number.
    """

    target: Literal["hard", "figure-2"]
    dimension: int = Field(ge=1)
    alpha: float = Field(ge=0)
    beta: float = Field(ge=0)
    network: Name
    trained: Trainable
    width: int = Field(ge=1)
    samples: int = Field(ge=1)
    epochs: int = Field(ge=2)
    lrs: StepSizes
    wds: Decays
    seeds: Seeds
    step_ratio: float = Field(default=1.0, gt=0)

    @model_validator(mode="after")
    def _two_hidden_layers_have_a_ratio(self) -> "ResidualTask":
        if self.step_ratio != 1 and (self.trained != "hidden" or self.network == "two-layer"):
            raise ValueError(
                f"step_ratio is of two hidden layers and must be 1 for {self.network!r} of which "
                f"{self.trained!r} is trained, got {self.step_ratio}"
            )
        return self

    @property
    def protocol(self) -> Protocol:
        """Section 7's of Going Beyond Two Layers, which the ResNet paper takes over."""
        return Protocol.of_section_7(self.epochs)


def cost(task: ResidualTask) -> float:
    """Return the operations of all steps, roughly: what a task's time goes by.

    Args:
        task: of the sweep.

    Returns:
        A number to compare tasks by.
    """
    k, d, m, grid = OUTPUTS[task.target], task.dimension, task.width, len(task.lrs) * len(task.wds)
    weights = m * (d + 3 * k) + (m * m if task.network in ("three-layer", "resnet") else 0)
    if task.trained != "hidden":
        weights = task.samples * (k * k if task.trained == "ntk-shared" else k)
    return float(len(task.seeds) * grid * task.epochs * task.samples * weights)
