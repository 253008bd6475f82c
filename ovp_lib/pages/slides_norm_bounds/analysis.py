"""What the page on norm bounds measures of one trained network, and how it reads the table."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ovp_lib.datasets import LabelledData, signs, split
from ovp_lib.datasets.generated import ODD
from ovp_lib.evidence.claims import Estimate
from ovp_lib.evidence.statistics import exponent
from ovp_lib.experiments.to_margin import (
    Goal,
    ReachedMargin,
    init_scaled,
    matrices,
    train_to_margin,
)
from ovp_lib.kernels.agreement import label_agreement
from ovp_lib.kernels.finite_width import ntk
from ovp_lib.models.deep import Deep, deep
from ovp_lib.models.inputs import stream
from ovp_lib.proofs import norm_bounds
from ovp_lib.proofs.norm_bounds import BoundFactors, LayerNorms
from ovp_lib.training.samples import PURPOSES, Sample

Array = NDArray[np.float64]


class Scaling(NamedTuple):
    """How networks of all widths are set up and trained.

    Attributes:
        scaling: of the initial weights.
        step: the step size, or what it is times the width m.
        over_m: whether the step size is ``step / m``.
    """

    scaling: str
    step: float
    over_m: bool = True

    def eta(self, m: int) -> float:
        """Return the step size at a width.

        Args:
            m: the width.
        """
        return self.step / m if self.over_m else self.step


class SeedPoints(NamedTuple):
    """The points of one seed.

    Attributes:
        train: points and signs, shapes ``(1, n, d)`` and ``(1, n, 1)``.
        test: others.
    """

    train: Sample
    test: Sample


def draw_task(data: LabelledData, seed: int, member: int, n: int, n_test: int) -> SeedPoints:
    """Draw disjoint training and test points, odd digits against even ones.

    Args:
        data: digits on the unit sphere.
        seed: root of all streams.
        member: which repetition; all widths have the same points.
        n: training points.
        n_test: test points.

    Returns:
        Both samples, an ensemble of one each.

    Raises:
        ValueError: if there are not so many points, or all have the same sign.
    """
    parts = split(data, (n, n_test), stream(seed, member, PURPOSES.index("train")))
    return SeedPoints(*(Sample(part.x[None], signs(part, ODD)[None]) for part in parts))


def train_network(
    task: SeedPoints,
    setting: Scaling,
    key: tuple[int, int],
    m: int,
    depth: int,
    goal: Goal,
    device: str,
) -> tuple[Deep, ReachedMargin]:
    """Draw a network and train it to the goal.

    Args:
        task: what to learn.
        setting: scaling and step size.
        key: root seed and member.
        m: width.
        depth: hidden layers L.
        goal: when to stop; its step size is replaced.
        device: name of a device that is there.

    Returns:
        The initial network on the CPU, and what training reached.
    """
    initial, order = (stream(*key, PURPOSES.index(purpose)) for purpose in ("init", "order"))
    d = task.train.x.shape[2]
    start = init_scaled(setting.scaling, [initial], d=d, m=m, depth=depth)
    chosen = goal._replace(eta=setting.eta(m))
    begun = start.to(device, torch.float32)
    reached = train_to_margin(begun, setting.scaling, task.train, chosen, order)
    return start, reached


def measure(
    task: SeedPoints, setting: Scaling, start: Deep, reached: ReachedMargin
) -> dict[str, float]:
    """Return what both bounds, their factors and the test set say of a trained network.

    Args:
        task: what was learned.
        setting: scaling and step size.
        start: the initial network.
        reached: the trained one.

    Returns:
        Numbers by name; bounds are divided by the margin, ``whole`` has no initialisation
        subtracted, and ``columns`` sums the (2,1)-norm over the other index. Without a positive
        margin there is no bound: then margin and passes alone.
    """
    if not reached.gamma > 0 or not math.isfinite(reached.gamma):
        return {"gamma": reached.gamma, "epochs": float(reached.epochs)}
    m, n = start.W.shape[1], task.train.x.shape[1]
    end, first = (matrices(net, setting.scaling) for net in (reached.net, start))
    moved = norm_bounds.layer_norms(end, first)
    whole = norm_bounds.layer_norms(end, known=moved)
    outer = math.sqrt(m) if setting.scaling == "slides" else 1.0
    factors = {
        "bartlett": norm_bounds.bartlett(moved, n=n, outer=outer),
        "neyshabur": norm_bounds.neyshabur(moved, n=n, width=m, outer=outer),
        "bartlett whole": norm_bounds.bartlett(whole, n=n, outer=outer),
        "neyshabur whole": norm_bounds.neyshabur(whole, n=n, width=m, outer=outer),
        "bartlett columns": norm_bounds.bartlett(moved, n=n, outer=outer, by="columns"),
    }
    gamma = torch.tensor([reached.gamma], dtype=torch.float64)
    bounds = {
        name: float(norm_bounds.at_margin(each.bound(), gamma)) for name, each in factors.items()
    }
    return bounds | _parts(factors) | _layers(moved) | _outcome(task, reached)


def normalised_margins(task: SeedPoints, reached: ReachedMargin, bound: float) -> Array:
    """Return the margins of the training points divided by a bound at margin one, sorted.

    Args:
        task: what was learned.
        reached: the trained network.
        bound: that of the network, already divided by its margin gamma.

    Returns:
        Shape ``(n,)``.
    """
    found = _margins(reached.net, task.train)[0] / (bound * reached.gamma)
    return np.sort(found.numpy())


def agreement_at_start(task: SeedPoints, start: Deep) -> float:
    """Return sqrt(y^T Theta^-1 y / n) for the tangent kernel of a network as it is drawn, over m.

    The bound of Cao and Gu's corollary is made of it.

    Args:
        task: the points and labels.
        start: initial network, in the scaling of the slides.
    """
    gram = ntk(start, task.train.x)[0] / start.W.shape[1]
    return math.sqrt(label_agreement(gram, task.train.y[0]).item())


def by_width(table: pd.DataFrame, setting: str, column: str) -> Array:
    """Return a column of the table of one setting, shape ``(seeds, widths)``.

    Args:
        table: one row a network, with ``setting``, ``member`` and ``m``.
        setting: name.
        column: what to return.
    """
    rows = table[table["setting"] == setting]
    return rows.pivot(index="member", columns="m", values=column).to_numpy(np.float64)


def paired(table: pd.DataFrame, settings: tuple[str, str], columns: tuple[str, str]) -> Array:
    """Return a column over another one, at the widths that both settings have.

    The exponent of a ratio is the difference of two exponents, in each seed.

    Args:
        table: one row a network.
        settings: of the numerator and of the denominator.
        columns: the same.

    Returns:
        Shape ``(seeds, widths)``.
    """
    above, below = (by_width(table, *each) for each in zip(settings, columns, strict=True))
    # Widths increase, and a setting with fewer of them leaves out the narrowest.
    shared = min(above.shape[1], below.shape[1])
    return above[:, -shared:] / below[:, -shared:]


def exponents(
    table: pd.DataFrame, setting: str, names: Mapping[str, str], widths: Sequence[int]
) -> dict[str, Estimate]:
    """Return the exponents in m of some columns.

    Args:
        table: one row a network.
        setting: name.
        names: columns of the table, by what they are to be called.
        widths: all widths of the table.
    """
    return {
        words: exponent(widths, by_width(table, setting, column)) for words, column in names.items()
    }


def as_text(estimate: Estimate) -> str:
    """Return an exponent with its interval, for a table.

    Args:
        estimate: of an exponent.

    Example:
        >>> as_text(Estimate(0.5, 0.4, 0.6, 5))
        '+0.50 [+0.40, +0.60]'
    """
    value, low, high = (f"{number:+.2f}".replace("-", "−") for number in estimate[:3])
    return f"{value} [{low}, {high}]"


def _parts(factors: Mapping[str, BoundFactors]) -> dict[str, float]:
    parts = {"product": float(factors["bartlett"].spectral)}
    return parts | {f"{name} distance": float(each.distance) for name, each in factors.items()}


def _layers(moved: LayerNorms) -> dict[str, float]:
    """Return the spectral norm of each layer, and how far all layers have moved together."""
    spectral = {f"spectral {layer + 1}": float(s) for layer, s in enumerate(moved.spectral[0])}
    return spectral | {"moved": float(moved.frobenius.norm())}


def _outcome(task: SeedPoints, reached: ReachedMargin) -> dict[str, float]:
    found = _margins(reached.net, task.test)
    error = float((found <= 0).double().mean())
    return {"gamma": reached.gamma, "epochs": float(reached.epochs), "test error": error}


def _margins(net: Deep, sample: Sample) -> Float[Tensor, "e n"]:
    points = sample.to(net.W)
    return norm_bounds.margins(deep(net, points.x), points.y).double().cpu()
