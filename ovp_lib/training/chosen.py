"""Training with several step sizes, of which each member keeps the best by validation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

import numpy as np
import pandas as pd
import torch

from ovp_lib.training.ensemble import train
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.run import N
from ovp_lib.training.samples import Sample

VALIDATION = "validation"
"""Name of the set that decides."""


@dataclass(frozen=True)
class Chosen(Generic[N]):
    """The runs that won, one a member.

    Attributes:
        net: their weights.
        lr: their step sizes, shape ``(e,)``.
        curves: their looks, as in :class:`~ovp_lib.training.run.Trained`.
    """

    net: N
    lr: np.ndarray
    curves: pd.DataFrame

    def last(self, name: str) -> np.ndarray:
        """Return the risk of each member on a set at the last look.

        Args:
            name: of a set whose risks were measured.

        Returns:
            Mean losses, shape ``(e,)``.
        """
        rows = self.curves[self.curves["set"] == name]
        end = rows[rows["epoch"] == rows["epoch"].max()]
        return end.sort_values("member")["risk"].to_numpy()


def train_chosen(
    net: N,
    data: Sample,
    step_sizes: Sequence[float],
    *,
    wd: float,
    protocol: Protocol,
    sets: Mapping[str, Sample],
    looks: Iterable[float] = (),
    device: str | torch.device = "auto",
) -> Chosen[N]:
    """Train all members with every step size in one ensemble; each keeps its best by validation.

    A run that diverged never wins.

    Args:
        net: initial weights, the same for every step size.
        data: training set of each member.
        step_sizes: what to choose from.
        wd: weight decay.
        protocol: epochs, batches, momentum and schedule.
        sets: where to measure risks; ``validation`` is among them.
        looks: epochs after which to look; the last epoch is always one of them.
        device: as in :func:`~ovp_lib.training.ensemble.train`.

    Returns:
        The runs that won, one for each member.

    Raises:
        ValueError: if there is no step size or no validation set, or some member diverged with all
            step sizes.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> from ovp_lib.models.networks import init_two_layer
        >>> net = init_two_layer([stream(0), stream(1)], d=2, m=50)
        >>> x = torch.randn(2, 60, 2, generator=stream(2))
        >>> train, validation = Sample(x[:, :50], x[:, :50, :1]), Sample(x[:, 50:], x[:, 50:, :1])
        >>> protocol, sets = Protocol(epochs=30, drops=()), {"validation": validation}
        >>> step_sizes = (1e-9, 0.01, 1e9)
        >>> done = train_chosen(net, train, step_sizes, wd=0.0, protocol=protocol, sets=sets)
        >>> done.lr.tolist()
        [0.01, 0.01]
    """
    if not step_sizes or VALIDATION not in sets:
        raise ValueError(f"need step sizes and a set {VALIDATION!r}, got {step_sizes}, {[*sets]}")
    e, grid = len(net[0]), len(step_sizes)
    # Run number setting * e + i is member i, and its seed too: all step sizes see one order.
    tiled = list(range(e)) * grid
    members = [Member(seed=i, lr=lr, wd=wd) for lr in step_sizes for i in range(e)]
    done = train(
        net.select(tiled),
        data.select(tiled),
        members,
        protocol,
        looks={*looks, protocol.epochs},
        sets={name: sample.select(tiled) for name, sample in sets.items()},
        device=device,
    )
    winners = _winners(done.curves, protocol.epochs, e, grid)
    weights = done.net.select(winners.tolist())
    name = {int(run): member for member, run in enumerate(winners)}
    curves = done.curves[done.curves["member"].isin(name)]
    curves = curves.assign(member=curves["member"].map(name))
    return Chosen(weights, np.array([members[run].lr for run in winners]), curves)


def _winners(curves: pd.DataFrame, epochs: int, e: int, grid: int) -> np.ndarray:
    """Return the run of each member that has the least validation risk at the end."""
    end = curves[(curves["set"] == VALIDATION) & (curves["epoch"] == epochs)]
    risks = np.full(e * grid, np.inf)
    risks[end["member"]] = end["risk"]
    table = risks.reshape(grid, e)
    if not np.isfinite(table).any(axis=0).all():
        raise ValueError("a member diverged with every step size: allow smaller ones")
    return table.argmin(axis=0) * e + np.arange(e)
