"""Deep networks of any width, trained by SGD with momentum until most points have a margin.

Two scalings of the same function class. That of the slides: entries of W_l are N(0, 2/m), output
weights are -1 or 1 and stay. The standard one: variances are 2/fan-in, those of the output weights
1/m, and all layers are trained.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor
from torch.nn.functional import softplus

from ovp_lib.models.deep import Deep, deep, init_deep
from ovp_lib.models.weights import normal
from ovp_lib.proofs.norm_bounds import margin_level, margins
from ovp_lib.training.samples import Sample

TRAINED = {"slides": ("W", "V"), "standard": ("W", "V", "a")}
"""The scalings, and which weights move in each."""

MOMENTUM = 0.9

SPARE = 2
"""The margins that are checked first are this many times those that may stay below the goal."""


class Goal(NamedTuple):
    """How a network is trained.

    Attributes:
        eta: step size, positive.
        margin: gamma, the goal, positive.
        share: of training points that may stay below it, in [0, 1).
        batch: points of a step, at least 1.
        epochs: passes over the points after which training ends in any case, at least 1.
    """

    eta: float
    margin: float = 1.0
    share: float = 0.05
    batch: int = 50
    epochs: int = 400


class ReachedMargin(NamedTuple):
    """A network after training.

    Attributes:
        net: its weights.
        epochs: passes that it took.
        gamma: the margin that all but the share of the points have.
    """

    net: Deep
    epochs: int
    gamma: float


def init_scaled(
    scaling: str, generators: Sequence[Generator], *, d: int, m: int, depth: int
) -> Deep:
    """Draw initial weights in one of the scalings.

    Args:
        scaling: which.
        generators: one source of randomness for each member.
        d: input dimension.
        m: width of every hidden layer.
        depth: number of hidden layers L, at least 1.

    Returns:
        The weights in float64 on the CPU, with one output.

    Raises:
        ValueError: if the scaling is unknown, or a size is below 1.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> net = init_scaled("standard", [stream(0)], d=4, m=1000, depth=1)
        >>> round(float(net.W.var()), 1), round(float(net.a.norm()))
        (0.5, 1)
    """
    if scaling not in TRAINED:
        raise ValueError(f"a scaling must be one of {', '.join(TRAINED)}, got {scaling!r}")
    net = init_deep(generators, d=d, m=m, depth=depth)
    if scaling == "slides":
        return net
    output = normal(generators, 1, m, std=1 / math.sqrt(m))
    return net._replace(W=net.W * math.sqrt(m / d), a=output)


def matrices(net: Deep, scaling: str) -> list[Float[Tensor, "e _ _"]]:
    """Return the trained matrices, each of which acts from the left.

    Args:
        net: weights.
        scaling: in the standard one the output weights are a matrix of one row.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> net = init_scaled("standard", [stream(0)], d=4, m=30, depth=2)
        >>> [tuple(layer.shape[1:]) for layer in matrices(net, "standard")]
        [(30, 4), (30, 30), (1, 30)]
    """
    output = [net.a] if "a" in TRAINED[scaling] else []
    return [net.W, *net.V.unbind(dim=1), *output]


def train_to_margin(
    start: Deep, scaling: str, data: Sample, goal: Goal, order: Generator
) -> ReachedMargin:
    """Train one network by SGD with momentum on the logistic loss until the margin is reached.

    v <- 0.9 v + grad (1/batch) sum_i log(1 + exp(-y_i f(x_i))),   weights <- weights - eta v

    Every pass takes all points in a new order; after it, the margins of all points are checked.
    In a network that is far from the goal only the smallest margins of the last check are: if
    enough of them are still too small, the rest cannot change that.

    Args:
        start: initial weights of one member; device and precision are used; it is not changed.
        scaling: says which weights move.
        data: points ``(1, n, d)`` and signs ``(1, n, 1)``, both of which occur.
        goal: when to stop.
        order: source of randomness of the order.

    Returns:
        The network when it first has the margin, or after the last pass.

    Raises:
        ValueError: if a number of the goal is out of range, or the labels are no signs.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> x = torch.eye(2, dtype=torch.float64)[None]
        >>> data = Sample(x, torch.tensor([[[1.0], [-1.0]]]).double())
        >>> net = init_scaled("slides", [stream(0)], d=2, m=50, depth=2)
        >>> reached = train_to_margin(net, "slides", data, Goal(eta=0.02), stream(1))
        >>> reached.gamma >= 1
        True
    """
    _require_goal(goal)
    sample = data.to(start.W)
    net = start.map(torch.clone)
    speed = {name: torch.zeros_like(getattr(net, name)) for name in TRAINED[scaling]}
    epoch, n = 0, sample.x.shape[1]
    least: Tensor | None = None  # where the smallest margins were
    while True:
        shuffled = torch.randperm(n, generator=order).to(sample.x.device)
        for first in range(0, n, goal.batch):
            rows = shuffled[first : first + goal.batch]
            _step(net, speed, Sample(sample.x[:, rows], sample.y[:, rows]), goal.eta)
        epoch += 1
        if epoch < goal.epochs and least is not None and _too_small(net, sample, goal, least):
            continue
        found = margins(deep(net, sample.x), sample.y)
        gamma, least = float(margin_level(found, goal.share)), _smallest(found, goal.share)
        if gamma >= goal.margin or not math.isfinite(gamma) or epoch == goal.epochs:
            return ReachedMargin(net, epoch, gamma)


def _smallest(found: Float[Tensor, "1 n"], share: float) -> Tensor:
    """Return the places of the smallest margins, twice as many as may stay below the goal."""
    return found[0].argsort()[: SPARE * (math.floor(share * found.shape[1]) + 1)]


def _too_small(net: Deep, sample: Sample, goal: Goal, places: Tensor) -> bool:
    """Return whether more points than may be are below the goal, and no margin is infinite."""
    f = sample.y[:, places] * deep(net, sample.x[:, places])
    below = int((f < goal.margin).sum())
    return bool(f.isfinite().all()) and below > math.floor(goal.share * sample.x.shape[1])


def _step(net: Deep, speed: dict[str, Tensor], batch: Sample, eta: float) -> None:
    """Move the weights that have a speed, in place."""
    weights = {name: getattr(net, name) for name in speed}  # of one layer: V is empty
    moving = {name: w.detach().requires_grad_() for name, w in weights.items() if w.numel()}
    loss = softplus(-batch.y * deep(net._replace(**moving), batch.x)).mean()
    gradients = torch.autograd.grad(loss, list(moving.values()))
    with torch.no_grad():
        for name, gradient in zip(moving, gradients, strict=True):
            velocity = speed[name].mul_(MOMENTUM).add_(gradient)
            getattr(net, name).sub_(velocity, alpha=eta)


def _require_goal(goal: Goal) -> None:
    if not (goal.eta > 0 and goal.margin > 0 and goal.batch >= 1 and goal.epochs >= 1):
        raise ValueError(f"step size, margin, batch and epochs must be positive, got {goal}")
