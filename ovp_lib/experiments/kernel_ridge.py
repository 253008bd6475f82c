"""The linear learners of Section 7 of Going Beyond Two Layers, by ridge regression instead of SGD.

After 800 epochs SGD need not be where a linear model's training ends. What the kernel itself could
have learned from the same data is what ridge regression finds, with its penalty well chosen.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ovp_lib.experiments.network_task import NetworkTask
from ovp_lib.experiments.networks import data, initial
from ovp_lib.kernels.tangent_ridge import Linearised, coefficients, linearise
from ovp_lib.training.samples import Sample

ROWS = 1000
"""Points whose derivatives are held at once."""


def errors(task: NetworkTask, penalties: Sequence[float]) -> pd.DataFrame:
    r"""Fit the linear model of a task, in float64, with every penalty.

    .. math:: \min_\theta \sum_i (f_\theta(x_i) - y_i)^2
              + \lambda N \bar K \norm{\theta - \theta_0}^2

    where :math:`\bar K` is the mean of K(x_i, x_i): gradient descent from :math:`\theta_0` without
    weight decay tends to the solution in the limit of small :math:`\lambda`.

    Args:
        task: a linear learner ("last" or "ntk"); its step sizes, decays and epochs do not matter.
        penalties: each a lambda, positive.

    Returns:
        One row for each seed and penalty: ``seed``, ``penalty``, ``train``, ``validation`` and
        ``test``, mean squared errors on the data of that seed in the sweep.

    Raises:
        ValueError: if the hidden weights of a network are what the task trains, or a penalty is
            too small for the kernel to be inverted.
    """
    if task.trained == "hidden":
        raise ValueError(
            f"ridge fits what is linear: trained is 'last' or 'ntk', got {task.trained!r}"
        )
    return pd.concat([_of_seed(task, seed, penalties) for seed in task.seeds], ignore_index=True)


def arrays(part: Sample) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs ``(n, d)`` and labels ``(n,)`` of one member with one output.

    Args:
        part: its data, on the CPU.
    """
    return part.x[0].numpy(), part.y[0, :, 0].numpy()


def _of_seed(task: NetworkTask, seed: int, penalties: Sequence[float]) -> pd.DataFrame:
    net, parts = initial(task, seed), data(task, seed)
    hidden = ("W",) if task.network == "two-layer" else ("W", "V")
    trained = hidden if task.trained == "ntk" else ("a",)
    x, y = arrays(parts.train)
    fitted_on = linearise(net, x, trained)
    kernel = np.sum([layer.kernel(layer) for layer in fitted_on.layers.values()], axis=0)
    c = coefficients(kernel, y - fitted_on.start, penalties)
    squares = {"train": np.square(fitted_on.start[:, None] + kernel @ c - y[:, None])}
    for name in ("validation", "test"):
        x, y = arrays(getattr(parts, name))
        blocks = np.split(x, range(ROWS, len(x), ROWS))
        fitted = [_predict(linearise(net, rows, trained), fitted_on, c) for rows in blocks]
        squares[name] = np.square(np.concatenate(fitted) - y[:, None])
    means = {name: each.mean(axis=0) for name, each in squares.items()}
    return pd.DataFrame({"seed": seed, "penalty": list(penalties), **means})


def _predict(new: Linearised, train: Linearised, c: np.ndarray) -> np.ndarray:
    """Return what is fitted at new points, a column for each column of coefficients."""
    moved = [layer.predict(train.layers[name], c) for name, layer in new.layers.items()]
    fitted: np.ndarray = new.start[:, None] + np.sum(moved, axis=0)
    return fitted
