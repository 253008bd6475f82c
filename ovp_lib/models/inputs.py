"""Random streams, input distributions, padding, and noisy labels.

Everything random is drawn on the CPU in float64 from an explicit generator, and only then moved to
a device and a number format: one seed gives the same data everywhere.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

Sampler = Callable[[int, Generator], Tensor]
"""``(n, generator) -> x`` of shape ``(n, d)``."""


def stream(*key: int) -> Generator:
    """Return the generator of one random stream.

    Args:
        key: non-negative integers that name the stream, e.g. ``(seed, member, purpose)``. Streams
            with different keys of one length are independent, and one stream does not depend on how
            many others there are. Zeros at the end do not count: (7,) is the stream of (7, 0).

    Raises:
        ValueError: if there is no key, or a negative one.

    Example:
        >>> torch.equal(torch.rand(2, generator=stream(1)), torch.rand(2, generator=stream(1)))
        True
    """
    if not key or min(key) < 0:
        raise ValueError(f"a stream is named by non-negative integers, got {key}")
    state = np.random.SeedSequence(key).generate_state(1, np.uint64)[0]
    return Generator().manual_seed(int(state) >> 1)


def sphere(d: int) -> Sampler:
    """Uniform on the unit sphere of R^d (Section 7: "normalized random Gaussian").

    Args:
        d: dimension, at least 1.

    Returns:
        A sampler of points of shape ``(n, d)``.

    Raises:
        ValueError: if ``d < 1``.

    Example:
        >>> x = sphere(3)(100, stream(0))
        >>> x.shape, bool(torch.allclose(x.norm(dim=1), torch.ones(100).double()))
        (torch.Size([100, 3]), True)
    """
    _at_least("d", d, 1)

    def sample(n: int, generator: Generator) -> Float[Tensor, "n d"]:
        z = torch.randn(n, d, generator=generator, dtype=torch.float64)
        return z / z.norm(dim=1, keepdim=True)

    return sample


def padded_sphere(d: int) -> Sampler:
    """Uniform on the unit sphere subject to x_d = 1/2 (Section 3, footnote 5).

    x = (sqrt(3)/2 u, 1/2) with u uniform on the unit sphere of R^(d-1), so that ||x|| = 1.

    Args:
        d: dimension with the padded coordinate, at least 2.

    Returns:
        A sampler of points of shape ``(n, d)``.

    Raises:
        ValueError: if ``d < 2``.

    Example:
        >>> x = padded_sphere(3)(2, stream(0))
        >>> x[:, -1].tolist(), bool(torch.allclose(x.norm(dim=1), torch.ones(2).double()))
        ([0.5, 0.5], True)
    """
    _at_least("d", d, 2)
    inner = sphere(d - 1)
    return lambda n, generator: pad(inner(n, generator))


def gaussian(d: int) -> Sampler:
    """Standard Gaussian in R^d, not normalised.

    Args:
        d: dimension, at least 1.

    Returns:
        A sampler of points of shape ``(n, d)``.

    Raises:
        ValueError: if ``d < 1``.
    """
    _at_least("d", d, 1)
    return lambda n, generator: torch.randn(n, d, generator=generator, dtype=torch.float64)


def hypercube(d: int) -> Sampler:
    """Uniform on {-1, 1}^d (ResNet paper, experiments).

    Args:
        d: dimension, at least 1.

    Returns:
        A sampler of points of shape ``(n, d)``.

    Raises:
        ValueError: if ``d < 1``.

    Example:
        >>> sorted(set(hypercube(3)(100, stream(0)).flatten().tolist()))
        [-1.0, 1.0]
    """
    _at_least("d", d, 1)

    def sample(n: int, generator: Generator) -> Float[Tensor, "n d"]:
        return rademacher((n, d), generator)

    return sample


def pad(u: Float[Tensor, "n d"]) -> Float[Tensor, "n d+1"]:
    """Scale unit vectors to length sqrt(3)/2 and append the coordinate 1/2 (Section 3).

    Args:
        u: unit vectors, shape ``(n, d)``.

    Returns:
        Unit vectors whose last coordinate is 1/2, shape ``(n, d + 1)``.

    Raises:
        ValueError: if a row of ``u`` is not a unit vector.

    Example:
        >>> pad(torch.tensor([[0.0, 1.0]], dtype=torch.float64)).round(decimals=4).tolist()
        [[0.0, 0.866, 0.5]]
    """
    norms = u.norm(dim=1)
    if not torch.allclose(norms, torch.ones_like(norms), atol=1e-6):
        raise ValueError(f"padding expects unit vectors, got a norm of {_furthest(norms):.6g}")
    half = torch.full_like(u[:, :1], 0.5)
    return torch.cat([math.sqrt(0.75) * u, half], dim=1)


def rademacher(shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Return independent signs -1 and 1 in float64.

    Args:
        shape: of the result.
        generator: source of randomness.

    Returns:
        Independent signs, uniform on {-1, 1}, on the CPU.
    """
    return 2.0 * torch.randint(2, shape, generator=generator, dtype=torch.float64) - 1.0


def additive_noise(
    y: Float[Tensor, "*shape"], scale: float, generator: Generator, kind: str = "rademacher"
) -> Float[Tensor, "*shape"]:
    """Add independent, centred noise of standard deviation ``scale`` to real labels.

    Args:
        y: clean labels.
        scale: standard deviation, at least 0.
        generator: source of randomness.
        kind: ``rademacher`` (two values, so that labels stay bounded as Section 3 asks),
            ``uniform`` or ``gaussian``.

    Returns:
        Noisy labels of the same shape.

    Raises:
        ValueError: if ``scale`` is negative or ``kind`` is unknown.
    """
    if scale < 0:
        raise ValueError(f"the scale of the noise must be at least 0, got {scale}")
    shape = tuple(y.shape)
    if kind == "rademacher":
        noise = rademacher(shape, generator)
    elif kind == "uniform":
        unit = torch.rand(shape, generator=generator, dtype=torch.float64)
        noise = math.sqrt(12.0) * (unit - 0.5)
    elif kind == "gaussian":
        noise = torch.randn(shape, generator=generator, dtype=torch.float64)
    else:
        raise ValueError(f"noise must be rademacher, uniform or gaussian, got {kind!r}")
    return y + scale * noise.to(y)


def sampled_classes(logits: Float[Tensor, "n k"], generator: Generator) -> Int[Tensor, " n"]:
    """Draw a class from softmax(logits) for each row: noisy labels for cross-entropy.

    The logits themselves are then the minimiser of the population cross-entropy, whose value is
    the mean entropy of the softmax.

    Args:
        logits: shape ``(n, k)``.
        generator: source of randomness.

    Returns:
        One of 0..k-1 for each row, shape ``(n,)``.
    """
    probabilities = logits.double().softmax(dim=1).cpu()
    return torch.multinomial(probabilities, 1, generator=generator)[:, 0].to(logits.device)


def _at_least(name: str, value: int, least: int) -> None:
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")


def _furthest(norms: Tensor) -> float:
    return float(norms[(norms - 1).abs().argmax()])
