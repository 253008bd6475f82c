"""The two targets of Section 7 of Going Beyond Two Layers, and the inputs of its networks.

Inputs u are uniform on the unit sphere of R^4 ("normalized random Gaussian"). Section 7 does not
say whether they are padded as the theory asks (Section 3, footnote 5), so that is a choice here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from ovp_lib.models.inputs import pad, sphere

DIMENSION = 4
"""Coordinates of u that the targets see."""


@dataclass(frozen=True)
class FigureTarget:
    """A target (inner(u_1) + inner(u_2) + inner(u_3) - 2)^2 outer(u_4).

    Attributes:
        name: how parameters name it.
        formula: in words for a caption.
        inner: the function of the first three coordinates.
        outer: the function of the fourth.
    """

    name: str
    formula: str
    inner: Callable[[Tensor], Tensor]
    outer: Callable[[Tensor], Tensor]

    def __call__(self, u: Float[Tensor, "*shape 4"]) -> Float[Tensor, "*shape 1"]:
        """Evaluate the target at unpadded inputs."""
        inner = self.inner(u[..., :3]).sum(dim=-1, keepdim=True)
        return (inner - 2).square() * self.outer(u[..., 3:])


def _sine(z: Tensor) -> Tensor:
    return torch.sin(3 * z)


def _cosine(z: Tensor) -> Tensor:
    return torch.cos(7 * z)


def _tanh(z: Tensor) -> Tensor:
    return torch.tanh(8 * z)


TARGETS: dict[str, FigureTarget] = {
    "sine": FigureTarget("sine", "(sin 3x₁ + sin 3x₂ + sin 3x₃ − 2)² cos 7x₄", _sine, _cosine),
    "tanh": FigureTarget("tanh", "(tanh 8x₁ + tanh 8x₂ + tanh 8x₃ − 2)² tanh 8x₄", _tanh, _tanh),
}
"""``sine`` is the target of Figures 1 and 3, ``tanh`` that of Figure 2."""

CONVENTIONS: dict[str, Callable[[Tensor], Tensor]] = {"plain": lambda u: u, "padded": pad}
"""What the network sees of u: u itself, or (sqrt(3)/2 u, 1/2)."""


class Labelled(NamedTuple):
    """Inputs ``x`` of shape ``(e, n, d)`` and their labels ``y``, ``(e, n, 1)``, in float64."""

    x: Tensor
    y: Tensor


def draw(target: str, convention: str, n: int, generators: Sequence[Generator]) -> Labelled:
    """Draw ``n`` inputs with their labels for each generator.

    Args:
        target: a name of :data:`TARGETS`.
        convention: a name of :data:`CONVENTIONS`.
        n: number of points.
        generators: one source of randomness for each member.

    Returns:
        Inputs as the network sees them, d = 4 or 5, and labels without noise.

    Raises:
        ValueError: if a name is unknown.
    """
    for name, known in ((target, TARGETS), (convention, CONVENTIONS)):
        if name not in known:
            raise ValueError(f"expected one of {', '.join(known)}, got {name!r}")
    unit = sphere(DIMENSION)
    u = [unit(n, generator) for generator in generators]
    x = torch.stack([CONVENTIONS[convention](points) for points in u])
    return Labelled(x, TARGETS[target](torch.stack(u)))
