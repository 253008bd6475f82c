r"""An h that is a sum of products: its value, its size, and its expectation behind the gate.

    h(alpha1, b0) = sum_i hhat_i(alpha1) g_i(b0),    hhat_i = hbar_i clipped at |alpha1| = B_i

The constructions of Lemma 6.3 differ in the *outer* functions g_i of the bias; what is computed of
them is the same (:class:`ovp_lib.proofs.indicator.Indicator`).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.maths import hermite

REACH = 9.0
"""Standard deviations after which a normal tail, of mass 1e-19, is left out."""


class Steps(NamedTuple):
    """The paper's outer functions g_i(b0) = weight_i 1{low_i < b0 <= high_i}."""

    weight: Float[Tensor, " terms"]
    low: Float[Tensor, " terms"]
    high: Float[Tensor, " terms"]

    @property
    def breaks(self) -> Float[Tensor, " breaks"]:
        """Finite ends of the intervals, increasing."""
        ends = torch.unique(torch.cat([self.low, self.high]))
        return ends[ends.isfinite()]

    def __call__(self, b0: Tensor) -> Tensor:
        """Return g_i(b0)."""
        weight, low, high = (_column(part, b0) for part in self)
        return weight * ((low < b0) & (b0 <= high))

    def mass(self, b: Tensor) -> Tensor:
        """Return int_b^inf g_i(t) phi_N(t) dt.

        Args:
            b: lower ends of the integrals, of any shape.

        Returns:
            One number for each term, shape ``(terms, *b.shape)``.
        """
        weight, low, high = (_column(part, b) for part in self)
        below = hermite.distribution(b.maximum(low).minimum(high))
        return weight * (hermite.distribution(high) - below)


class Bumps(NamedTuple):
    """The outer functions of least norm, g_i(b0) = weight_i hbar_{i-1}(-b0) phi_N(b0)."""

    weight: Float[Tensor, " terms"]

    @property
    def breaks(self) -> Float[Tensor, " breaks"]:
        """None: they are smooth."""
        return self.weight[:0]

    def __call__(self, b0: Tensor) -> Tensor:
        """Return g_i(b0), where g_0 = weight_0 Phi(b0)."""
        degree = len(self.weight) - 1
        bumps = hermite.normalised(max(degree - 1, 0), -b0) * hermite.density(b0)
        inner = torch.cat([hermite.distribution(b0)[None], bumps[:degree]])
        return _column(self.weight, b0) * inner

    def mass(self, b: Tensor) -> Tensor:
        """Return int_b^inf g_i(t) phi_N(t) dt, integrated by parts.

        F_n(a) = int_{-inf}^a hbar_n(t) phi_N(t)^2 dt
               = -(hbar_{n-1}(a) phi_N(a)^2 / sqrt(n) + sqrt((n-1)/n) F_{n-2}(a)) / 2

        Args:
            b: lower ends of the integrals, of any shape.

        Returns:
            One number for each term, shape ``(terms, *b.shape)``.
        """
        degree, a = len(self.weight) - 1, -b
        hbar, square = hermite.normalised(max(degree - 1, 0), a), hermite.density(a).square()
        F = [hermite.distribution(math.sqrt(2.0) * a) / (2 * math.sqrt(math.pi))]
        for n in range(1, degree):
            before = math.sqrt((n - 1) / n) * F[n - 2] if n > 1 else 0.0
            F.append(-(hbar[n - 1] * square / math.sqrt(n) + before) / 2)
        constant = (1 - hermite.distribution(b).square()) / 2
        return _column(self.weight, b) * torch.stack([constant, *F[:degree]])


@dataclass(frozen=True)
class HermiteIndicator:
    """An h that is a sum of Hermite polynomials in alpha1 times functions of b0.

    Attributes:
        name: which construction it is.
        outer: the functions g_i of the bias.
        clip: B_i for each degree; infinite where nothing is clipped.
    """

    name: str
    outer: Steps | Bumps
    clip: tuple[float, ...]

    @property
    def degree(self) -> int:
        """Highest power of x1 that it makes."""
        return len(self.clip) - 1

    def __call__(self, alpha1: Tensor, b0: Tensor) -> Tensor:
        """Evaluate h elementwise; the arguments broadcast."""
        alpha1, b0 = torch.broadcast_tensors(alpha1, b0)  # type: ignore[no-untyped-call]
        return (self.inner(alpha1) * self.outer(b0)).sum(dim=0)

    def inner(self, alpha1: Tensor) -> Tensor:
        """Return hhat_i(alpha1), constant beyond its clip, along a new first axis.

        Args:
            alpha1: of any shape.

        Returns:
            One number for each degree, shape ``(degree + 1, *alpha1.shape)``.
        """
        tables = {c: hermite.normalised(self.degree, alpha1.clamp(-c, c)) for c in set(self.clip)}
        return torch.stack([tables[c][i] for i, c in enumerate(self.clip)])

    def slope(self, alpha1: Tensor) -> Tensor:
        """Return hhat_i'(alpha1) = sqrt(i) hbar_{i-1}(alpha1), zero beyond the clip.

        Args:
            alpha1: of any shape.

        Returns:
            One number for each degree, shape ``(degree + 1, *alpha1.shape)``.
        """
        hbar = hermite.normalised(self.degree, alpha1)
        slopes = [
            math.sqrt(i) * hbar[max(i - 1, 0)] * (alpha1.abs() <= c)
            for i, c in enumerate(self.clip)
        ]
        return torch.stack(slopes)

    def sup(self) -> float:
        """Return sup |h|, by a grid that zooms in on the largest value."""
        return self._largest(self.inner, first_unbounded=1)

    def lipschitz(self) -> float:
        """Return the Lipschitz constant in alpha1, by a grid that zooms in."""
        return self._largest(self.slope, first_unbounded=2)

    def second_moment(self) -> float:
        """Return E[h(alpha1, b0)^2]."""
        return self.moment(2)

    def moment(self, order: int) -> float:
        """Return E[h(alpha1, b0)^order] by Gauss-Legendre between all jumps and kinks.

        Args:
            order: the power, at least 1.

        Returns:
            The expectation over independent alpha1, b0 ~ N(0, 1).
        """
        kinks = torch.tensor(self.clip, dtype=torch.float64)
        a, weight_a = hermite.composite(self._edges(torch.cat([-kinks, kinks])))
        b, weight_b = hermite.composite(self._edges(self.outer.breaks))
        h = self.inner(a).T @ self.outer(b)
        weight_a, weight_b = weight_a * hermite.density(a), weight_b * hermite.density(b)
        return float(weight_a @ h**order @ weight_b)

    def expectation(self, x1: Tensor) -> Tensor:
        """Return E[1{alpha >= -b0} h(alpha1, b0)] at each x1, the sum of :meth:`terms`.

        Args:
            x1: in [-1, 1], shape ``(n,)``.

        Returns:
            Shape ``(n,)``, which approximates phi(x1).
        """
        return self.terms(x1).sum(dim=0)

    def terms(self, x1: Tensor) -> Tensor:
        """Return E[1{alpha >= -b0} hhat_i(alpha1) g_i(b0)] for each i at each x1.

        int phi_N(alpha) (int_{-alpha}^inf g_i phi_N) E_beta[hhat_i(alpha x1 + beta s)] dalpha

        with s = sqrt(1 - x1^2). Both inner integrals are closed forms, so that one quadrature is
        left, over alpha, split where an outer function jumps and where a clip is felt.

        Args:
            x1: points in [-1, 1], shape ``(n,)``.

        Returns:
            The expectations, shape ``(degree + 1, n)``.

        Raises:
            ValueError: if some ``|x1| > 1``.
        """
        check_x1(x1)
        felt = [c if c < 2 * self._reach else math.inf for c in self.clip]
        finite = torch.tensor(sorted({c for c in felt if c < math.inf}), dtype=torch.float64)
        fixed = self._edges(-self.outer.breaks).expand(len(x1), -1)
        edges = torch.cat([fixed, hermite.bends(torch.cat([-finite, finite]), x1)], dim=1)
        edges = edges.clamp(-self._reach, self._reach).sort(dim=1).values
        alpha, weight = hermite.composite(edges, order=10)
        smoothed = {c: hermite.smoothed(self.degree, alpha, x1[:, None], c) for c in set(felt)}
        mass, weight = self.outer.mass(-alpha), weight * hermite.density(alpha)
        return torch.stack(
            [(weight * mass[i] * smoothed[c][i]).sum(dim=1) for i, c in enumerate(felt)]
        )

    @property
    def _reach(self) -> float:
        """Where hbar_degree^2 times the density has long vanished."""
        return 2 * math.sqrt(self.degree) + REACH

    def _edges(self, breaks: Tensor) -> Tensor:
        """Return the ends of panels of length about one, and the breaks."""
        regular = torch.linspace(
            -self._reach, self._reach, math.ceil(2 * self._reach), dtype=torch.float64
        )
        return torch.unique(torch.cat([regular, breaks[breaks.abs() < self._reach]]))

    def _largest(self, inner: Callable[[Tensor], Tensor], *, first_unbounded: int) -> float:
        """Return the largest |sum_i inner_i(alpha1) g_i(b0)|."""
        terms = list(zip(self.outer.weight.tolist(), self.clip, strict=True))
        if any(w != 0 and c == math.inf for w, c in terms[first_unbounded:]):
            return math.inf
        end = max([c for c in self.clip if c < math.inf], default=self._reach)
        panels = self._edges(self.outer.breaks)
        a = torch.linspace(-end, end, 4001, dtype=torch.float64)
        b, _ = hermite.composite(panels)
        largest, a_step, b_step = 0.0, end / 2000, 0.1
        # First a coarse grid, then ever finer ones around its largest value, which stay within one
        # panel: g_i jumps at its ends.
        zoom = torch.linspace(-1, 1, 41, dtype=torch.float64)
        for _ in range(7):
            h = (inner(a).T @ self.outer(b)).abs()
            largest = max(largest, float(h.max()))
            i, j = divmod(int(h.argmax()), len(b))
            right = int(torch.searchsorted(panels, b[j]))
            # A step does not contain its lower end: there the value is that of the panel before.
            low, high = panels[right - 1] + 1e-12, panels[right]
            a, b = (a[i] + a_step * zoom).clamp(-end, end), (b[j] + b_step * zoom).clamp(low, high)
            a_step, b_step = a_step / 10, b_step / 10
        return largest


def check_x1(x1: Tensor) -> None:
    """Refuse points outside [-1, 1]: x1 is the cosine of an angle.

    Args:
        x1: shape ``(n,)``.

    Raises:
        ValueError: if there is one.
    """
    if x1.numel() and not bool((x1.abs() <= 1).all()):
        raise ValueError(f"x1 must lie in [-1, 1], got {float(x1[~(x1.abs() <= 1)][0])}")


def _column(values: Tensor, like: Tensor) -> Tensor:
    """Return a vector as a first axis before the axes of ``like``."""
    return values.to(like).reshape(-1, *[1] * like.ndim)
