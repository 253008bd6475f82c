"""Probes: measurements while a network trains, and their evaluation afterwards."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.models.networks import TwoLayer, two_layer
from ovp_lib.training.evaluation import CHUNK_BYTES
from ovp_lib.training.losses import Loss
from ovp_lib.training.samples import Sample

Probe = Callable[[TwoLayer], Mapping[str, Tensor]]
"""What to measure at a checkpoint: named tensors of shape ``(e,)``."""


def checkpoints(steps: int, n: int = 40, first: int = 10) -> list[int]:
    """Return about ``n`` step numbers from ``first`` to ``steps``, evenly spaced in logarithm.

    Args:
        steps: the last step, at least 1.
        n: how many step numbers, at least 1; fewer come out where they round to the same.
        first: the first one, at least 1; ``steps`` if that is less.

    Returns:
        Increasing step numbers, ``steps`` the last of them.

    Raises:
        ValueError: if ``steps``, ``n`` or ``first`` is below 1.

    Example:
        >>> checkpoints(1000, 3)
        [10, 100, 1000]
    """
    if min(steps, n, first) < 1:
        raise ValueError(f"steps, n and first must be at least 1, got {steps, n, first}")
    spaced = np.geomspace(min(first, steps), steps, n).round().astype(int)
    return sorted(set(spaced.tolist()))


def outputs(net: TwoLayer, x: Float[Tensor, "e n d"]) -> Float[Tensor, "e n k"]:
    """Evaluate the network on many points without holding all hidden layers at once.

    Args:
        net: weights, shapes as in :class:`~ovp_lib.models.networks.TwoLayer`.
        x: points of each member, shape ``(e, n, d)``.

    Returns:
        Outputs, shape ``(e, n, k)``.
    """
    per_sample = x.shape[0] * net.width * x.element_size()
    chunk = max(1, CHUNK_BYTES // per_sample)
    return torch.cat([two_layer(net, part) for part in torch.split(x, chunk, dim=1)], dim=1)


def risks(loss: Loss, **samples: Sample) -> Probe:
    """Return the probe that measures the mean loss of every member on each of the named samples.

    All members are evaluated at once, on the device and in the precision of the network. For
    training by :func:`~ovp_lib.training.ensemble.train` there is
    :func:`ovp_lib.training.evaluation.risk`.

    Args:
        loss: L.
        samples: points of each member, by the name of the column that their risk becomes.

    Returns:
        A probe with one column for each sample.

    ``risks(SQUARED, train=..., test=...)``, for instance, has the columns ``train`` and ``test``.

    Example:
        >>> from ovp_lib.training.losses import SQUARED
        >>> net = TwoLayer(torch.ones(1, 1, 1), torch.zeros(1, 1), torch.ones(1, 1, 1))
        >>> sample = Sample(torch.tensor([[[1.0], [3.0]]]), torch.zeros(1, 2, 1))
        >>> risks(SQUARED, test=sample)(net)["test"].tolist()
        [2.5]
    """

    def probe(net: TwoLayer) -> Mapping[str, Tensor]:
        return {
            name: loss.value(outputs(net, sample.x), sample.y).mean(dim=1)
            for name, sample in samples.items()
        }

    return probe


def combine(*probes: Probe) -> Probe:
    """Return the probe that measures what all of ``probes`` do.

    Args:
        probes: whose columns have different names.

    Returns:
        A probe with the columns of all of them.
    """

    def probe(net: TwoLayer) -> Mapping[str, Tensor]:
        return {name: value for single in probes for name, value in single(net).items()}

    return probe


def rows(step: int, measured: Mapping[str, Tensor]) -> pd.DataFrame:
    """Lay out what was measured at a checkpoint, with one row for each member.

    Args:
        step: number of the checkpoint.
        measured: tensors of shape ``(e,)`` by the name of their column; at least one.

    Returns:
        Columns ``step``, ``member`` and those of ``measured``, in float64.
    """
    columns = {name: value.double().cpu().numpy() for name, value in measured.items()}
    members = np.arange(len(next(iter(columns.values()))))
    return pd.DataFrame({"step": step, "member": members, **columns})


def first_crossing(
    steps: np.ndarray | Sequence[float], curve: np.ndarray | Sequence[float], level: float
) -> float:
    """Return the step at which a curve first falls to ``level``, interpolated in logarithms.

    Args:
        steps: increasing step numbers.
        curve: positive values at those steps.
        level: positive level.

    Returns:
        The step; infinite if the curve never falls that far, and the first step if it starts below.

    Raises:
        ValueError: if the level is not positive, or steps and curve do not fit together.

    Example:
        >>> round(first_crossing([1, 10, 100], [1.0, 0.1, 0.01], 0.1), 6)
        10.0
    """
    t, y = np.asarray(steps, np.float64), np.asarray(curve, np.float64)
    if not (level > 0 and t.shape == y.shape and t.ndim == 1 and len(t)):
        raise ValueError(
            f"expected a positive level and one value for each step, got level {level}, "
            f"{t.shape} steps and {y.shape} values"
        )
    below = np.flatnonzero(y <= level)
    if not len(below):
        return math.inf
    i = below[0]
    if i == 0:
        return float(t[0])
    part = math.log(y[i - 1] / level) / math.log(y[i - 1] / y[i])
    return float(t[i - 1] * (t[i] / t[i - 1]) ** part)


def by_member(table: pd.DataFrame, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the checkpoints, shape ``(c,)``, and a column as curves, shape ``(e, c)``.

    Args:
        table: rows of checkpoints and members, as :func:`ovp_lib.training.sgd.sgd` returns them.
        column: what to read.

    Returns:
        Step numbers, and the values of each member at them.
    """
    curves = table.pivot(index="member", columns="step", values=column)
    return curves.columns.to_numpy(), curves.to_numpy()


def steps_to_reach(table: pd.DataFrame, column: str, level: float) -> np.ndarray:
    """Return the step at which each member first falls to ``level``, shape ``(e,)``.

    Args:
        table: rows of checkpoints and members, as :func:`ovp_lib.training.sgd.sgd` returns them.
        column: what to read; its values are positive.
        level: positive level.

    Returns:
        See :func:`first_crossing`.

    Example:
        >>> table = pd.DataFrame({"step": [1, 10], "member": 0, "risk": [1.0, 0.1]})
        >>> steps_to_reach(table, "risk", 0.1).round(6).tolist()
        [10.0]
    """
    steps, curves = by_member(table, column)
    return np.array([first_crossing(steps, curve, level) for curve in curves])
