"""Training over a grid: every seed with every step size and regulariser, as one ensemble.

That is what the tasks of all sweeps have in common. A task draws data and initial weights, one
member for each of its seeds; here these are repeated for each setting, trained together, and laid
out as a table with a row for each member and look.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import pandas as pd

from ovp_lib.models.ensemble import Network
from ovp_lib.training.ensemble import train
from ovp_lib.training.protocol import Factors, Member, Protocol
from ovp_lib.training.run import Callback, Trained
from ovp_lib.training.splits import Splits

N = TypeVar("N", bound=Network)
"""The type of the networks that are trained."""

SETTINGS = ("seed", "lr", "wd", "w24")
"""What a table says of a member; factors on its step size are the same for a whole grid."""


@dataclass(frozen=True)
class Grid(Generic[N]):
    """An ensemble with one member for each seed and setting, seeds outermost.

    Attributes:
        members: seed, step size and regularisers of each.
        net: initial weights; members of one seed have the same.
        splits: data; members of one seed have the same.
    """

    members: tuple[Member, ...]
    net: N
    splits: Splits


def settings(
    seeds: Sequence[int],
    lrs: Sequence[float],
    wds: Sequence[float] = (0.0,),
    w24s: Sequence[float] = (0.0,),
    *,
    factors: Factors = (),
) -> tuple[Member, ...]:
    """Return the members of a grid: every seed with every setting.

    Args:
        seeds: of the repetitions, at least 0; outermost in the order.
        lrs: step sizes, positive.
        wds: weight decays, at least 0.
        w24s: strengths of the (2,4)-regulariser, at least 0; innermost.
        factors: what multiplies the step sizes of single fields, the same for all.

    Returns:
        As many members as the product of the four lengths.

    Example:
        >>> [(each.seed, each.lr) for each in settings((0, 3), (0.1, 0.2))]
        [(0, 0.1), (0, 0.2), (3, 0.1), (3, 0.2)]
    """
    every = itertools.product(seeds, lrs, wds, w24s)
    return tuple(Member(*each, factors=factors) for each in every)


def grid_of(
    net: N,
    splits: Splits,
    seeds: Sequence[int],
    lrs: Sequence[float],
    wds: Sequence[float] = (0.0,),
    w24s: Sequence[float] = (0.0,),
    *,
    factors: Factors = (),
) -> Grid[N]:
    """Repeat the networks and data of each seed for every setting.

    Args:
        net: initial weights, one member for each seed.
        splits: data, one member for each seed.
        seeds: see :func:`settings`.
        lrs: step sizes.
        wds: weight decays.
        w24s: strengths of the (2,4)-regulariser.
        factors: what multiplies the step sizes of single fields.

    Returns:
        The grid. With one seed its tensors are views, so that the trainer holds the data once.

    Raises:
        ValueError: if networks or data are not one for each seed.

    Example:
        >>> import torch
        >>> from ovp_lib.models.inputs import stream
        >>> from ovp_lib.models.networks import init_two_layer
        >>> from ovp_lib.training.samples import Sample
        >>> net = init_two_layer([stream(0), stream(1)], d=2, m=50)
        >>> part = Sample(torch.zeros(2, 60, 2), torch.zeros(2, 60, 1))
        >>> grid = grid_of(net, Splits(part, part, part), seeds=(0, 1), lrs=(0.1, 0.2, 0.5))
        >>> len(grid.members), grid.net.W.shape, grid.splits.test.x.shape
        (6, torch.Size([6, 50, 2]), torch.Size([6, 60, 2]))
    """
    found = (len(net[0]), len(splits.train.x))
    if found != (len(seeds), len(seeds)):
        raise ValueError(f"{len(seeds)} seeds need as many networks and data sets, got {found}")
    members = settings(seeds, lrs, wds, w24s, factors=factors)
    # A view, which the trainer knows to hold once, where all members share one seed.
    if len(seeds) == 1:
        return Grid(members, net.expand(len(members)), splits.expand(len(members)))
    each = len(members) // len(seeds)
    rows = [seed for seed in range(len(seeds)) for _ in range(each)]
    return Grid(members, net.select(rows), splits.select(rows))


def train_grid(
    grid: Grid[N],
    protocol: Protocol,
    *,
    looks: Sequence[float],
    trained: Sequence[str] | None = None,
    callback: Callback[N] | None = None,
    device: str = "auto",
) -> Trained[N]:
    """Train all members of a grid at once, and measure their risks on all splits.

    Args:
        grid: members, initial weights and data.
        protocol: epochs, batches, momentum and schedule.
        looks: epochs after which risks are measured.
        trained: fields of the weights that are trained; by default what the papers train.
        callback: called at each look with the weights.
        device: where to train.

    Returns:
        Weights, curves and what became of each member; :func:`risks` lays the curves out.

    Example:
        >>> import torch
        >>> from ovp_lib.models.inputs import stream
        >>> from ovp_lib.models.networks import init_two_layer
        >>> from ovp_lib.training.samples import Sample
        >>> x = torch.randn(1, 60, 2, generator=stream(1))
        >>> part = Sample(x, x[..., :1] * x[..., 1:])
        >>> net, splits = init_two_layer([stream(0)], d=2, m=50), Splits(part, part, part)
        >>> grid, looks = grid_of(net, splits, seeds=(0,), lrs=(0.01, 1e9)), (5, 10)
        >>> done = train_grid(grid, Protocol(epochs=10, drops=()), looks=looks, device="cpu")
        >>> risks(done.curves, grid.members, looks)["test"].isna().to_dict()
        {(0, 5): False, (0, 10): False, (1, 5): True, (1, 10): True}
    """
    return train(
        grid.net,
        grid.splits.train,
        grid.members,
        protocol,
        trained=trained,
        looks=looks,
        sets=grid.splits._asdict(),
        callback=callback,
        device=device,
    )


def risks(curves: pd.DataFrame, members: Sequence[Member], looks: Sequence[int]) -> pd.DataFrame:
    """Lay the curves of an ensemble out, with a row for every member and look.

    Args:
        curves: as in :class:`~ovp_lib.training.run.Trained`, measured after whole epochs.
        members: of the ensemble, in order.
        looks: epochs after which the risks were measured.

    Returns:
        Index ``member`` and ``epoch``; the settings ``seed``, ``lr``, ``wd`` and ``w24``; and for
        each set its mean loss, NaN where the member had diverged.

    Example:
        >>> member = Member(seed=0, lr=0.1)
        >>> look = {"epoch": 5.0, "member": 0, "risk": 0.5}
        >>> curves = pd.DataFrame([look | {"set": name} for name in Splits._fields])
        >>> risks(curves, [member], looks=[5]).reset_index().to_dict("records")[0]["test"]
        0.5
    """
    every = pd.MultiIndex.from_product([range(len(members)), looks], names=["member", "epoch"])
    whole = curves.astype({"epoch": "int64"})
    found = whole.pivot(index=["member", "epoch"], columns="set", values="risk")
    # Without a row, as when all members diverge before the first look, the pivot has no columns.
    found = found.reindex(index=every, columns=Splits._fields)
    rows = [{name: getattr(member, name) for name in SETTINGS} for member in members]
    given = pd.DataFrame(rows).rename_axis("member")
    return given.join(found, how="right")
