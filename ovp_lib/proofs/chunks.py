r"""Chunks of the first layer that carry one inner function each (Claim C.3, as its proof does it).

The first layer is cut into p2 S chunks. Lemma 6.4, applied to chunk (j, l) of m1 / (p2 S) neurons,
finds a Gaussian rho_{j,l} times phi_{1,j,eps}, a noise and a rest; sums over l give

    n_q(x) = sum_j rho_j phi_{1,j,eps}(x) + sum_j B_j(x) + sum_j R_j(x),
    alpha_j = C' rho_j ~ N(0, 1/m2),    C' = C sqrt(p2 / tau) = 10 C sqrt(p2)    for tau = 1/100.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from ovp_lib.proofs.information import Indicator, sample_pieces


class Chunks(NamedTuple):
    """Draws of one neuron, taken apart by the inner functions.

    Attributes:
        n: the neuron, shape ``(draws, n)``.
        alpha: the Gaussian of each function, of variance 1/m2, shape ``(draws, p2)``.
        B: the noise of each function's chunks, shape ``(draws, p2, n)``.
        R: the rest of each function's chunks, shape ``(draws, p2, n)``.
        C_prime: C', by which every function is divided.
    """

    n: Float[Tensor, "draws n"]
    alpha: Float[Tensor, "draws p2"]
    B: Float[Tensor, "draws p2 n"]
    R: Float[Tensor, "draws p2 n"]
    C_prime: float


def chunk_constant(bound: float, p2: int, tau: float = 0.01) -> float:
    """Return C' = C sqrt(p2 / tau), which is 10 C sqrt(p2) at the paper's tau.

    Args:
        bound: C, at least 2 sup|h|.
        p2: inner functions.
        tau: share of the neurons that are used, in (0, 1/100].

    Example:
        >>> chunk_constant(3.0, 4)
        60.0
    """
    return bound * math.sqrt(p2 / tau)


def sample_chunks(
    draws: int,
    generator: Generator,
    x: Float[Tensor, "n d"],
    directions: Float[Tensor, "p2 d"],
    functions: Sequence[Indicator],
    phi_eps: Float[Tensor, "p2 n"],
    *,
    chunks: int,
    m1: int,
    m2: int,
    bound: float,
    tau: float = 0.01,
) -> Chunks:
    """Draw neurons, and take each apart chunk by chunk.

    Args:
        draws: number of independent neurons, with first layers of their own.
        generator: source of randomness.
        x: points with norm 1 and x_d = 1/2.
        directions: w*_{1,j}, unit vectors orthogonal to e_d.
        functions: h_j of Lemma 6.3 for each phi_{1,j}.
        phi_eps: what h_j makes of phi_{1,j} at each point.
        chunks: S, chunks for each function.
        m1: width of the first layer, a multiple of p2 S.
        m2: width of the second layer.
        bound: C, at least 2 sup|h_j| for every j.
        tau: share of the neurons that are used, in (0, 1/100].

    Returns:
        The neurons and their pieces, on the CPU.

    Raises:
        ValueError: if ``m1`` is no multiple of p2 S, or as in
            :func:`~ovp_lib.proofs.information.sample_pieces`.
    """
    p2 = len(functions)
    if chunks < 1 or m1 % (p2 * chunks):
        raise ValueError(f"m1 must be a multiple of p2 S = {p2 * chunks}, got {m1}")
    scale = 1 / math.sqrt(p2 * chunks)  # W and b of a chunk are that much smaller
    size = m1 // (p2 * chunks)
    found = []
    for j in range(p2):
        parts = [
            sample_pieces(
                draws,
                generator,
                x,
                directions[j],
                functions[j],
                phi_eps[j],
                m1=size,
                m2=m2,
                bound=bound,
                tau=tau,
            )
            for _ in range(chunks)
        ]
        found.append([scale * sum_of([getattr(q, name) for q in parts]) for name in PARTS])
    n, rho, B, R = (torch.stack(part, dim=1) for part in zip(*found, strict=True))
    C_prime = chunk_constant(bound, p2, tau)
    return Chunks(n.sum(dim=1), C_prime * rho, B, R, C_prime)


PARTS = ("n1", "rho", "B", "R")
"""What is summed over the chunks of one function."""


def sum_of(parts: Sequence[Tensor]) -> Tensor:
    """Return the sum of tensors of one shape.

    Args:
        parts: at least one.
    """
    return torch.stack(list(parts)).sum(dim=0)
