"""Other readings of "NTK" for three layers: what their features could do at best.

Our tangent kernel of three layers has a higher error than the printed one. Training is not what
keeps it there if ridge regression on the same features, its penalty chosen by *test* data, has a
higher error too; nor are the inputs or the choice of weights, if no other reading has a lower one.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch

from ovp_lib.experiments.kernel_ridge import arrays
from ovp_lib.experiments.network_task import NetworkTask
from ovp_lib.experiments.networks import data
from ovp_lib.experiments.trained_biases import with_ones
from ovp_lib.kernels.tangent_ridge import coefficients, linearise
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

HIDDEN = ("W", "V")


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
    train, test = _data(inputs, seed)
    (x, y), (new_x, new_y) = arrays(train), arrays(test)
    net = _initial(inputs, width, seed)
    at, new = linearise(net, x, HIDDEN), linearise(net, new_x, HIDDEN)
    alone = {name: layer.kernel(layer) for name, layer in at.layers.items()}
    kernels = [np.sum([alone[name] for name in names], axis=0) for names in TANGENTS.values()]
    fits = [coefficients(kernel, y - at.start, PENALTIES) for kernel in kernels]
    c = np.concatenate(fits, axis=1)  # all fits share one product with the test data
    moved = {
        name: np.split(layer.predict(at.layers[name], c), len(fits), axis=1)
        for name, layer in new.layers.items()
    }
    errors = {}
    for i, (words, names) in enumerate(TANGENTS.items()):
        fitted = new.start[:, None] + np.sum([moved[name][i] for name in names], axis=0)
        errors[words] = float(np.square(fitted - new_y[:, None]).mean(axis=0).min())
    return errors


def _initial(inputs: str, width: int, seed: int) -> ThreeLayer:
    d = 4 if inputs == "plain" else 5
    net = init_three_layer(streams(seed, 1, "init"), d=d, m1=width, m2=width)
    return net._replace(b1=torch.zeros_like(net.b1)) if inputs == ONES else net


def _data(inputs: str, seed: int) -> tuple[Sample, Sample]:
    """Return training and test data of a seed of the sweep."""
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
    return see(drawn.train), see(drawn.test)
