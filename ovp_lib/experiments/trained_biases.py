"""Two layers whose biases are trained: another reading of Section 7 than the pages' own two.

The network sees x = (u, 1), so that the last entry of a row of W is a bias, drawn like the other
ones and trained with them, and it has no other biases. "We train only hidden weights (namely, W)"
speaks against that reading, and the experiments' library has such biases by default.
"""

import pandas as pd
import torch

from ovp_lib.experiments.grids import grid_of, risks, train_grid
from ovp_lib.experiments.network_task import COLUMNS, NetworkTask
from ovp_lib.experiments.networks import SETS, data
from ovp_lib.models import section_7
from ovp_lib.models.networks import TwoLayer, init_two_layer
from ovp_lib.training.samples import Sample, streams
from ovp_lib.training.splits import Splits


def run(task: NetworkTask, device: str) -> pd.DataFrame:
    """Train the whole grid of a task with biases that are trained.

    Args:
        task: of the two-layer network that sees u itself; the data are those of this task.
        device: name of a device that is there.

    Returns:
        The errors of every run after half of the epochs and after all of them, see
        :data:`~ovp_lib.experiments.network_task.COLUMNS`; no norm ratio.

    Raises:
        ValueError: if the task is another network's, or its inputs are padded already.
    """
    if (task.network, task.trained, task.convention) != ("two-layer", "hidden", "plain"):
        raise ValueError(
            "biases are trained in two-layer networks that see u itself, got "
            f"{task.network}, {task.trained}, {task.convention}"
        )
    return pd.concat([_run(task, seed, device) for seed in task.seeds], ignore_index=True)


def initial(task: NetworkTask, seed: int) -> TwoLayer:
    """Draw the initial weights of a seed: the last column of W has the biases.

    Args:
        task: who learns it.
        seed: root of the stream, at least 0.

    Returns:
        Weights of one member, in float64 on the CPU.
    """
    generators = streams(seed, 1, "init")
    net = init_two_layer(generators, d=section_7.DIMENSION + 1, m=task.width)
    return net._replace(b=torch.zeros_like(net.b))


def with_ones(part: Sample) -> Sample:
    """Return data whose inputs have a last coordinate of 1.

    Args:
        part: inputs and labels.
    """
    ones = torch.ones_like(part.x[..., :1])
    return part._replace(x=torch.cat([part.x, ones], dim=-1))


def _run(task: NetworkTask, seed: int, device: str) -> pd.DataFrame:
    splits = Splits(*(with_ones(part) for part in data(task, seed)))
    grid = grid_of(initial(task, seed), splits, (seed,), task.lrs, task.wds)
    trained = train_grid(grid, task.protocol, looks=task.looks, device=device)
    rows = risks(trained.curves, grid.members, task.looks)
    rows[SETS] *= 2.0  # the loss is half the squared error
    rows["norm_ratio"] = float("nan")
    return rows.reset_index().astype(COLUMNS)[list(COLUMNS)]
