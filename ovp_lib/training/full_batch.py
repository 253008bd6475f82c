"""Full-batch gradient descent on deep ReLU networks, as the slides have it.

All hidden layers are trained and the output weights stay, which are -1 or 1. The loss is half the
mean square, and every member's step size is fixed at the start, at the inverse of the largest
eigenvalue of J J^T / n: the curvature that the loss would have if the network were linear in its
weights.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ovp_lib.kernels.finite_width import ntk
from ovp_lib.models.deep import Deep
from ovp_lib.training.online import zero_one_error
from ovp_lib.training.samples import Sample


class Descent(NamedTuple):
    """What gradient descent did, step by step. A member that has stopped has NaN from then on.

    Attributes:
        net: the last weights of every member.
        etas: step sizes, shape ``(e,)``.
        steps: number of steps until a member stopped, infinite if it did not, shape ``(e,)``.
        loss: (1 / 2n) sum_i (f(x_i) - y_i)^2 after t = 0, 1, ... steps, shape ``(t, e)``.
        errors: share of points on whose sign the network is wrong, shape ``(t, e)``.
        slopes: norms of the gradient in W_1, ..., W_L, shape ``(t, e, L)``.
        moved: ||W_l - W_l(0)||_F at the end, shape ``(e, L)``.
    """

    net: Deep
    etas: Float[Tensor, " e"]
    steps: Float[Tensor, " e"]
    loss: Float[Tensor, "t e"]
    errors: Float[Tensor, "t e"]
    slopes: Float[Tensor, "t e layers"]
    moved: Float[Tensor, "e layers"]

    @property
    def path(self) -> Float[Tensor, "e layers"]:
        """Length of each layer's path, sum_t eta ||grad_l||_F, at least the distance it moved."""
        return self.etas[:, None] * self.slopes.nan_to_num().sum(dim=0)

    @property
    def dominance(self) -> Float[Tensor, "t e"]:
        """||grad L||^2 / (2 L) after each step: the constant of gradient dominance there.

        In a network that is linear in its weights it is at least the least eigenvalue of J J^T / n.
        """
        return self.slopes.square().sum(dim=2) / (2 * self.loss)

    @property
    def curvature(self) -> Float[Tensor, "t e"]:
        """Curvature of the loss along each step, in units of the inverse step size.

        2 (L(W_{t+1}) - L(W_t) - <grad, W_{t+1} - W_t>) / ||W_{t+1} - W_t||^2 is at most 1 / eta in
        a network that is linear in its weights, and the loss falls wherever it is below 2 / eta.
        """
        square = self.slopes.square().sum(dim=2)[:-1]
        return 2 * (self.loss.diff(dim=0) + self.etas * square) / (self.etas * square)


def safe_step_sizes(net: Deep, x: Float[Tensor, "e n d"]) -> Float[Tensor, " e"]:
    """Return 1 / lambda_max(J J^T / n) of every member, J the derivatives of outputs in weights.

    Args:
        net: weights with one output.
        x: points of each member, shape ``(e, n, d)``.

    Returns:
        Step sizes for half the mean square, shape ``(e,)``; 0 for a network whose gates are closed
        at all points, which nothing can move.

    Raises:
        ValueError: if there are several outputs.

    Example:
        >>> net = Deep(torch.ones(1, 4, 1), torch.zeros(1, 0, 4, 4), torch.ones(1, 1, 4))
        >>> safe_step_sizes(net, torch.ones(1, 3, 1))  # J J^T = 4 on all three points
        tensor([0.2500])
    """
    largest = torch.linalg.eigvalsh(ntk(net, x))[:, -1] / x.shape[1]
    return torch.where(largest > 0, 1 / largest, 0)


@torch.no_grad()
def full_batch_descent(
    net: Deep, data: Sample, *, steps: int, goal: float | None = None
) -> Descent:
    """Train all hidden layers by gradient descent on all points at once.

    W_l <- W_l - eta grad_{W_l} (1 / 2n) sum_i (f_W(x_i) - y_i)^2,   l = 1, ..., L    (Gu's slides)

    Args:
        net: initial weights with one output; its device and precision are used.
        data: points ``(e, n, d)`` and signs ``(e, n, 1)``.
        steps: most steps, at least 1.
        goal: a member stops as soon as its loss is at most that; ``None``: as soon as the sign of
            its output is right on all points.

    Returns:
        The course of every member.

    Raises:
        ValueError: if a number is out of range, or labels are not -1 and 1, both for each member.

    Example:
        >>> from ovp_lib.models.deep import init_deep
        >>> from ovp_lib.models.inputs import rademacher, sphere, stream
        >>> data = Sample(sphere(5)(9, stream(0))[None], rademacher((1, 9, 1), stream(1)))
        >>> done = full_batch_descent(init_deep([stream(2)], d=5, m=60, depth=3), data, steps=500)
        >>> bool(done.steps[0] < 500), bool((done.path >= done.moved).all())
        (True, True)
    """
    _check(net, data, steps, goal)
    x, y = data.to(net.W)
    W = [net.W.clone(), *(V.clone() for V in net.V.unbind(dim=1))]
    start = _Members(W, net.a, x, y, safe_step_sizes(net, x))
    course = _Course(start, steps)
    # Steps move weights in place, and the course measures how far they are from the start.
    now = start._replace(W=[each.clone() for each in W])
    for t in range(steps + 1):
        h = now.hidden()
        f = h[-1] @ now.a.mT
        going = course.look(t, now, f, goal)
        if t == steps or not len(course.active):
            break
        if len(course.active) < len(going):
            now, h, f = now.select(going), [each[going] for each in h], f[going]
        course.slopes[t, course.active] = now.step(h, f)
    return course.finished(net, t)


class _Members(NamedTuple):
    """Members that are trained: weights of each layer, output weights, points, step sizes."""

    W: list[Tensor]
    a: Tensor
    x: Tensor
    y: Tensor
    etas: Tensor

    def select(self, going: Bool[Tensor, " e"]) -> "_Members":
        return _Members([each[going] for each in self.W], *(each[going] for each in self[1:]))

    def hidden(self) -> list[Tensor]:
        """Return the input and what each hidden layer gives."""
        h = [self.x]
        for W in self.W:
            h.append((h[-1] @ W.mT).relu_())
        return h

    def step(self, h: list[Tensor], f: Tensor) -> Float[Tensor, "e layers"]:
        """Move the weights in place; return the norms of the gradients."""
        signal = (f - self.y) / self.x.shape[1] * self.a * (h[-1] > 0)
        norms = []
        for layer in range(len(self.W) - 1, -1, -1):
            gradient = signal.mT @ h[layer]
            # The signal for the layer below needs the weights from before this step.
            if layer:
                signal = signal @ self.W[layer] * (h[layer] > 0)
            norms.append(gradient.flatten(1).norm(dim=1))
            self.W[layer].sub_(gradient.mul_(self.etas.view(-1, 1, 1)))
        return torch.stack(norms[::-1], dim=1)


class _Course:
    """What is recorded, and which members still move."""

    def __init__(self, start: _Members, steps: int) -> None:
        e, layers = len(start.x), len(start.W)
        self.start, self.last = start, [each.clone() for each in start.W]
        self.active = torch.arange(e, device=start.x.device)
        self.steps = start.etas.new_full((e,), math.inf)
        self.loss, self.errors = start.etas.new_full((2, steps + 1, e), math.nan)
        self.slopes = start.etas.new_full((steps + 1, e, layers), math.nan)

    def look(self, t: int, now: _Members, f: Tensor, goal: float | None) -> Bool[Tensor, " e"]:
        """Record loss and errors, and the weights of members that stop; return which go on."""
        wrong = zero_one_error(f, now.y)
        loss = 0.5 * (f - now.y).square().mean(dim=(1, 2))
        self.loss[t, self.active], self.errors[t, self.active] = loss, wrong
        going = wrong > 0 if goal is None else loss > goal
        last = t == len(self.loss) - 1
        if last or not bool(going.all()):
            self._stop(t, now, going, last)
        return going

    def _stop(self, t: int, now: _Members, going: Bool[Tensor, " e"], last: bool) -> None:
        """Keep the weights of the members that stop, or of all at the last step."""
        self.steps[self.active[~going]] = t
        kept = torch.ones_like(going) if last else ~going
        for stored, W in zip(self.last, now.W, strict=True):
            stored[self.active[kept]] = W[kept]
        self.active = self.active[going]

    def finished(self, net: Deep, t: int) -> Descent:
        """Return the course up to step t."""
        pairs = zip(self.last, self.start.W, strict=True)
        moved = torch.stack([(last - W).flatten(1).norm(dim=1) for last, W in pairs], dim=1)
        V = torch.stack(self.last[1:], dim=1) if net.depth > 1 else net.V
        end, trained = t + 1, Deep(self.last[0], V, net.a)
        loss, errors, slopes = self.loss[:end], self.errors[:end], self.slopes[:end]
        return Descent(trained, self.start.etas, self.steps, loss, errors, slopes, moved)


def _check(net: Deep, data: Sample, steps: int, goal: float | None) -> None:
    if steps < 1 or (goal is not None and not goal > 0):
        raise ValueError(f"need steps >= 1 and a positive goal, got {steps} and {goal}")
    if net.a.shape[1] != 1 or data.y.shape != (*data.x.shape[:2], 1):
        raise ValueError(
            f"one output and one label a point, got {net.a.shape[1]} outputs and labels "
            f"{tuple(data.y.shape)} of points {tuple(data.x.shape)}"
        )
    if not bool((data.y.abs() == 1).all()):
        raise ValueError("labels must be -1 and 1")
    if not bool((data.y.mean(dim=1).abs() < 1).all()):
        raise ValueError("a label set has one class only: there is nothing to fit")
