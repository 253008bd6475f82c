"""The runs of the norm figure with another schedule: a tenth of the step size from half-time on.

The first paper trains that way, for 800 epochs with the drop after 400
(:mod:`ovp_lib.experiments.networks`). The ResNet paper's schedule is in its Section 9.2, which this
book does not have.
"""

import pandas as pd

from ovp_lib.experiments import minimal_norm
from ovp_lib.experiments.minimal_norm_task import MinimalNormTask


class HalvedTask(MinimalNormTask):
    """A task of the norm figure whose step size falls at half of its budget."""

    @property
    def drop(self) -> int:
        """The epoch from which on the step size is a tenth."""
        return self.epochs // 2


def run(task: MinimalNormTask, device: str) -> pd.DataFrame:
    """Train the whole grid of a task with this schedule.

    Args:
        task: what to train; its own schedule does not count.
        device: name of a device that is there.

    Returns:
        As :func:`ovp_lib.experiments.minimal_norm.run`.
    """
    return minimal_norm.run(HalvedTask(**task.model_dump()), device)
