"""The linear learners of Section 7 of Going Beyond Two Layers, by ridge regression instead of SGD.

After 800 epochs SGD need not be where a linear model's training ends. What the kernel itself could
have learned from the same data is what ridge regression finds, with its penalty well chosen.
"""

from collections.abc import Sequence

import pandas as pd
import torch

from ovp_lib.experiments.network_task import NetworkTask
from ovp_lib.experiments.networks import data, initial
from ovp_lib.kernels.ridge_regression import mean_squared_errors, ridge
from ovp_lib.kernels.tangent import TRAIN, hidden_tangents, readout_tangents


def errors(task: NetworkTask, penalties: Sequence[float], device: str = "cpu") -> pd.DataFrame:
    r"""Fit the linear model of a task, in float64, with every penalty.

    .. math:: \min_\theta \sum_i (f_\theta(x_i) - y_i)^2
              + \lambda N \bar K \norm{\theta - \theta_0}^2

    where :math:`\bar K` is the mean of K(x_i, x_i): gradient descent from :math:`\theta_0` without
    weight decay tends to the solution in the limit of small :math:`\lambda`.

    Args:
        task: a linear learner ("last" or "ntk"); its step sizes, decays and epochs do not matter.
        penalties: each a lambda, positive.
        device: where.

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
    linearise = hidden_tangents if task.trained == "ntk" else readout_tangents
    rows = []
    for seed in task.seeds:
        net, parts = initial(task, seed), data(task, seed)._asdict()
        net = net.to(device, torch.float64)
        points = {name: part.x[0].to(net.W) for name, part in parts.items()}
        labels = {name: part.y[0].to(net.W) for name, part in parts.items()}
        tangents = linearise(net, points)
        train = tangents[TRAIN]
        scale = float(train.kernel.trace())  # N times the mean of the diagonal
        path = ridge(
            train.kernel, labels[TRAIN] - train.start, [scale * each for each in penalties]
        )
        found = pd.DataFrame({"seed": seed, "penalty": list(penalties)})
        for name, tangent in tangents.items():
            fitted = tangent.start + path.predict(tangent.kernel)
            found[name] = mean_squared_errors(fitted, labels[name]).cpu().numpy()
        rows.append(found)
    return pd.concat(rows, ignore_index=True)
