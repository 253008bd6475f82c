r"""Noisy SGD, which leaves saddle points (Lemma A.9).

    x_{t+1} = x_t - eta (grad f(x_t) + xi_t),    xi_t uniform on the sphere of radius ``noise``

is the algorithm of Ge, Huang, Jin and Yuan (2015) with an exact gradient. Near a saddle of
curvature delta the coordinate of the eigenvector is an autoregression with the factor
1 + eta delta, so its square has the mean

    v_t = (eta noise)^2 ((1 + eta delta)^(2 t) - 1) / (p ((1 + eta delta)^2 - 1)),

and it leaves after about log(1 / (eta noise)) / (eta delta) steps. With eta proportional to delta,
as the lemma's precision wants it, that is delta^-2 up to a logarithm.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ovp_lib.proofs.descent.saddles import Landscape

Array = NDArray[np.float64]

AT_ONCE = 500
"""Steps whose noise is drawn, and whose values are computed, in one call."""


class Escape(NamedTuple):
    """How noisy SGD left a saddle, one number for each repetition.

    Attributes:
        steps: after which the value had fallen by the wanted amount; infinite if it never did.
        value: f at the end.
        lowest: smallest eigenvalue of the Hessian at the end.
    """

    steps: Array
    value: Array
    lowest: Array


def noisy_sgd(
    landscape: Landscape,
    *,
    eta: float,
    steps: int,
    seeds: int,
    generator: np.random.Generator,
    noise: float = 1.0,
    fall: float = 0.5,
) -> Escape:
    """Run noisy SGD from the saddle of a function, several times at once.

    Args:
        landscape: the function with its saddle.
        eta: step size, positive.
        steps: how many, at least 1.
        seeds: repetitions, at least 1.
        generator: of the noise.
        noise: radius of xi, at least 0; without noise it is gradient descent.
        fall: which share of the way from the saddle's value to the least one has to be covered.

    Returns:
        When the function had fallen, and where it ended.

    Raises:
        ValueError: if a number is out of range.

    Example:
        >>> from ovp_lib.proofs.descent.saddles import cosines
        >>> draws = np.random.default_rng(0)
        >>> still = noisy_sgd(
        ...     cosines(0.5, 3), eta=0.1, steps=500, seeds=2, generator=draws, noise=0.0)
        >>> moved = noisy_sgd(cosines(0.5, 3), eta=0.1, steps=500, seeds=2, generator=draws)
        >>> still.steps.tolist(), bool((moved.steps < 500).all())
        ([inf, inf], True)
    """
    if eta <= 0 or min(steps, seeds) < 1 or noise < 0 or not 0 < fall < 1:
        raise ValueError(
            f"need eta > 0, steps and seeds >= 1, noise >= 0 and fall in (0, 1), got "
            f"{eta}, {steps}, {seeds}, {noise} and {fall}"
        )
    x = np.tile(landscape.saddle, (seeds, 1))
    start = float(landscape.value(x[:1])[0])
    wanted = start - fall * (start - landscape.least)
    found = np.full(seeds, np.inf)
    for done in range(0, steps, AT_ONCE):
        xi = generator.standard_normal((min(AT_ONCE, steps - done), *x.shape))
        xi *= noise / np.linalg.norm(xi, axis=2, keepdims=True)
        path = np.empty_like(xi)
        for place, push in zip(path, xi, strict=True):
            x -= eta * (landscape.gradient(x) + push)
            place[:] = x
        fallen = landscape.value(path.reshape(-1, x.shape[1])).reshape(-1, seeds) <= wanted
        new = np.isinf(found) & fallen.any(axis=0)
        found[new] = done + 1 + fallen.argmax(axis=0)[new]
    return Escape(found, landscape.value(x), landscape.lowest(x))


def expected_steps(delta: float, p: int, *, eta: float, reach: float, noise: float = 1.0) -> float:
    """Return after how many steps sqrt(v_t) of the linearised recursion is ``reach``.

    Args:
        delta: curvature of the saddle, positive.
        p: dimensions over which the noise is spread, at least 1.
        eta: step size, positive.
        reach: distance from the saddle, positive.
        noise: radius of xi, positive.

    Returns:
        The number of steps, not rounded.

    Raises:
        ValueError: if a number is out of range.

    Example:
        >>> round(expected_steps(0.1, 10, eta=0.01, reach=1.0))
        2653
    """
    if min(delta, p, eta, reach, noise) <= 0:
        raise ValueError(f"all must be positive, got {delta}, {p}, {eta}, {reach} and {noise}")
    # eta delta may be tiny: (1 + eta delta)^2 - 1 would lose its digits to cancellation.
    growth = 2 * math.log1p(eta * delta)
    return math.log1p(reach**2 * p * math.expm1(growth) / (eta * noise) ** 2) / growth
