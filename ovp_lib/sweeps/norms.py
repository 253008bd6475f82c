"""Norm and error of what SGD finds on a sparse parity: what a task of the norm figure computes."""

import itertools
import math
from collections.abc import Sequence
from functools import partial
from typing import Literal, NamedTuple

import pandas as pd
from pydantic import Field, model_validator

from ovp_lib.models.networks import TwoLayer, two_layer
from ovp_lib.models.sparse_parity import draw, init_network
from ovp_lib.sweeps.base import Decays, StepSizes, Task
from ovp_lib.training.ensemble import train
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.splits import Splits, draw_splits
from ovp_lib.training.tasks import Sample, streams

VALIDATION, TEST = 5000, 5000
"""Points to choose hyper-parameters by, and points to report."""

COLUMNS = {
    "lr": "float64",
    "wd": "float64",
    "epoch": "int64",
    "train": "float64",
    "validation": "float64",
    "test": "float64",
    "test_se": "float64",
    "norm": "float64",
    "share": "float64",
    "diverged_at": "float64",
}
"""One row a step size, weight decay and look. Risks are mean squared errors, ``test_se`` the
standard error of the one on the test set; ``norm`` is ||W||_F, and ``share`` the part of its square
that lies on the coordinates of the parity."""

Init = Literal["small", "unit"]


class Weights(NamedTuple):
    """What a look sees of the weights of one member, besides its risks."""

    member: int
    epoch: int
    test_se: float
    norm: float
    share: float


class NormTask(Task):
    """One seed, width and budget, trained with every step size and weight decay.

    Data, initial weights and order of samples go by the seed. The data do not depend on the width,
    and nothing on the hyper-parameters.
    """

    inputs: int = Field(ge=1, description="dimension d")
    parity: int = Field(ge=1, description="coordinates k that the label multiplies")
    samples: int = Field(ge=1)
    width: int = Field(ge=2, multiple_of=2)
    init: Init
    epochs: int = Field(ge=5, multiple_of=5)
    batch: int = Field(ge=1)
    lrs: StepSizes
    wds: Decays
    seed: int = Field(ge=0)

    @model_validator(mode="after")
    def _fits(self) -> "NormTask":
        if self.parity > self.inputs:
            raise ValueError(f"a parity of {self.parity} coordinates needs as many inputs")
        return self

    @property
    def drop(self) -> int:
        """The epoch from which on the step size is a tenth: the last fifth of the budget."""
        return 4 * self.epochs // 5

    @property
    def looks(self) -> tuple[int, int]:
        """When results are taken: before the step size falls, and at the end."""
        return self.drop, self.epochs

    @property
    def protocol(self) -> Protocol:
        """Momentum 0.9, and a constant step size but for the last fifth."""
        return Protocol(epochs=self.epochs, batch_size=self.batch, drops=((self.drop, 0.1),))


def run(task: NormTask, device: str) -> pd.DataFrame:
    """Train the whole grid of a task at once.

    Returns:
        What was found before the step size falls and at the end, see :data:`COLUMNS`. Of a run
        that diverged, what comes after it did is NaN.
    """
    grid = list(itertools.product(task.lrs, task.wds))
    sets = {name: _for_all(part, len(grid)) for name, part in _data(task)._asdict().items()}
    weights = _initial(task)
    seen: list[Weights] = []
    trained = train(
        type(weights)(*(weight[[0] * len(grid)] for weight in weights)),
        sets["train"],
        [Member(task.seed, lr, wd) for lr, wd in grid],
        task.protocol,
        looks=task.looks,
        sets=sets,
        callback=partial(_look, seen, sets["test"], task.parity),
        device=device,
    )
    curves = trained.curves.astype({"epoch": "int64"})
    risks = 2.0 * curves.pivot(index=["member", "epoch"], columns="set", values="risk")
    every = pd.MultiIndex.from_product([range(len(grid)), task.looks], names=["member", "epoch"])
    table = risks.join(pd.DataFrame(seen, columns=Weights._fields).set_index(every.names))
    rows = table.reindex(every).reset_index().merge(trained.members, on="member")
    return rows.astype(COLUMNS)[list(COLUMNS)]


def cost(task: NormTask) -> float:
    """Return the operations of all steps, roughly: what a task's time goes by."""
    steps = task.epochs * task.samples * len(task.lrs) * len(task.wds)
    return float(6 * steps * task.width * task.inputs)


def _data(task: NormTask) -> Splits:
    sampler = partial(draw, task.inputs, task.parity)
    sizes = {"train": task.samples, "validation": VALIDATION, "test": TEST}
    return draw_splits(sampler, task.seed, 1, **sizes)


def _initial(task: NormTask) -> TwoLayer:
    generators = streams(task.seed, 1, "init")
    return init_network(generators, d=task.inputs, m=task.width, init=task.init)


def _for_all(sample: Sample, members: int) -> Sample:
    return Sample(*(part.expand(members, -1, -1) for part in sample))


def _look(
    seen: list[Weights], test: Sample, k: int, epoch: float, net: TwoLayer, members: Sequence[int]
) -> None:
    """Keep what the weights of each member say; a :data:`~ovp_lib.training.run.Callback`."""
    x, y = (part[:1] for part in test.to(net.W))
    for position, member in enumerate(members):
        alone = type(net)(*(weight[position : position + 1] for weight in net))
        errors = (two_layer(alone, x) - y).double().square()
        squares = alone.W.double().square().sum(dim=(0, 1))
        norm, share = math.sqrt(squares.sum()), float(squares[:k].sum() / squares.sum())
        standard_error = float(errors.std()) / math.sqrt(errors.numel())
        seen.append(Weights(member, round(epoch), standard_error, norm, share))
