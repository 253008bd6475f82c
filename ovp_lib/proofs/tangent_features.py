r"""The neural tangent random features of Cao and Gu, and the best function of a ball of them.

    F(W0, R) = { f_{W0} + <grad f_{W0}, W> : ||W_l||_F <= R m^(-1/2) in every layer l }

(Cao and Gu, 2019; Gu's slides, Theorem). On n points this class depends on the Gram matrices
G_l = m^(-1) <grad_l f_{W0}(x_i), grad_l f_{W0}(x_j)> alone: by the representer theorem the best
W_l is m^(-1/2) sum_j c_lj grad_l f_{W0}(x_j) / m^(1/2), so that

    f = f_{W0} + sum_l G_l c_l,      c_l^T G_l c_l <= R^2.

Minimising the mean logistic loss over it is convex. The answer comes with a certificate: for any
member f with s_i = d(mean loss)/df_i, what the best one can gain is at most

    gap = sum_l ( R (s^T G_l s)^(1/2) + s^T G_l c_l ),

the Frank-Wolfe gap, which here is also the duality gap at the dual variables -n s_i / y_i.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.maths import elementary
from ovp_lib.models.deep import Deep, deep
from ovp_lib.proofs.linearisation import logistic, outer_products

LOOK = 20
"""Steps between two checks of the certificates."""


class TangentFeatures(NamedTuple):
    """What the class F(W0, R) is on n points, for any R.

    Attributes:
        start: f_{W0}(x_i), shape ``(n,)``.
        grams: G_l, positive semi-definite, shape ``(layers, n, n)``.
    """

    start: Float[Tensor, " n"]
    grams: Float[Tensor, "layers n n"]


class BestInBall(NamedTuple):
    """The best member of the ball that was found, for each of several problems.

    Attributes:
        loss: mean logistic loss, shape ``(p,)``.
        gap: by how much it can exceed the least one, shape ``(p,)``.
        values: f at the points, shape ``(p, n)``.
        norms: (c_l^T G_l c_l)^(1/2) of each layer, at most R, shape ``(p, layers)``.
        slope: minus the derivative of the least loss in R, shape ``(p,)``.
        iterations: how many steps the slowest problem took.
    """

    loss: Float[Tensor, " p"]
    gap: Float[Tensor, " p"]
    values: Float[Tensor, "p n"]
    norms: Float[Tensor, "p layers"]
    slope: Float[Tensor, " p"]
    iterations: int


def gram_features(net: Deep, x: Float[Tensor, "n d"]) -> TangentFeatures:
    """Return the class of one network on n points, without its m^2 derivatives.

    G_l = (delta_l delta_l^T) * (h_{l-1} h_{l-1}^T) / m, elementwise: n^2 m operations a layer.

    Args:
        net: one member with one output, at its initialisation W0.
        x: points, shape ``(n, d)``.

    Returns:
        In float64 on the device of the network.

    Raises:
        ValueError: if there are several members or outputs.

    Example:
        >>> from ovp_lib.models.deep import init_deep
        >>> from ovp_lib.models.inputs import sphere, stream
        >>> net = init_deep([stream(0)], d=4, m=1000, depth=2)
        >>> features = gram_features(net, sphere(4)(10, stream(1)))
        >>> [round(float(G.diagonal().mean()), 1) for G in features.grams]  # the limit is 1/2
        [0.5, 0.5]
    """
    if len(net.W) != 1:
        raise ValueError(f"one network at a time: got an ensemble of {len(net.W)} members")
    points = x.to(net.W)[None]
    grams = [
        ((each.signals @ each.signals.mT) * (each.inputs @ each.inputs.mT))[0].double()
        for each in outer_products(net, points)
    ]
    start = deep(net, points)[0, :, 0].double()
    return TangentFeatures(start, torch.stack(grams) / net.W.shape[1])


def best_in_ball(
    features: TangentFeatures,
    y: Float[Tensor, "p n"],
    radii: Float[Tensor, " p"],
    *,
    tolerance: float = 1e-3,
    most: int = 20_000,
) -> BestInBall:
    """Minimise the mean logistic loss over F(W0, R), for several labels and radii at once.

    Accelerated projected gradient descent (Beck and Teboulle's FISTA, started anew for a problem
    whose loss has risen) on u_l = A_l^T c_l with G_l = A_l A_l^T, in which the ball is a product of
    Euclidean ones. It ends when every problem's certificate is below the tolerance.

    Args:
        features: the class on the points.
        y: signs of each problem, shape ``(p, n)``.
        radii: R of each problem, at least 0, shape ``(p,)``.
        tolerance: largest gap allowed, positive.
        most: steps after which it gives up.

    Returns:
        The best members, with their certificates.

    Raises:
        ValueError: if labels are no signs, shapes do not fit, or a number is out of range.
        RuntimeError: if a gap is above the tolerance after all steps.

    Example:
        >>> features = TangentFeatures(torch.zeros(2).double(), torch.eye(2).double()[None])
        >>> y = torch.tensor([[1.0, -1.0]]).double()
        >>> best = best_in_ball(features, y, torch.tensor([2.0**0.5]).double(), tolerance=1e-9)
        >>> [round(value, 4) for value in best.values[0].tolist()]  # the corner of the labels
        [1.0, -1.0]
    """
    radii = _checked(features, y, radii, tolerance)
    problem = _Problem(features.start, _roots(features.grams), y.to(features.start), radii)
    return _fista(problem, tolerance, most)


class _Problem(NamedTuple):
    start: Tensor  # (n,)
    roots: Tensor  # A, (layers, n, n)
    y: Tensor  # (p, n)
    radii: Tensor  # (p,)

    def select(self, which: Tensor) -> "_Problem":
        return self._replace(y=self.y[which], radii=self.radii[which])

    def values(self, u: Tensor) -> Tensor:
        """Return f, shape (p, n), for u of shape (layers, p, n)."""
        return self.start + (u @ self.roots.mT).sum(dim=0)

    def loss(self, f: Tensor) -> Tensor:
        return logistic(self.y * f).mean(dim=1)

    def gradient(self, f: Tensor) -> Tensor:
        """Return A_l^T s, shape (layers, p, n)."""
        s = -self.y * torch.sigmoid(-self.y * f) / f.shape[1]
        return s @ self.roots

    def onto(self, u: Tensor) -> Tensor:
        """Project on the balls."""
        norms = torch.linalg.vector_norm(u, dim=2)
        shrink = (self.radii / norms.clamp_min(torch.finfo(u.dtype).tiny)).clamp_max(1.0)
        return u * shrink.unsqueeze(2)

    def best(self, u: Tensor, iterations: int) -> BestInBall:
        """Return what u is, with its certificate."""
        f = self.values(u)
        gradient = self.gradient(f)
        steepest = torch.linalg.vector_norm(gradient, dim=2).sum(dim=0)
        gap = (gradient * u).sum(dim=(0, 2)) + self.radii * steepest
        norms = torch.linalg.vector_norm(u, dim=2).mT
        return BestInBall(self.loss(f), gap, f, norms, steepest, iterations)


class _State(NamedTuple):
    """Where the iteration is: u, the point from which the next gradient is taken, and momenta."""

    u: Tensor
    ahead: Tensor
    momentum: Tensor
    loss: Tensor

    def select(self, which: Tensor) -> "_State":
        return _State(
            self.u[:, which], self.ahead[:, which], self.momentum[which], self.loss[which]
        )


def _fista(problem: _Problem, tolerance: float, most: int) -> BestInBall:
    """Iterate on the problems that are still open, and check them after every LOOK steps."""
    p, n = problem.y.shape
    top = torch.linalg.matrix_norm((problem.roots @ problem.roots.mT).sum(dim=0), ord=2)
    # One over the Lipschitz constant of the gradient: the logistic loss has a second derivative of
    # at most 1/4, and the mean divides by n.
    rate = 4.0 * n / top.clamp_min(torch.finfo(top.dtype).tiny)
    u = problem.roots.new_zeros(len(problem.roots), p, n)
    state = _State(u, u, torch.ones_like(problem.radii), problem.loss(problem.values(u)))
    answer, left = problem.best(u, 0), torch.arange(p, device=u.device)
    for iteration in range(0, most + 1, LOOK):
        found = problem.best(state.u, iteration)
        open_ = found.gap > tolerance
        answer = _put(answer, found, left)
        if not bool(open_.any()):
            return answer
        problem, state, left = problem.select(open_), state.select(open_), left[open_]
        for _ in range(LOOK):
            state = _step(problem, state, rate)
    raise RuntimeError(
        f"after {most} steps the least loss is known to within {float(answer.gap.max()):.2g} only, "
        f"and not to {tolerance:g}: allow more steps, or a larger tolerance"
    )


def _step(problem: _Problem, state: _State, rate: Tensor) -> _State:
    """Take one accelerated step; where the loss rises, momentum starts anew."""
    new = problem.onto(state.ahead - rate * problem.gradient(problem.values(state.ahead)))
    loss = problem.loss(problem.values(new))
    momentum = torch.where(loss > state.loss, torch.ones_like(loss), state.momentum)
    following = (1 + elementary.sqrt(1 + 4 * momentum.square())) / 2
    push = (momentum - 1) / following  # 0 where it starts anew
    return _State(new, new + push[None, :, None] * (new - state.u), following, loss)


def _put(answer: BestInBall, found: BestInBall, rows: Tensor) -> BestInBall:
    """Put the rows of the open problems into the answer."""

    def put(old: Tensor, new: Tensor) -> Tensor:
        return old.index_copy(0, rows, new)

    return BestInBall(
        put(answer.loss, found.loss),
        put(answer.gap, found.gap),
        put(answer.values, found.values),
        put(answer.norms, found.norms),
        put(answer.slope, found.slope),
        found.iterations,
    )


def _roots(grams: Tensor) -> Tensor:
    """Return A_l with A_l A_l^T = G_l; rounding below 0 is cut."""
    # No Cholesky factor: a Gram matrix may be singular, or slightly indefinite by rounding.
    eigenvalues, vectors = torch.linalg.eigh(grams)
    return vectors * elementary.sqrt(eigenvalues.clamp_min(0.0)).unsqueeze(1)


def _checked(features: TangentFeatures, y: Tensor, radii: Tensor, tolerance: float) -> Tensor:
    n = len(features.start)
    if y.ndim != 2 or y.shape[1] != n or radii.shape != y.shape[:1]:
        raise ValueError(
            f"labels must have shape (p, {n}) and radii (p,), got {tuple(y.shape)} and "
            f"{tuple(radii.shape)}"
        )
    if not bool((y.abs() == 1).all()):
        raise ValueError("labels must be -1 or 1")
    if not (bool((radii >= 0).all()) and bool(radii.isfinite().all()) and tolerance > 0):
        raise ValueError(
            f"radii must be finite and at least 0 and the tolerance positive, got "
            f"{radii.tolist()} and {tolerance:g}"
        )
    return radii.to(features.start)


def theorem_bound(
    least: Float[Tensor, "*rows p"],
    radii: Float[Tensor, " p"],
    *,
    depth: int,
    n: int,
    constant: float,
) -> Float[Tensor, "*rows p"]:
    r"""Return the two terms of the theorem that depend on R.

    4 inf_{f in F(W0, R)} (1/n) sum_i l(y_i f(x_i)) + c L R / n^(1/2)

    Its third term, (log(1/delta) / n)^(1/2), is the same for all R and is left out.

    Args:
        least: the infimum for each radius, shape ``(..., p)``.
        radii: R, shape ``(p,)``.
        depth: L.
        n: number of samples.
        constant: c, which the theorem does not name.

    Raises:
        ValueError: if the constant is not positive, or a size is below 1.

    Example:
        >>> least, radii = torch.tensor([0.7, 0.2]), torch.tensor([0.0, 1.0])
        >>> bound = theorem_bound(least, radii, depth=2, n=100, constant=1.0)
        >>> [round(value, 4) for value in bound.tolist()]
        [2.8, 1.0]
    """
    if depth < 1 or n < 1 or not constant > 0:
        raise ValueError(
            f"depth and n must be at least 1 and the constant positive, got {depth}, {n} and "
            f"{constant:g}"
        )
    return 4.0 * least + radii * (constant * depth / math.sqrt(n))
