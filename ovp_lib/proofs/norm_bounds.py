r"""Generalisation bounds by norms of the weights: Bartlett et al. (2017), Neyshabur et al. (2017).

A matrix acts from the left, h -> relu(A h), so that row i of A has the weights into neuron i. With
A_l after training and M_l a reference that is fixed before the data are seen (the initialisation,
or 0), n points of length at most one, and a margin gamma, the slides print, without constants and
logarithms,

    Bartlett:   outer / sqrt(n) prod_l ||A_l||_2
                  [sum_l (||A_l^T - M_l^T||_{2,1} / ||A_l||_2)^(2/3)]^(3/2),
    Neyshabur:  L outer / sqrt(n) prod_l ||A_l||_2
                  [sum_l (sqrt(m) ||A_l - M_l||_F / ||A_l||_2)^2]^(1/2),

both to be divided by gamma. The theorem of Neyshabur et al. (2017) has M_l = 0 (so restated by
Xiao, Sun and Luo, 2023, Theorem 2); the slides subtract the initialisation. On the slides
``outer`` is sqrt(m): the 2-norm of output weights +-1 that are not trained, so that they add
nothing to the sums.

The norms: || . ||_2 is the largest singular value, || . ||_F the root of the sum of squares, and
|| . ||_{2,1} the sum, over the columns, of the columns' 2-norms. Of A^T these are the rows of A.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ovp_lib.maths import elementary


class LayerNorms(NamedTuple):
    """Norms of the trained matrices A_l of an ensemble, in float64.

    Attributes:
        spectral: ||A_l||_2, shape ``(e, layers)``.
        rows: ||A_l^T - M_l^T||_{2,1}, over the rows of A_l: over neurons, shape ``(e, layers)``.
        columns: ||A_l - M_l||_{2,1}, over its columns: over inputs of the layer.
        frobenius: ||A_l - M_l||_F.
    """

    spectral: Float[Tensor, "e l"]
    rows: Float[Tensor, "e l"]
    columns: Float[Tensor, "e l"]
    frobenius: Float[Tensor, "e l"]

    def product(self) -> Float[Tensor, " e"]:
        """Return the product of the spectral norms."""
        return self.spectral.prod(dim=1)


class BoundFactors(NamedTuple):
    """The factors of a bound, whose product it is; each of shape ``(e,)``.

    Attributes:
        outer: norm of what is not trained, over sqrt(n).
        spectral: product of the spectral norms.
        distance: the bracket: how far the weights are from the reference, relative to their size.
    """

    outer: Float[Tensor, " e"]
    spectral: Float[Tensor, " e"]
    distance: Float[Tensor, " e"]

    def bound(self) -> Float[Tensor, " e"]:
        """Return the bound at a margin of one."""
        return self.outer * self.spectral * self.distance


def two_one(A: Float[Tensor, "*e r c"]) -> Float[Tensor, "*e"]:
    """Return ||A||_{2,1}, the sum over columns of their 2-norms.

    Args:
        A: matrices.

    Example:
        >>> two_one(torch.tensor([[3.0, 0.0], [4.0, 1.0]]))
        tensor(6.)
    """
    return A.norm(dim=-2).sum(dim=-1)


def layer_norms(
    trained: Sequence[Float[Tensor, "e _ _"]],
    reference: Sequence[Float[Tensor, "e _ _"]] | None = None,
    *,
    known: LayerNorms | None = None,
) -> LayerNorms:
    """Return the norms that both bounds are made of, from singular values in float64.

    Args:
        trained: A_1, ..., A_L, each of shape ``(e, rows, columns)``; a matrix acts from the left.
        reference: M_1, ..., M_L of the same shapes; ``None`` for zeros.
        known: norms of the same matrices with another reference, whose singular values are taken.

    Returns:
        The norms, on the CPU.

    Raises:
        ValueError: if there is no layer, shapes differ, a weight is not finite, or a layer is 0.

    Example:
        >>> A = torch.diag(torch.tensor([3.0, 4.0]))[None]
        >>> norms = layer_norms([A])
        >>> [round(float(norm), 6) for norm in norms]
        [4.0, 7.0, 7.0, 5.0]
    """
    start = [torch.zeros_like(A) for A in trained] if reference is None else reference
    _require_layers(trained, start)
    A = [layer.detach().cpu().double() for layer in trained]
    D = [layer - M.detach().cpu().double() for layer, M in zip(A, start, strict=True)]
    spectral = _spectral(A) if known is None else known.spectral
    if not bool((spectral > 0).all()):
        raise ValueError("a layer is 0: its distance relative to its spectral norm is undefined")
    return LayerNorms(
        spectral,
        torch.stack([two_one(layer.mT) for layer in D], dim=1),
        torch.stack([two_one(layer) for layer in D], dim=1),
        torch.stack([layer.norm(dim=(1, 2)) for layer in D], dim=1),
    )


def bartlett(norms: LayerNorms, *, n: int, outer: float = 1.0, by: str = "rows") -> BoundFactors:
    """Return the factors of the bound of Bartlett et al. (2017) as the slides print it.

    Args:
        norms: of all trained layers.
        n: number of points, each of length at most one.
        outer: norm of the output weights if they are not trained, sqrt(m) on the slides; else 1.
        by: ``rows`` for ||A^T - M^T||_{2,1} of the paper, ``columns`` for ||A - M||_{2,1}.

    Returns:
        The factors, without constants and logarithms.

    Raises:
        ValueError: if n or ``outer`` is out of range, or ``by`` is neither.

    Example:
        >>> norms = layer_norms([torch.eye(2)[None], 2 * torch.eye(2)[None]])
        >>> round(float(bartlett(norms, n=4).bound()), 4)  # (1/2) 2 (2^(2/3) + 2^(2/3))^(3/2)
        5.6569
    """
    if by not in ("rows", "columns"):
        raise ValueError(f"the (2,1)-norm is taken by rows or by columns, got {by!r}")
    moved = norms.rows if by == "rows" else norms.columns
    relative = (moved / norms.spectral).pow(2 / 3).sum(dim=1)
    return BoundFactors(
        _outer(norms, n, outer), norms.product(), relative * elementary.sqrt(relative)
    )


def neyshabur(norms: LayerNorms, *, n: int, width: int, outer: float = 1.0) -> BoundFactors:
    """Return the factors of the bound that the slides attribute to Neyshabur et al. (2018).

    It is the PAC-Bayes bound of arXiv:1707.09564. The factor L belongs to ``distance``.

    Args:
        norms: of all trained layers.
        n: number of points, each of length at most one.
        width: m, the largest number of neurons of a layer.
        outer: norm of the output weights if they are not trained, sqrt(m) on the slides; else 1.

    Returns:
        The factors, without constants and logarithms. The bound is never below that of
        :func:`bartlett`, since ||D^T||_{2,1} <= sqrt(m) ||D||_F for a matrix of m rows, and
        (sum a^(2/3))^(3/2) <= L (sum a^2)^(1/2) for L numbers.

    Raises:
        ValueError: if n, ``width`` or ``outer`` is out of range.

    Example:
        >>> norms = layer_norms([torch.eye(2)[None], 2 * torch.eye(2)[None]])
        >>> round(float(neyshabur(norms, n=4, width=2).bound()), 4)  # 2 (1/2) 2 sqrt(4 + 4)
        5.6569
    """
    if width < 1:
        raise ValueError(f"a width must be at least 1, got {width}")
    layers = norms.spectral.shape[1]
    squares = width * (norms.frobenius / norms.spectral).square().sum(dim=1)
    return BoundFactors(_outer(norms, n, outer), norms.product(), layers * elementary.sqrt(squares))


def margins(outputs: Float[Tensor, "e n k"], signs: Float[Tensor, "e n k"]) -> Float[Tensor, "e n"]:
    """Return the margins y f(x), negative where a network is wrong.

    Args:
        outputs: f(x), shape ``(e, n, 1)``.
        signs: y, -1 or 1, of the same shape.

    Raises:
        ValueError: if shapes differ, a label is no sign, or a member has one class only.

    Example:
        >>> margins(torch.tensor([[[2.0], [3.0]]]), torch.tensor([[[1.0], [-1.0]]]))
        tensor([[ 2., -3.]])
    """
    if outputs.shape != signs.shape or outputs.shape[-1] != 1:
        raise ValueError(f"need outputs and signs (e, n, 1), got {outputs.shape}, {signs.shape}")
    if not bool((signs.abs() == 1).all()) or not bool(_both(signs).all()):
        raise ValueError("labels must be -1 and 1, and each member must have both")
    return (signs * outputs)[..., 0]


def margin_level(margins: Float[Tensor, "e n"], share: float) -> Float[Tensor, " e"]:
    """Return the margin gamma below which a given share of the points lies.

    Args:
        margins: of the training points, shape ``(e, n)``.
        share: in [0, 1): at most floor(share n) points have a margin below gamma; 0 is the least.

    Raises:
        ValueError: if ``share`` is out of range.

    Example:
        >>> margin_level(torch.tensor([[4.0, 1.0, 2.0, 3.0]]), 0.25)
        tensor([2.])
    """
    if not 0 <= share < 1:
        raise ValueError(f"the share of points below the margin must be in [0, 1), got {share}")
    return margins.sort(dim=1).values[:, math.floor(share * margins.shape[1])]


def at_margin(bound: Float[Tensor, " e"], gamma: Float[Tensor, " e"]) -> Float[Tensor, " e"]:
    """Return a bound divided by the margin.

    Args:
        bound: at a margin of one.
        gamma: margins.

    Raises:
        ValueError: if a margin is not positive: the bound says nothing there.

    Example:
        >>> at_margin(torch.tensor([6.0]), torch.tensor([2.0]))
        tensor([3.])
    """
    if not bool((gamma > 0).all()):
        raise ValueError(f"a bound needs positive margins, got one of {float(gamma.min()):.3g}")
    return bound / gamma


def _spectral(A: Sequence[Float[Tensor, "e _ _"]]) -> Float[Tensor, "e l"]:
    return torch.stack([torch.linalg.svdvals(layer)[:, 0] for layer in A], dim=1)


def _both(signs: Float[Tensor, "e n 1"]) -> Bool[Tensor, " e"]:
    return (signs.amax(dim=(1, 2)) > 0) & (signs.amin(dim=(1, 2)) < 0)


def _outer(norms: LayerNorms, n: int, outer: float) -> Float[Tensor, " e"]:
    if n < 1 or not outer > 0:
        raise ValueError(f"need n >= 1 and a positive outer norm, got {n} and {outer}")
    return torch.full_like(norms.spectral[:, 0], outer / math.sqrt(n))


def _require_layers(trained: Sequence[Tensor], reference: Sequence[Tensor]) -> None:
    shapes = [tuple(A.shape) for A in trained]
    if not shapes or shapes != [tuple(M.shape) for M in reference]:
        raise ValueError(f"need at least one layer, and a reference for each, got shapes {shapes}")
    if not all(bool(A.isfinite().all()) for A in (*trained, *reference)):
        raise ValueError("a weight is not finite: training has diverged")
