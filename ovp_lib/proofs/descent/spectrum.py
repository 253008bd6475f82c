r"""The smallest eigenvalue of the Hessian of the smoothed objective, by Lanczos, and Fact A.8.

Fact A.8: if E f(theta + sqrt(eta) u) <= f(theta) + eta change + o(eta) for a random u with E u = 0
and ||u||^2 <= 2, and change <= 0, then lambda_min <= change: half of E u^T H u is at least
lambda_min where that is negative. The fact has ||u|| = 1, and so a factor of two to spare.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

from ovp_lib.proofs.descent.objective import Direction, Objective, Point, Rows, value


class Smallest(NamedTuple):
    """A smallest eigenvalue.

    Attributes:
        eigenvalue: a Rayleigh quotient, so never below the truth.
        residual: ||H v - eigenvalue v||: a true eigenvalue lies within this distance.
        vector: v as a direction of one member.
    """

    eigenvalue: float
    residual: float
    vector: Direction


def hessian_product(point: Point, rows: Rows, objective: Objective, along: Direction) -> Direction:
    """Return the Hessian of the smoothed objective times a direction, for each member.

    Args:
        point: where.
        rows: samples with draws of Sigma, but without draws of W^rho.
        objective: its numbers.
        along: the direction.

    Returns:
        The product, of the shapes of W' and V'.

    Raises:
        ValueError: if W^rho was drawn.
    """
    return _products(point, rows, objective)(along)


def _products(point: Point, rows: Rows, objective: Objective) -> Callable[[Direction], Direction]:
    """Return what multiplies directions by the Hessian; the slope is computed once for all."""
    if rows.first is not None:
        raise ValueError("second derivatives need rows without draws of W^rho (first=False)")
    with torch.enable_grad():
        leaves = [part.detach().requires_grad_() for part in (point.dW, point.dV)]
        total = value(Point(point.net, *leaves), rows, objective).sum()
        slope = torch.autograd.grad(total, leaves, create_graph=True)

    def product(along: Direction) -> Direction:
        with torch.enable_grad():
            inner = sum((s * u).sum() for s, u in zip(slope, along, strict=True))
        return Direction(*torch.autograd.grad(torch.as_tensor(inner), leaves, retain_graph=True))

    return product


def smallest_eigenvalue(
    point: Point,
    rows: Rows,
    objective: Objective,
    start: Direction,
    *,
    tolerance: float = 1e-3,
    restarts: int = 400,
) -> Smallest:
    """Return the smallest eigenvalue of the Hessian in (W', V') of one member, by Lanczos.

    Args:
        point: of one member.
        rows: samples with draws of Sigma, but without draws of W^rho.
        objective: its numbers.
        start: where Lanczos starts, not zero; a direction of descent saves products.
        tolerance: relative accuracy, positive.
        restarts: of Lanczos that are allowed, at least 1.

    Returns:
        The eigenvalue with its residual. If Lanczos has not converged, the eigenvalue is the
        Rayleigh quotient of ``start``, and the residual says so.

    Raises:
        ValueError: if there is more than one member, or ``start`` is zero.
    """
    if len(point.dW) != 1 or not any(bool(part.any()) for part in start):
        raise ValueError(
            f"Lanczos takes one member and a start that is not 0, got {len(point.dW)} members"
        )

    times_hessian = _products(point, rows, objective)

    def product(flat: NDArray[np.float64]) -> NDArray[np.float64]:
        return _flat(times_hessian(_directed(flat, point)))

    first = _flat(start)
    size = len(first)
    operator = LinearOperator((size, size), matvec=product, dtype=np.float64)
    try:
        _, vectors = eigsh(operator, k=1, which="SA", v0=first, tol=tolerance, maxiter=restarts)
        vector = vectors[:, 0]
    except ArpackNoConvergence:
        vector = first / np.linalg.norm(first)
    image = product(vector)
    eigenvalue = float(vector @ image)
    residual = float(np.linalg.norm(image - eigenvalue * vector))
    return Smallest(eigenvalue, residual, _directed(vector, point))


def _flat(direction: Direction) -> NDArray[np.float64]:
    return torch.cat([part.flatten() for part in direction]).double().cpu().numpy()


def _directed(flat: NDArray[np.float64], point: Point) -> Direction:
    cut = point.dW.numel()
    parts = (torch.from_numpy(np.ascontiguousarray(p)) for p in (flat[:cut], flat[cut:]))
    shapes = (point.dW, point.dV)
    return Direction(*(p.to(s).view_as(s) for p, s in zip(parts, shapes, strict=True)))
