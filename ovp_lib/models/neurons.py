"""One neuron of the second layer at random initialisation, and points at which to evaluate it.

n1(x) = sum_i v_{1,i} relu(<w_i, x> + b_i)    (Going Beyond Two Layers, Lemma 6.4)
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from ovp_lib.maths import elementary


class Neurons(NamedTuple):
    """Independent draws of one neuron of the second layer and of the first layer under it.

    Attributes:
        v: its weights v_1, entries N(0, 1/m2), shape ``(e, m)``.
        W: first layer, entries N(0, 1/m1), shape ``(e, m, d)``.
        b: biases of the first layer, entries N(0, 1/m1), shape ``(e, m)``.
        m2: second width, which only the scale of ``v`` depends on.
    """

    v: Float[Tensor, "e m"]
    W: Float[Tensor, "e m d"]
    b: Float[Tensor, "e m"]
    m2: int

    def to(self, reference: Tensor) -> "Neurons":
        """Return the neurons on the device and in the precision of ``reference``.

        Args:
            reference: a tensor on the device and in the precision wanted.

        Returns:
            Neurons of the same shapes.
        """
        return Neurons(self.v.to(reference), self.W.to(reference), self.b.to(reference), self.m2)


def draw_neurons(n: int, generator: Generator, *, d: int, m1: int, m2: int) -> Neurons:
    """Draw neurons at random initialisation, in float64 on the CPU.

    Args:
        n: number of independent draws.
        generator: source of randomness.
        d: input dimension, padding included.
        m1: width of the first layer.
        m2: width of the second layer.

    Returns:
        Independent neurons with the distribution of Section 4, n of them.

    Raises:
        ValueError: if a size is below 1.
    """
    if min(n, d, m1, m2) < 1:
        raise ValueError(f"n, d, m1 and m2 must be at least 1, got {n, d, m1, m2}")
    normal = torch.randn(n, m1, d + 2, generator=generator, dtype=torch.float64)
    first = normal[..., :-1] / math.sqrt(m1)
    return Neurons(normal[..., -1] / math.sqrt(m2), first[..., :-1], first[..., -1], m2)


def points_along(
    direction: Float[Tensor, " d"], x1: Float[Tensor, " n"], generator: Generator
) -> Float[Tensor, "n d"]:
    """Return unit points with x_d = 1/2 and <w*, x> = x1, on a circle with a random other axis.

    Args:
        direction: the unit vector w*, orthogonal to e_d, of at least three coordinates.
        x1: in [-sqrt(3)/2, sqrt(3)/2].
        generator: source of randomness of the other axis.

    Raises:
        ValueError: if the direction is not allowed or some x1 is too large.
    """
    check_direction(direction)
    if len(direction) < 3 or not (x1.abs() <= math.sqrt(0.75)).all():
        raise ValueError(
            f"points need d >= 3 and |x1| <= sqrt(3)/2, got d = {len(direction)} and x1 up to "
            f"{x1.abs().max().item():.3g}"
        )
    across = torch.randn(len(direction), generator=generator, dtype=torch.float64).to(direction)
    across[-1] = 0.0
    across -= (across @ direction) * direction
    across /= across.norm()
    x = x1[:, None] * direction + elementary.sqrt((0.75 - x1**2).clamp(min=0.0))[:, None] * across
    x[:, -1] = 0.5
    return x


def check_direction(direction: Float[Tensor, " d"]) -> None:
    """Refuse a w* that is no unit vector, or sees the padded coordinate.

    Args:
        direction: w*, shape ``(d,)``; its last coordinate is the padded one.

    Raises:
        ValueError: if it is one of these.
    """
    if abs(direction.norm().item() - 1) > 1e-9 or abs(direction[-1].item()) > 1e-9:
        raise ValueError(
            "w* must be a unit vector orthogonal to the padded coordinate e_d, got norm "
            f"{direction.norm().item():.6g} and last coordinate {direction[-1].item():.6g}"
        )
