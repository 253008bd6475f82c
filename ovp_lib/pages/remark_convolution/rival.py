"""Fully connected networks on the samples of the page on convolutions, tuned on validation data."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from ovp_lib.evidence.selection import select
from ovp_lib.models.learners import init_learner
from ovp_lib.pages.remark_convolution.problem import ConvolutionalTargets
from ovp_lib.training.ensemble import train
from ovp_lib.training.losses import SQUARED
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.samples import Sample

Array = NDArray[np.float64]


def fully_connected(
    problem: ConvolutionalTargets,
    n: int,
    *,
    widths: Sequence[int],
    step_sizes: Sequence[float],
    decays: Sequence[float],
    protocol: Protocol,
) -> pd.DataFrame:
    """Train fully connected two-layer networks on n samples with all settings.

    Those of one width are one ensemble.

    Args:
        problem: what the samples are drawn from.
        n: number of samples, those on which the convolutional networks are trained, too.
        widths: numbers of hidden neurons to choose from.
        step_sizes: to choose from.
        decays: weight decays to choose from.
        protocol: epochs, batches and schedule.

    Returns:
        One row a setting and seed: ``member`` (the seed), ``m``, ``lr``, ``wd``, and the relative
        risks ``validation`` and ``test``; infinite for runs that diverged.
    """
    settings = [(lr, wd) for lr in step_sizes for wd in decays]
    tables = [_of_width(problem, n, m, settings, protocol).assign(m=m) for m in widths]
    return pd.concat(tables, ignore_index=True)


def _of_width(
    problem: ConvolutionalTargets,
    n: int,
    m: int,
    settings: Sequence[tuple[float, float]],
    protocol: Protocol,
) -> pd.DataFrame:
    """Train the networks of one width, with each step size and weight decay."""
    e, d = problem.n_seeds, problem.test.x.shape[2]
    tiled = list(range(e)) * len(settings)
    net = init_learner("two-layer", problem.draws("init"), d=d, m=m, k=1)
    sets = {"validation": problem.draw(n, "validation"), "test": problem.test}
    done = train(
        net.select(tiled),
        problem.draw(n, "train").select(tiled),
        [Member(seed=i, lr=lr, wd=wd) for lr, wd in settings for i in range(e)],
        protocol,
        looks=[protocol.epochs],
        sets={name: each.select(tiled) for name, each in sets.items()},
        device=problem.device,
    )
    table = done.curves.pivot(index="member", columns="set", values="risk")
    risks = table.reindex(range(len(tiled)), fill_value=np.inf)
    zero = {name: np.tile(_of_zero(each), len(settings)) for name, each in sets.items()}
    relative = {name: risks[name].to_numpy() / zero[name] for name in sets}
    return done.members[["lr", "wd"]].assign(member=tiled, **relative)


def best_setting(runs: pd.DataFrame) -> tuple[Array, pd.Series]:
    """Return the test risks of the setting whose mean validation risk is the least.

    Args:
        runs: what :func:`fully_connected` returned.

    Returns:
        Relative test risk of each seed; and the setting with ``at_edge``, the names of the
        parameters whose best value is an end of the grid.
    """
    best = select(
        runs.assign(all=0),
        score="validation",
        groups=["all"],
        parameters=["m", "lr", "wd"],
        replicates="member",
    )
    return best.sort_values("member")["test"].to_numpy(np.float64), best.iloc[0]


def _of_zero(sample: Sample) -> Array:
    """Return the risk of predicting 0, shape ``(e,)``."""
    return SQUARED.value(torch.zeros_like(sample.y), sample.y).mean(dim=1).numpy()
