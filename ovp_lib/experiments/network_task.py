"""A task of the comparison of Section 7: one learner, width and sample size.

Its grid is made, described and looked up without what computes it,
:mod:`ovp_lib.experiments.networks`.
"""

from typing import Literal

from pydantic import Field, model_validator

from ovp_lib.experiments.base import Decays, Seeds, StepSizes, Task
from ovp_lib.training.protocol import Protocol

COLUMNS = {
    "seed": "int64",
    "lr": "float64",
    "wd": "float64",
    "w24": "float64",
    "epoch": "int64",
    "train": "float64",
    "validation": "float64",
    "test": "float64",
    "norm_ratio": "float64",
}
"""One row for each seed, step size, weight decay, strength of the (2,4)-regulariser and look. Risks
are mean squared errors, and ``norm_ratio`` is Section 7.1's; NaN where a run has diverged, and for
the ratio where the first layer is not trained."""

Network = Literal["two-layer", "three-layer"]
Trained = Literal["hidden", "last", "ntk"]
Target = Literal["sine", "tanh"]
Convention = Literal["plain", "padded"]


class NetworkTask(Task):
    """One learner, width and sample size, trained with every step size and weight decay.

    Each seed has its own data, initial weights and order of samples. Those do not depend on
    the hyper-parameters, and the data not on the learner or its width: learners are compared on the
    same data.
    """

    target: Target
    convention: Convention
    network: Network
    trained: Trained = "hidden"
    width: int = Field(ge=1)
    samples: int = Field(ge=1)
    epochs: int = Field(ge=2)
    lrs: StepSizes
    wds: Decays
    w24s: Decays = (0.0,)
    seeds: Seeds

    @model_validator(mode="after")
    def _linear_models_have_no_w24(self) -> "NetworkTask":
        if self.trained != "hidden" and any(self.w24s):
            raise ValueError(
                f"w24s are of the hidden weights and must be (0,) if trained is {self.trained!r}, "
                f"got {self.w24s}"
            )
        return self

    @property
    def protocol(self) -> Protocol:
        """Section 7's, whose step size falls by ten after half of the epochs."""
        return Protocol.of_section_7(self.epochs)

    @property
    def looks(self) -> tuple[int, int]:
        """Epochs after which results are taken: before the step size falls, and at the end."""
        return self.epochs // 2, self.epochs


def cost(task: NetworkTask) -> float:
    """Return the operations of all steps, roughly: what a task's time goes by.

    Args:
        task: of the sweep.

    Returns:
        A number to compare tasks by.
    """
    runs = len(task.lrs) * len(task.wds) * len(task.w24s) * len(task.seeds)
    if task.trained != "hidden":
        weights = 60 * task.samples  # a row of the kernel for each sample, at the speed of memory
    else:
        weights = 4 * 5 * task.width + (6 * task.width**2 if task.network == "three-layer" else 0)
    return float(runs * task.epochs * task.samples * weights)
