r"""The smoothed objectives L' and L'' of Lemma 6.7 and Remark C.10, with V^rho integrated out.

    L''(lambda, W', V') = E L(lambda F(x; W0 + W^rho + Sigma W', V0 + V^rho + V' Sigma), y)
                          + lam_v lambda ||V'||_F^2 + lam_w lambda^2 ||W'||_{2,4}^4

over W^rho, V^rho, Sigma and the training set; L' has Sigma = I (Going Beyond Two Layers, Section
6.4). Given what leaves the first layer, h, the inputs of the second one are independent Gaussians,
V^rho h ~ N(0, sigma_v^2 ||h||^2 I). With the squared loss ||f - y||^2 / 2 the mean over V^rho is

    ||lambda a M - y||^2 / 2 + lambda^2 sum_{r,j} a_{r,j}^2 (Q_j - M_j^2) / 2

with the moments of :mod:`ovp_lib.proofs.descent.moments`. W^rho and Sigma are drawn, a row of its
own for each draw and sample: the objective is a mean over samples, so rows may be independent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from ovp_lib.models.inputs import rademacher
from ovp_lib.models.three_layer import ThreeLayer
from ovp_lib.proofs.descent.moments import Moments, relu_moments


@dataclass(frozen=True)
class Objective:
    """The numbers of a smoothed objective.

    Attributes:
        lam: lambda, positive.
        sigma_w: standard deviation of the entries of W^rho, positive.
        sigma_v: standard deviation of the entries of V^rho, positive.
        lam_w: weight of ||W'||_{2,4}^4, at least 0.
        lam_v: weight of ||V'||_F^2, at least 0.

    Raises:
        ValueError: if a number is out of range. Without smoothing a ReLU network has no Hessian.
    """

    lam: float
    sigma_w: float
    sigma_v: float
    lam_w: float = 0.0
    lam_v: float = 0.0

    def __post_init__(self) -> None:
        if min(self.lam, self.sigma_w, self.sigma_v) <= 0 or min(self.lam_w, self.lam_v) < 0:
            raise ValueError(
                "a smoothed objective needs lam, sigma_w, sigma_v > 0 and lam_w, lam_v >= 0 "
                f"(Section 6.4: ReLU networks have no second derivative), got {self}"
            )


class Point(NamedTuple):
    """The point at which the objective is evaluated.

    Attributes:
        net: initial weights.
        dW: W', shape ``(e, m1, d)``.
        dV: V', shape ``(e, m2, m1)``.
    """

    net: ThreeLayer
    dW: Float[Tensor, "e m1 d"]
    dV: Float[Tensor, "e m2 m1"]


class Rows(NamedTuple):
    """Samples with a draw of the noise each, over which the objective is a mean.

    Attributes:
        x: inputs, shape ``(e, n, d)``.
        y: labels, shape ``(e, n, k)``.
        signs: diagonals of Sigma, shape ``(e, n, m1)``; one row of ones for Sigma = I.
        first: standard Gaussians for W^rho x, shape ``(e, n, m1)``; ``None`` puts the mean of each
            ReLU over W^rho in its place, which makes the objective smooth for fixed rows.
    """

    x: Float[Tensor, "e n d"]
    y: Float[Tensor, "e n k"]
    signs: Float[Tensor, "e n m1"]
    first: Float[Tensor, "e n m1"] | None = None


class Direction(NamedTuple):
    """W* and V* of Lemma 6.7, along which Sigma W* and V* Sigma move.

    Attributes:
        W: shape ``(e, m1, d)``.
        V: shape ``(e, m2, m1)``.
    """

    W: Float[Tensor, "e m1 d"]
    V: Float[Tensor, "e m2 m1"]


class Passed(NamedTuple):
    """What a pass through the networks gives.

    Attributes:
        z: inputs of the first ReLUs without W^rho, shape ``(e, n, m1)``.
        h: what leaves the first layer.
        tau: sigma_v^2 ||h||^2, shape ``(e, n, 1)``.
        mu: inputs of the second ReLUs without V^rho, shape ``(e, n, m2)``.
        second: their moments.
        f: lambda E F, shape ``(e, n, k)``.
    """

    z: Tensor
    h: Tensor
    tau: Tensor
    mu: Tensor
    second: Moments
    f: Tensor


def draw_rows(
    point: Point,
    x: Float[Tensor, "e n d"],
    y: Float[Tensor, "e n k"],
    generators: Sequence[Generator],
    *,
    draws: int = 1,
    signs: bool = True,
    first: bool = True,
) -> Rows:
    """Draw the noise of the objective, several times for each sample.

    Args:
        point: for widths, device and precision.
        x: inputs of each member.
        y: labels of each member.
        generators: one source of randomness for each member.
        draws: for each sample, at least 1.
        signs: whether Sigma is random (L'') or the identity (L').
        first: whether W^rho is drawn, or its mean taken ReLU by ReLU.

    Returns:
        Rows, those of one draw after those of the other.

    Raises:
        ValueError: if ``draws < 1``.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> from ovp_lib.models.three_layer import init_three_layer
        >>> net = init_three_layer([stream(0)], d=3, m1=8, m2=8)
        >>> x, here = torch.ones(1, 5, 3).double(), Point(net, 0 * net.W, 0 * net.V)
        >>> rows = draw_rows(here, x, x[..., :1], [stream(1)], draws=4)
        >>> rows.x.shape, rows.signs.shape
        (torch.Size([1, 20, 3]), torch.Size([1, 20, 8]))
    """
    if draws < 1:
        raise ValueError(f"an expectation needs at least 1 draw, got {draws}")
    many = [part.to(point.net.W).repeat(1, draws, 1) for part in (x, y)]
    (e, n, _), m1 = many[0].shape, point.net.widths[0]
    ones = point.net.W.new_ones(e, 1, m1)
    chosen = fair_signs(ones, n, generators) if signs else ones
    if not first:
        return Rows(many[0], many[1], chosen)
    normals = [torch.randn(n, m1, generator=g, dtype=torch.float64) for g in generators]
    return Rows(many[0], many[1], chosen, torch.stack(normals).to(ones))


def fair_signs(like: Tensor, n: int, generators: Sequence[Generator]) -> Tensor:
    """Return independent fair signs, shape ``(e, n, m1)``.

    Args:
        like: of the device and precision wanted, whose last axis is m1.
        n: rows.
        generators: one source of randomness for each member.

    Returns:
        Signs -1 and 1.
    """
    shape = (n, like.shape[-1])
    return torch.stack([rademacher(shape, generator) for generator in generators]).to(like)


def passed(
    point: Point,
    rows: Rows,
    objective: Objective,
    step: Direction | None = None,
    turns: Tensor | None = None,
) -> Passed:
    r"""Pass the rows through the networks.

    Args:
        point: where.
        rows: samples with their draws.
        objective: lambda and the noise.
        step: with ``turns``, what is added: W' + Sigma' W* and V' + V* Sigma'.
        turns: the diagonal of Sigma' for each row, times the length of the step.

    Returns:
        Inputs and outputs of both layers, with V^rho integrated out.
    """
    net, signs = point.net, rows.signs
    moved = rows.x @ point.dW.mT
    if step is not None and turns is not None:
        moved = moved + turns * (rows.x @ step.W.mT)
    z = rows.x @ net.W.mT + net.b1.unsqueeze(1) + signs * moved
    size = objective.sigma_w * rows.x.norm(dim=2, keepdim=True)
    if rows.first is None:
        h = relu_moments(z, size.square()).mean
    else:
        h = (z + size * rows.first).relu()
    mu = h @ net.V.mT + net.b2.unsqueeze(1) + (signs * h) @ point.dV.mT
    if step is not None and turns is not None:
        mu = mu + (signs * turns * h) @ step.V.mT
    tau = objective.sigma_v**2 * h.square().sum(dim=2, keepdim=True)
    second = relu_moments(mu, tau)
    return Passed(z, h, tau, mu, second, objective.lam * second.mean @ net.a.mT)


def losses(net: ThreeLayer, rows: Rows, forward: Passed, lam: float) -> Float[Tensor, "e n"]:
    """Return the mean over V^rho of the squared loss of each row.

    Args:
        net: for the output weights.
        rows: for the labels.
        forward: what the pass gave.
        lam: lambda.

    Returns:
        ||E f - y||^2 / 2 plus half the variance of f.
    """
    return ((forward.f - rows.y).square().sum(dim=2) + variance(net, forward, lam)) / 2


def variance(net: ThreeLayer, forward: Passed, lam: float) -> Float[Tensor, "e n"]:
    """Return the variance of lambda F over V^rho, summed over outputs.

    Args:
        net: for the output weights.
        forward: what the pass gave.
        lam: lambda.

    Returns:
        One number a row.
    """
    spread = forward.second.square - forward.second.mean.square()
    return lam**2 * (spread @ net.a.square().sum(dim=1).unsqueeze(2)).squeeze(2)


def regulariser(
    point: Point, objective: Objective, step: Direction | None = None, eta: float = 0.0
) -> Float[Tensor, " e"]:
    r"""Return E R(sqrt(lambda) (W' + sqrt(eta) Sigma W*), sqrt(lambda) (V' + sqrt(eta) V* Sigma)).

    The mean over Sigma is exact: E ||v + s v*||^2 = ||v||^2 + eta ||v*||^2, and
    E ||w + s w*||^4 = (||w||^2 + eta ||w*||^2)^2 + 4 eta <w, w*>^2 for each row.

    Args:
        point: W' and V'.
        objective: lambda and the weights.
        step: W* and V*; none by default.
        eta: size of the step, at least 0.

    Returns:
        One number for each member.
    """
    lam, rows = objective.lam, point.dW.square().sum(dim=2)
    second, inner = point.dV.square().sum(dim=(1, 2)), torch.zeros_like(rows)
    if step is not None:
        inner = 4 * eta * (point.dW * step.W).sum(dim=2).square()
        rows = rows + eta * step.W.square().sum(dim=2)
        second = second + eta * step.V.square().sum(dim=(1, 2))
    fourth = (rows.square() + inner).sum(dim=1)
    return objective.lam_v * lam * second + objective.lam_w * lam**2 * fourth


def value(point: Point, rows: Rows, objective: Objective) -> Float[Tensor, " e"]:
    """Return the smoothed objective, the mean over rows plus the regulariser.

    Args:
        point: where.
        rows: samples with their draws.
        objective: its numbers.

    Returns:
        One number for each member.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> from ovp_lib.models.three_layer import init_three_layer, three_layer
        >>> net = init_three_layer([stream(0)], d=3, m1=20, m2=20)
        >>> x, here = torch.ones(1, 1, 3).double(), Point(net, 0 * net.W, 0 * net.V)
        >>> rows = draw_rows(here, x, 0 * x[..., :1], [stream(1)], signs=False)
        >>> almost = value(here, rows, Objective(1.0, sigma_w=1e-9, sigma_v=1e-9))
        >>> torch.allclose(almost, three_layer(net, x).square().sum() / 2)
        True
    """
    forward = passed(point, rows, objective)
    mean = losses(point.net, rows, forward, objective.lam).mean(dim=1)
    return mean + regulariser(point, objective)
