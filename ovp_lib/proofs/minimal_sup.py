r"""The h of smallest sup|h| that meets Lemma 6.3, by linear programming.

The lemma pays for its precision with C = C_eps(phi, 1), a bound on |h| that enters every width that
follows. How large must |h| be at all? Over functions that are constant on the cells of a grid in
(alpha1, b0) this is a linear program,

    minimise t    subject to    |h| <= t,    |E[1{alpha >= -b0} h] - phi(x1)| <= eps at all x1,

and its solution is h = +-t almost everywhere. Not in the paper.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy import sparse
from scipy.optimize import linprog
from torch import Tensor

from ovp_lib.maths import elementary, hermite
from ovp_lib.maths.smooth import SmoothFunction
from ovp_lib.proofs.hermite_indicator import REACH, check_x1


@dataclass(frozen=True)
class CellIndicator:
    """An h that is constant on cells; the outermost cells reach to infinity.

    Attributes:
        name: which construction it is.
        alpha_edges: inner edges of the cells in alpha1, increasing.
        b_edges: inner edges of the cells in b0, increasing.
        values: h on each cell, shape ``(alpha cells, b cells)``, one more than edges.
    """

    name: str
    alpha_edges: Float[Tensor, " p"]
    b_edges: Float[Tensor, " q"]
    values: Float[Tensor, "rows columns"]

    def __call__(self, alpha1: Tensor, b0: Tensor) -> Tensor:
        """Evaluate h elementwise; the arguments broadcast."""
        alpha1, b0 = torch.broadcast_tensors(alpha1, b0)  # type: ignore[no-untyped-call]
        row = torch.searchsorted(self.alpha_edges.to(alpha1), alpha1.contiguous())
        column = torch.searchsorted(self.b_edges.to(b0), b0.contiguous())
        return self.values.to(alpha1)[row, column]

    def sup(self) -> float:
        """Return sup |h|."""
        return float(self.values.abs().max())

    def lipschitz(self) -> float:
        """Return the Lipschitz constant in alpha1: infinite, since h jumps between cells."""
        return math.inf if bool((self.values.diff(dim=0) != 0).any()) else 0.0

    def second_moment(self) -> float:
        """Return E[h(alpha1, b0)^2]."""
        rows, columns = _masses(self.alpha_edges), _masses(self.b_edges)
        return float(rows @ self.values.square() @ columns)

    def expectation(self, x1: Tensor) -> Tensor:
        """Return E[1{alpha >= -b0} h(alpha1, b0)] at each x1 in [-1, 1], shape ``(n,)``.

        Args:
            x1: in [-1, 1], shape ``(n,)``.

        Raises:
            ValueError: if some ``|x1| > 1``.
        """
        # A few points at a time: the quadrature holds nodes x cells numbers for each point.
        weights = [
            _cell_weights(self.alpha_edges, self.b_edges, part) for part in torch.split(x1, 16)
        ]
        return torch.cat([(weight * self.values).sum(dim=(1, 2)) for weight in weights])


def least_sup_indicator(
    phi: SmoothFunction, eps: float, *, cells: int = 16, n_points: int = 65
) -> CellIndicator:
    """Return the cell function of smallest sup|h| whose expectation is within eps of phi.

    Args:
        phi: the function to be represented on [-1, 1]; nothing is asked of its Taylor series.
        eps: accuracy at the Chebyshev points where it is imposed, in (0, 1).
        cells: cells in alpha1 and in b0, equally long within three standard deviations.
        n_points: number of Chebyshev points, ends included.

    Returns:
        The solution. Cutting cells into smaller ones can only lower its sup.

    Raises:
        ValueError: if ``eps`` is not in (0, 1), a size is below 3, or no function on these cells
            comes that close.
    """
    if not 0 < eps < 1:
        raise ValueError(f"eps must lie in (0, 1), got {eps}")
    if min(cells, n_points) < 3:
        raise ValueError(f"cells and n_points must be at least 3, got {cells, n_points}")
    edges = torch.linspace(-3, 3, cells - 1, dtype=torch.float64)
    x1 = torch.cos(torch.linspace(math.pi, 0, n_points, dtype=torch.float64))
    A = _cell_weights(edges, edges, x1).flatten(1).numpy()
    target = phi(x1).numpy()
    n = A.shape[1]
    bound = sparse.hstack([sparse.eye_array(n), -np.ones((n, 1))])  # h - t <= 0
    bounded = sparse.vstack([bound, sparse.hstack([-sparse.eye_array(n), -np.ones((n, 1))])])
    close = np.column_stack([np.vstack([A, -A]), np.zeros(2 * n_points)])
    solution = linprog(
        np.append(np.zeros(n), 1.0),
        A_ub=sparse.vstack([bounded, close]).tocsc(),
        b_ub=np.concatenate([np.zeros(2 * n), target + eps, eps - target]),
        bounds=(None, None),
        method="highs",
    )
    if solution.status != 0:
        raise ValueError(
            f"no function on {cells} x {cells} cells represents {phi.name} within {eps} at "
            f"{n_points} points: {solution.message}"
        )
    values = torch.from_numpy(solution.x[:-1]).reshape(cells, cells)
    return CellIndicator("least sup|h|", edges, edges, values)


def _masses(edges: Tensor) -> Tensor:
    """Return the probability of each cell under N(0, 1)."""
    return hermite.distribution(_with_infinity(edges)).diff()


def _with_infinity(edges: Tensor) -> Tensor:
    return torch.nn.functional.pad(
        torch.nn.functional.pad(edges, (1, 0), value=-math.inf), (0, 1), value=math.inf
    )


def _cell_weights(
    alpha_edges: Float[Tensor, " p"], b_edges: Float[Tensor, " q"], x1: Float[Tensor, " n"]
) -> Float[Tensor, "n p+1 q+1"]:
    """Return P(alpha1 in cell, b0 in cell, alpha >= -b0) for each x1 and cell.

    int phi_N(alpha) P(alpha x1 + beta s in cell) P(-alpha <= b0 in cell) dalpha
    """
    check_x1(x1)
    regular = torch.linspace(-REACH, REACH, 37, dtype=x1.dtype)
    jumps = torch.cat([-b_edges, regular])
    panels = torch.cat([jumps.expand(len(x1), -1), hermite.bends(alpha_edges, x1)], dim=1)
    panels = panels.clamp(-REACH, REACH).sort(dim=1).values
    alpha, weight = hermite.composite(panels, order=6)
    s = elementary.sqrt((1 - x1 * x1).clamp(min=1e-300))[:, None, None]
    below = hermite.distribution((alpha_edges - (alpha * x1[:, None])[..., None]) / s)
    none, all_of_it = torch.zeros_like(below[..., :1]), torch.ones_like(below[..., :1])
    rows = torch.cat([none, below, all_of_it], dim=-1).diff(dim=-1)
    ends = _with_infinity(b_edges)
    low, high = ends[:-1], ends[1:]
    start = torch.minimum(torch.maximum(-alpha[..., None], low), high)
    columns = hermite.distribution(high) - hermite.distribution(start)
    rows = rows * (weight * hermite.density(alpha))[..., None]
    return rows.mT @ columns
