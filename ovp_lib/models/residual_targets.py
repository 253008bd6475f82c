r"""Targets with a base and a composite signal, H(x) = beta F(x) + alpha G(F(x)).

Concept 1 of *What Can ResNet Learn Efficiently*, with beta = 1, at the two instances that the paper
measures or proves something about. Inputs are uniform on the hypercube {-1, 1}^d. Every coordinate
of F and of G(F) is then a parity, never the same one for both, so that

    E ||F||^2 = E ||G(F)||^2 = k,   E <F, G(F)> = 0:

a learner that has F and nothing of G(F) has an error of k alpha^2.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from ovp_lib.models.ensemble import Ensemble
from ovp_lib.models.inputs import hypercube


class _Parts(NamedTuple):
    x: Float[Tensor, "e n d"]
    base: Float[Tensor, "e n k"]
    composite: Float[Tensor, "e n k"]


class Parts(Ensemble, _Parts):
    """Inputs with both signals, in float64.

    Attributes:
        x: shape ``(e, n, d)``.
        base: F(x), shape ``(e, n, k)``.
        composite: G(F(x)), shape ``(e, n, k)``.
    """

    __slots__ = ()

    def labels(self, alpha: float, beta: float = 1.0) -> Float[Tensor, "e n k"]:
        """Return H(x) = beta F(x) + alpha G(F(x)).

        Args:
            alpha: weight of the composite signal, at least 0.
            beta: weight of the base signal, at least 0; the paper's is 1.

        Returns:
            Labels without noise, shape ``(e, n, k)``.
        """
        return beta * self.base + alpha * self.composite

    def coefficients(self, outputs: Float[Tensor, "e n k"]) -> Float[Tensor, "e 2"]:
        """Return how much of F and of G(F) is in the outputs of each member.

        The least-squares fit of b F + c G(F) to all outputs together; H itself has (beta, alpha).

        Args:
            outputs: of a network, at ``x``.
        """
        signals = torch.stack([self.base.flatten(1), self.composite.flatten(1)], dim=2)
        wanted = outputs.to(signals).flatten(1).unsqueeze(2)
        # By QR without pivots: those of the default depend on what happens to be in memory.
        return torch.linalg.lstsq(signals, wanted, driver="gels")[0][..., 0]


@dataclass(frozen=True)
class ResidualTarget:
    """The two functions of a target on the hypercube.

    Attributes:
        name: how parameters name it.
        formula: in words for a caption.
        d: input dimension.
        k: number of outputs.
        base: F, from ``(..., d)`` to ``(..., k)``.
        composite: G, from ``(..., k)`` to ``(..., k)``.
    """

    name: str
    formula: str
    d: int
    k: int
    base: Callable[[Tensor], Tensor]
    composite: Callable[[Tensor], Tensor]

    def at(self, x: Float[Tensor, "e n d"]) -> Parts:
        """Evaluate both signals.

        Args:
            x: points of each member, shape ``(e, n, d)``.

        Returns:
            The points with F and G(F) there.
        """
        base = self.base(x)
        return Parts(x, base, self.composite(base))

    def draw(self, n: int, generators: Sequence[Generator]) -> Parts:
        """Draw ``n`` inputs, uniform on {-1, 1}^d, for each generator.

        Args:
            n: number of points for each member, at least 1.
            generators: one source of randomness for each member.

        Returns:
            The points with F and G(F) there, in float64 on the CPU.
        """
        cube = hypercube(self.d)
        return self.at(torch.stack([cube(n, generator) for generator in generators]))


def hard_instance(d: int = 30, k: int = 4) -> ResidualTarget:
    """Return the instance behind the lower bound (ResNet paper, Section 7).

    F(x) = (x_1, ..., x_k),   G(y) = (y_1 y_2 ... y_k) on every output.

    The paper draws the k coordinates at random and scales inputs to 1 / sqrt(d), which W* undoes;
    for learners that treat coordinates alike, taking the first k makes no difference.

    Args:
        d: input dimension, at least k.
        k: coordinates, which is also the number of outputs, at least 2.

    Returns:
        The target, named "hard".

    Raises:
        ValueError: if not 1 < k <= d; with k = 1 F and G(F) are the same.

    Example:
        >>> parts = hard_instance(d=3, k=2).at(torch.tensor([[[1.0, -1.0, 1.0]]]))
        >>> parts.base.tolist(), parts.composite.tolist()
        ([[[1.0, -1.0]]], [[[-1.0, -1.0]]])
    """
    if not 1 < k <= d:
        raise ValueError(f"the hard instance needs 1 < k <= d, got k = {k} and d = {d}")

    def composite(y: Tensor) -> Tensor:
        return y.prod(dim=-1, keepdim=True).expand_as(y)

    product = "·".join(("x₁", "…", f"x_{k}"))
    formula = f"x_i + α {product}, i = 1 … {k}"
    return ResidualTarget("hard", formula, d, k, lambda x: x[..., :k], composite)


def resnet_figure_2(d: int = 30) -> ResidualTarget:
    """Return the target of Figure 2 (ResNet paper, experiments), which has k = 8 outputs.

    F(x) = (x_1 x_2, x_3 x_4, ..., x_15 x_16),
    G(y) = (y_1 y_2 y_3 y_4 four times, y_5 y_6 y_7 y_8 four times).

    Args:
        d: input dimension, at least 16.

    Returns:
        The target, named "figure-2".

    Raises:
        ValueError: if d < 16.

    Example:
        >>> resnet_figure_2(16).at(torch.ones(1, 1, 16)).composite.shape
        torch.Size([1, 1, 8])
    """
    if d < 16:
        raise ValueError(f"the target of Figure 2 needs d >= 16, got {d}")

    def base(x: Tensor) -> Tensor:
        return x[..., 0:16:2] * x[..., 1:16:2]

    def composite(y: Tensor) -> Tensor:
        halves = torch.stack([y[..., :4].prod(dim=-1), y[..., 4:].prod(dim=-1)], dim=-1)
        return halves.repeat_interleave(4, dim=-1)

    return ResidualTarget("figure-2", "products of pairs, and of eight", d, 8, base, composite)


INSTANCES: dict[str, Callable[[int], ResidualTarget]] = {
    "hard": hard_instance,
    "figure-2": resnet_figure_2,
}
"""Both instances by name, for an input dimension."""
