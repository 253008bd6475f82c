"""Trained networks on the targets of Section 7: what one task of a sweep computes."""

import itertools
from functools import partial
from typing import Literal

import pandas as pd
import torch
from pydantic import Field, model_validator

from ovp_lib.models import section_7
from ovp_lib.models.networks import TwoLayer, init_two_layer
from ovp_lib.models.three_layer import ThreeLayer, init_three_layer
from ovp_lib.sweeps.base import Task
from ovp_lib.training.ensemble import train
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.splits import Splits, draw_splits
from ovp_lib.training.tasks import Sample, streams

VALIDATION, TEST = 1000, 5000
"""Points to choose hyper-parameters by, and points to report."""

COLUMNS = {
    "seed": "int64",
    "lr": "float64",
    "wd": "float64",
    "epoch": "int64",
    "train": "float64",
    "validation": "float64",
    "test": "float64",
    "diverged_at": "float64",
}
"""One row a seed, step size, weight decay and look; risks are mean squared errors."""


Network = Literal["two-layer", "three-layer"]
Convention = Literal["plain", "padded"]


class NetworkTask(Task):
    """One network, width and sample size, trained with every step size and weight decay.

    Each seed has its own data, initial weights and order of samples. Those do not depend on
    the hyper-parameters, and the data not on the width.
    """

    target: Literal["sine", "tanh"]
    convention: Convention
    network: Network
    width: int = Field(ge=1)
    samples: int = Field(ge=1)
    epochs: int = Field(ge=2)
    lrs: tuple[float, ...] = Field(min_length=1)
    wds: tuple[float, ...] = Field(min_length=1)
    seeds: tuple[int, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _once(self) -> "NetworkTask":
        for name in ("lrs", "wds", "seeds"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name} holds a value twice: {values}")
        return self

    @property
    def protocol(self) -> Protocol:
        """Section 7's, whose step size falls by ten after half of the epochs."""
        return Protocol(epochs=self.epochs, drops=((self.epochs // 2, 0.1),))


def run(task: NetworkTask, device: str) -> pd.DataFrame:
    """Train the whole grid of a task at once.

    Returns:
        The risks of every run after half of the epochs and after all of them, see
        :data:`COLUMNS`. Of a run that diverged, those after it did are NaN.
    """
    grid = list(itertools.product(range(len(task.seeds)), task.lrs, task.wds))
    where = [seed for seed, _, _ in grid]
    members = [Member(seed=task.seeds[seed], lr=lr, wd=wd) for seed, lr, wd in grid]
    splits = Splits(*(_of_members(part, where) for part in _data(task)))
    net, looks = _initial(task), (task.epochs // 2, task.epochs)
    trained = train(
        type(net)(*(weight[where] for weight in net)),
        splits.train,
        members,
        task.protocol,
        looks=looks,
        sets=splits._asdict(),
        device=device,
    )
    curves = trained.curves.astype({"epoch": "int64"})
    risks = curves.pivot(index=["member", "epoch"], columns="set", values="risk")
    every = pd.MultiIndex.from_product([range(len(members)), looks], names=["member", "epoch"])
    errors = 2.0 * risks.reindex(every)  # the loss is half the squared error
    rows = errors.reset_index().merge(trained.members, on="member")
    return rows.astype(COLUMNS)[list(COLUMNS)]


def cost(task: NetworkTask) -> float:
    """Return the operations of all steps, roughly: what a task's time goes by."""
    steps = task.protocol.epochs * task.samples * len(task.lrs) * len(task.wds) * len(task.seeds)
    weights = 4 * 5 * task.width + (6 * task.width**2 if task.network == "three-layer" else 0)
    return float(steps * weights)


def _data(task: NetworkTask) -> Splits:
    draw = partial(section_7.draw, task.target, task.convention)
    sizes = {"train": task.samples, "validation": VALIDATION, "test": TEST}
    parts = [draw_splits(draw, seed, 1, **sizes) for seed in task.seeds]
    return Splits(*(_joined(split) for split in zip(*parts, strict=True)))


def _initial(task: NetworkTask) -> TwoLayer | ThreeLayer:
    d = section_7.DIMENSION + (task.convention == "padded")
    generators = [streams(seed, 1, "init")[0] for seed in task.seeds]
    if task.network == "two-layer":
        return init_two_layer(generators, d=d, m=task.width)
    return init_three_layer(generators, d=d, m1=task.width, m2=task.width)


def _joined(parts: tuple[Sample, ...]) -> Sample:
    return Sample(*(torch.cat(tensors) for tensors in zip(*parts, strict=True)))


def _of_members(sample: Sample, where: list[int]) -> Sample:
    return Sample(sample.x[where], sample.y[where])
