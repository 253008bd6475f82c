r"""A parity of few coordinates, and the two-layer network that the norm figure trains on it.

Figure 1 of *What Can ResNet Learn Efficiently* has inputs uniform on {-1/sqrt(d), 1/sqrt(d)}^d, so
that ||x|| = 1, labels chi(x) = prod_{i <= k} sqrt(d) x_i with k = 6, and the learner

    f(x) = a^T sigma(W x),   a fixed, half of its m entries 1/sqrt(m), half -1/sqrt(m),

without biases. The paper takes six coordinates at random; for a learner that treats coordinates
alike, taking the first ones makes no difference.
"""

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from ovp_lib.models.inputs import hypercube
from ovp_lib.models.networks import TwoLayer
from ovp_lib.models.weights import normal, require_sizes

INITIAL_STD: dict[str, Callable[[int], float]] = {
    "small": lambda m: 1 / math.sqrt(m),
    "unit": lambda _: 1.0,
}
"""Standard deviation of the entries of W before training, for a width m. The paper does not say:
"small" gives ||W||_F = sqrt(d) at every width, "unit" gives ||W||_F = sqrt(m d)."""


def draw(
    d: int, k: int, n: int, generators: Sequence[Generator]
) -> tuple[Float[Tensor, "e n d"], Float[Tensor, "e n 1"]]:
    """Draw ``n`` inputs and their parities, one set for each generator.

    Args:
        d: input dimension.
        k: coordinates in the parity, the first ones.
        n: points.
        generators: one source of randomness for each member.

    Returns:
        Inputs of norm 1 and labels -1 or 1, in float64 on the CPU.

    Raises:
        ValueError: if not 1 <= k <= d.
    """
    sampler = hypercube(d)
    signs = torch.stack([sampler(n, generator) for generator in generators])
    return signs / math.sqrt(d), parity(signs, k)


def parity(signs: Float[Tensor, "e n d"], k: int) -> Float[Tensor, "e n 1"]:
    """Return chi, the product of the first ``k`` coordinates of points of {-1, 1}^d.

    Args:
        signs: points of {-1, 1}^d, shape ``(e, n, d)``.
        k: number of coordinates, 1 <= k <= d.

    Returns:
        -1 or 1, shape ``(e, n, 1)``.

    Raises:
        ValueError: if not 1 <= k <= d.
    """
    d = signs.shape[2]
    if not 1 <= k <= d:
        raise ValueError(f"a parity has 1 <= k <= d coordinates, got k = {k} and d = {d}")
    return signs[..., :k].prod(dim=2, keepdim=True)


def network(W: Float[Tensor, "e m d"]) -> TwoLayer:
    """Return the learner with hidden weights ``W``: no biases, balanced fixed output weights.

    The first m/2 output weights are 1/sqrt(m), the others -1/sqrt(m).

    Args:
        W: hidden weights, shape ``(e, m, d)`` with an even m.

    Returns:
        The whole network, on the device and in the precision of ``W``.

    Raises:
        ValueError: if the width is odd.
    """
    e, m, _ = W.shape
    if m % 2:
        raise ValueError(f"half of the output weights are positive, so m must be even, got {m}")
    a = W.new_full((e, 1, m), 1 / math.sqrt(m))
    a[:, :, m // 2 :] *= -1
    return TwoLayer(W, W.new_zeros(e, m), a)


def init_network(generators: Sequence[Generator], *, d: int, m: int, init: str) -> TwoLayer:
    """Draw initial weights, one member for each generator.

    Args:
        generators: one source of randomness for each member.
        d: input dimension.
        m: hidden width, even.
        init: of :data:`INITIAL_STD`.

    Returns:
        The weights in float64 on the CPU.

    Raises:
        ValueError: if a size is below 1, the width is odd or ``init`` is unknown.
    """
    require_sizes(generators, d=d, m=m)
    if init not in INITIAL_STD:
        raise ValueError(f"init is one of {', '.join(INITIAL_STD)}, got {init!r}")
    return network(normal(generators, m, d, std=INITIAL_STD[init](m)))
