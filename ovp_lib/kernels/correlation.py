r"""Kernels on the hypercube that depend on <x, x'> alone: their spectrum, and exact risks.

Such a kernel is diagonal in the parities (Krawtchouk transform of its values),

    K(x, x') = kappa(h) = sum_l xi_l K_l(h),   xi_l = 2^(-d) sum_h kappa(h) K_h(l),

with h the Hamming distance of x and x'. So everything about a function f = sum_n c_n K(x_n, .) is
known exactly in any dimension, without a test set: for a target with parts g_l at the levels l,

    E |f - g|^2 = c^T Q c - 2 c^T t + E g^2,
    Q = sum_l xi_l^2 K_l(h(X, X)),   t = sum_l xi_l g_l(X).

Correlation kernels are those of Theorem 2 of *What Can ResNet Learn Efficiently*.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ovp_lib.maths.krawtchouk import hamming, krawtchouk
from ovp_lib.maths.positive import solve_positive

Kernel = Callable[[Tensor, Tensor], Tensor]
"""``(x, x2) -> K`` of shapes ``(n, d)``, ``(n2, d)`` and ``(n, n2)``."""

CUT_OFF = 1e-13
"""Eigenvalues of n points below n times that, relative to the largest, are rounding: their
directions are left out."""


class CorrelationKernel(NamedTuple):
    """A kernel on {-1, 1}^d by its values.

    Attributes:
        profile: kappa(h) at the distances h = 0..d.
        spectrum: xi_l of the levels l = 0..d, at least 0; exactly 0 where it is below rounding.
    """

    profile: Float[Tensor, " h"]
    spectrum: Float[Tensor, " l"]

    def gram(self, distances: Int[Tensor, "n n2"]) -> Float[Tensor, "n n2"]:
        """Return K between points at those Hamming distances.

        Args:
            distances: Hamming distances, in 0..d, shape ``(n, n2)``.

        Returns:
            Shape ``(n, n2)``.
        """
        return at_distances(self.profile, distances)

    def overlaps(self, distances: Int[Tensor, "n n2"]) -> Float[Tensor, "n n2"]:
        """Return E K(x_i, x) K(x_j, x), over x, of the sections at points at those distances.

        Args:
            distances: Hamming distances, in 0..d, shape ``(n, n2)``.

        Returns:
            Shape ``(n, n2)``.
        """
        profile = self.spectrum.square() @ krawtchouk(len(self.profile) - 1)
        return at_distances(profile, distances)

    def against(self, parts: Mapping[int, Tensor]) -> Tensor:
        """Return t = E K(x_i, x) g(x) for targets with those parts, by level, at the points.

        Args:
            parts: for each level in 0..d on which a target lives, its part of that level at the
                points, shapes ``(n, ...)``.

        Returns:
            Of the shape of each part.
        """
        terms = [self.spectrum[level] * values for level, values in parts.items()]
        return torch.stack(terms).sum(dim=0)


def correlation_kernel(kernel: Kernel, d: int) -> CorrelationKernel:
    """Evaluate a kernel on {-1, 1}^d at the distances that determine it.

    Args:
        kernel: a function of <x, x'> alone, or of the distance.
        d: dimension.

    Returns:
        The kernel by distance, and its eigenvalues by level.

    Raises:
        ValueError: if the kernel depends on more, which a few pairs are tested for, or has a
            negative eigenvalue.

    Example:
        >>> correlation_kernel(lambda x, x2: (x @ x2.mT) ** 2, d=3).spectrum.tolist()
        [3.0, 0.0, 2.0, 0.0]
    """
    flips = 1.0 - 2.0 * torch.ones(d + 1, d, dtype=torch.float64).tril(-1)
    profile = kernel(flips[:1], flips)[0]
    _depends_on_the_distance(kernel, profile)
    spectrum = profile @ krawtchouk(d) / 2.0**d
    # As |K_h(l)| <= C(d, h), which add up to 2^d, rounding grows with max |kappa| and not with 2^d.
    rounding = 32 * torch.finfo(spectrum.dtype).eps * profile.abs().max()
    if spectrum.min() < -rounding:
        raise ValueError(
            "a kernel must be positive semi-definite, got the eigenvalue "
            f"{spectrum.min().item():.3g} at level {int(spectrum.argmin())}"
        )
    return CorrelationKernel(profile, torch.where(spectrum > rounding, spectrum, 0.0))


def level_overlaps(
    x: Float[Tensor, "n d"], parities: Float[Tensor, "n s"], level: int
) -> Float[Tensor, " s"]:
    """Return h_S of the sections of any correlation kernel with xi_k > 0, in any dimension.

    The coefficients of sections at level k are xi_k chi_S(x_n), the same for all of these kernels
    up to a factor, and h_S = b^T G^+ b with b = chi_S(X) and G = K_k(h(X, X)).

    Args:
        x: training points.
        parities: chi_S(X), one S a column.
        level: k.

    Raises:
        ValueError: if the level is not in 0..d.
    """
    d = x.shape[1]
    if not 0 <= level <= d:
        raise ValueError(f"a level must lie in 0..{d}, got {level}")
    return _explained(at_distances(krawtchouk(d)[level], hamming(x, x)), parities)


def best_errors(
    kernel: CorrelationKernel,
    x: Float[Tensor, "n d"],
    parts: Mapping[int, Tensor],
    power: float,
) -> Float[Tensor, " s"]:
    """Return the least E |f - g|^2 of any f in the span of the sections, E g^2 - t^T Q^+ t.

    Directions in which Q is below rounding are left out, so that what is returned can be attained;
    where the spectrum falls steeply (a wide Gaussian), exact arithmetic could go lower.

    Args:
        kernel: K.
        x: training points.
        parts: values g_l(X) of the targets' parts, ``(n, s)`` by level l.
        power: E g^2, the same for all targets.
    """
    explained = _explained(kernel.overlaps(hamming(x, x)), kernel.against(parts))
    return (power - explained).clamp(min=0)


def ridge_errors(
    kernel: CorrelationKernel,
    x: Float[Tensor, "n d"],
    parts: Mapping[int, Tensor],
    power: float,
    penalties: Sequence[float],
) -> Float[Tensor, "p s"]:
    """Return E |f - g|^2 of ridge regression on noiseless labels, exactly, for every penalty.

    The estimators are those of :func:`ovp_lib.kernels.ridge_regression.ridge`.

    Args:
        kernel: K.
        x: training points.
        parts: values g_l(X) of the targets' parts, ``(n, s)`` by level l; labels are their sum.
        power: E g^2, the same for all targets.
        penalties: positive, relative to the mean of the eigenvalues of K(X, X).

    Raises:
        ValueError: if a penalty is not positive, or too small for a singular kernel.
    """
    labels, t = torch.stack(list(parts.values())).sum(dim=0), kernel.against(parts)
    found = _solutions(kernel, x, labels, penalties)
    return torch.stack([power + (c * (Qc - 2 * t)).sum(dim=0) for c, Qc in found])


def ridge_products(
    kernel: CorrelationKernel,
    x: Float[Tensor, "n d"],
    parts: Sequence[tuple[int, Tensor]],
    penalties: Sequence[float],
) -> Float[Tensor, "p s s"]:
    """Return E (f_a - g_a)(f_b - g_b) - E g_a g_b of ridge regression for pairs of targets.

    Ridge is linear in the labels, so that the error of a sum of targets adds up from these: many
    sums of a few targets cost no more than these few.

    Args:
        kernel: K.
        x: training points.
        parts: pairs of a level and values g_a(X) of targets of that level, one a column; s targets
            in all.
        penalties: as in :func:`ridge_errors`.
    """
    labels = torch.cat([values for _, values in parts], dim=1)
    t = torch.cat([kernel.against({level: values}) for level, values in parts], dim=1)
    products = []
    for c, Qc in _solutions(kernel, x, labels, penalties):
        crossed = c.mT @ t
        products.append(c.mT @ Qc - crossed - crossed.mT)
    return torch.stack(products)


def _solutions(
    kernel: CorrelationKernel, x: Tensor, labels: Tensor, penalties: Sequence[float]
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the coefficients c of ridge regression, and Q c, for each penalty."""
    if not min(penalties, default=0.0) > 0:
        raise ValueError(f"penalties must be positive, got {list(penalties)}")
    distances = hamming(x, x)
    K, Q = kernel.gram(distances), kernel.overlaps(distances)
    for penalty in penalties:
        c = solve_positive(K, labels, shift=penalty * (K.trace() / len(K)).item())
        if c is None:
            raise ValueError(f"the kernel is singular to rounding at the penalty {penalty:.3g}")
        yield c, torch.from_numpy(Q.numpy() @ c.numpy())  # NumPy's product, see maths.positive


def at_distances(profile: Float[Tensor, " h"], distances: Int[Tensor, "n n2"]) -> Tensor:
    """Return the values of a profile at distances.

    Args:
        profile: by distance, shape ``(d + 1,)``.
        distances: in 0..d, shape ``(n, n2)``.

    Returns:
        Of the shape of the distances.
    """
    return profile.index_select(0, distances.flatten()).view(distances.shape)


def _explained(gram: Tensor, t: Tensor) -> Float[Tensor, " s"]:
    """Return t^T gram^+ t for each column."""
    values, V = torch.linalg.eigh(gram)
    kept = values > CUT_OFF * len(gram) * values[-1]
    return ((V[:, kept].mT @ t).square() / values[kept].unsqueeze(1)).sum(dim=0)


def _depends_on_the_distance(kernel: Kernel, profile: Tensor) -> None:
    d = len(profile) - 1
    signs = torch.randint(2, (8, d), generator=torch.Generator().manual_seed(0))
    x = 1.0 - 2.0 * signs.to(profile)
    if not torch.allclose(kernel(x, x), profile[hamming(x, x)], rtol=1e-6):
        raise ValueError("the kernel must depend on <x, x'> alone on {-1, 1}^d, and does not")
