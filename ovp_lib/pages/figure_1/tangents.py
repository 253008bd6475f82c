"""Other readings of "NTK" for three layers: what their features could do at best.

Our tangent kernel of three layers has a higher error than the printed one. Training is not what
keeps it there if ridge regression on the same features, its penalty chosen by *test* data, has a
higher error too; nor are the inputs or the choice of weights, if no other reading has a lower one.
"""

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ovp_lib.experiments.network_task import NetworkTask
from ovp_lib.experiments.networks import data
from ovp_lib.experiments.trained_biases import with_ones
from ovp_lib.kernels.ridge_regression import mean_squared_errors, ridge
from ovp_lib.kernels.tangent import TRAIN, Tangent, hidden_tangents
from ovp_lib.models.three_layer import ThreeLayer, init_three_layer
from ovp_lib.pages.section_7.grids import SAMPLES
from ovp_lib.pages.section_7.linear_models import PENALTIES, UNUSED
from ovp_lib.training.samples import Sample, streams

ONES = "(u, 1)"
"""Inputs with which the last column of W has the biases."""

INPUTS = ("padded", "plain", ONES)
"""What the networks see."""

TANGENTS = {"W and V": "WV", "W": "W", "V": "V"}
"""In which hidden weights a network is linearised."""

TEST = "test"


def readings(width: int, seeds: Sequence[int]) -> pd.DataFrame:
    """Return the errors of every reading by ridge regression, its penalty chosen by test data.

    Args:
        width: m.
        seeds: of the sweep of Figure 1, whose data they are.

    Returns:
        One row a kind of inputs and one column a set of linearised weights; geometric means.
    """
    errors = [
        {"inputs": inputs, **least_errors(inputs, width, seed)}
        for inputs in INPUTS
        for seed in seeds
    ]
    logs = pd.DataFrame(errors).set_index("inputs").apply(np.log)
    mean = logs.groupby(level="inputs", sort=False).mean()
    return mean.apply(np.exp).rename_axis(columns="linear in")


def least_errors(inputs: str, width: int, seed: int) -> dict[str, float]:
    """Return the test errors of one kind of inputs, by the linearised weights.

    Args:
        inputs: of :data:`INPUTS`.
        width: m.
        seed: of the data and of the initial weights.

    Returns:
        By the names of :data:`TANGENTS`, mean squared errors.
    """
    parts = _data(inputs, seed)
    points = {name: part.x[0] for name, part in parts.items()}
    net = _initial(inputs, width, seed)
    alone = {name: hidden_tangents(net, points, trained=[name]) for name in "WV"}
    return {
        words: _error([alone[name] for name in names], parts) for words, names in TANGENTS.items()
    }


def _error(tangents: Sequence[Mapping[str, Tangent]], parts: Mapping[str, Sample]) -> float:
    """Return the least test error over penalties of the sum of some kernels."""
    train, test = (cast(Tensor, sum(each[part].kernel for each in tangents)) for part in parts)
    start = {part: tangents[0][part].start for part in parts}
    penalties = [float(train.trace()) * each for each in PENALTIES]
    path = ridge(train, parts[TRAIN].y[0] - start[TRAIN], penalties)
    fitted = start[TEST] + path.predict(test)
    return float(mean_squared_errors(fitted, parts[TEST].y[0]).min())


def _initial(inputs: str, width: int, seed: int) -> ThreeLayer:
    d = 4 if inputs == "plain" else 5
    net = init_three_layer(streams(seed, 1, "init"), d=d, m1=width, m2=width)
    return net._replace(b1=torch.zeros_like(net.b1)) if inputs == ONES else net


def _data(inputs: str, seed: int) -> dict[str, Sample]:
    """Return training and test data of a seed of the sweep, in this order."""
    task = NetworkTask(
        target="sine",
        convention="padded" if inputs == "padded" else "plain",
        network="three-layer",
        width=1,
        samples=SAMPLES,
        seeds=(seed,),
        **UNUSED,
    )
    drawn = data(task, seed)
    see = with_ones if inputs == ONES else lambda part: part
    return {TRAIN: see(drawn.train), TEST: see(drawn.test)}
