"""In which order the samples are seen: one permutation for each seed and epoch.

The permutation is a function of (seed, epoch, n) alone. A run can therefore be resumed at any
epoch, and a member sees its samples in the same order on every device and in every company.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)

Shuffle = Callable[[NDArray[np.uint64], int], NDArray[np.int32]]


def orders(
    seeds: Sequence[int], first: int, last: int, n: int, shuffle: Shuffle | None = None
) -> NDArray[np.int32]:
    """Return the order of the samples in epochs ``first`` to ``last - 1``.

    Args:
        seeds: one for each member, at least 0; equal seeds give equal orders.
        first: first epoch, at least 0.
        last: the epoch after the last one.
        n: number of samples, in 1..2^31 - 1.
        shuffle: :func:`shuffled`, or something faster that gives the same; by default
            the compiled version where Numba is there.

    Returns:
        Indices of samples, shape ``(len(seeds), last - first, n)``.

    Raises:
        ValueError: if a number is out of range.
    """
    if not (0 <= first < last and 0 < n < 2**31 and seeds and min(seeds) >= 0):
        raise ValueError(
            f"need seeds >= 0, 0 <= first < last and 0 < n < 2^31, "
            f"got seeds {list(seeds)}, {first}, {last} and {n}"
        )
    apart = sorted(set(seeds))
    keys = [_key(seed) + np.arange(first, last, dtype=np.uint64) * GOLDEN for seed in apart]
    drawn = (shuffle or _fastest())(mixed(np.concatenate(keys)), n)
    by_seed = drawn.reshape(len(apart), last - first, n)
    return by_seed[[apart.index(seed) for seed in seeds]]


def mixed(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the output function of SplitMix64 (Steele, Lea and Flood, 2014): 64 fair bits."""
    z = (z ^ (z >> np.uint64(30))) * MIX_1
    z = (z ^ (z >> np.uint64(27))) * MIX_2
    return z ^ (z >> np.uint64(31))


def shuffled(keys: NDArray[np.uint64], n: int) -> NDArray[np.int32]:
    """Shuffle 0..n-1 for each key (Fisher and Yates): position i swaps with a uniform j <= i.

    j = floor(u (i + 1) / 2^32) with 32 random bits u, so that no j is likelier than another by more
    than n / 2^32.
    """
    out = np.tile(np.arange(n, dtype=np.int32), (len(keys), 1))
    rows = np.arange(len(keys))
    for i in range(n - 1, 0, -1):
        u = mixed(keys + np.uint64(i * int(GOLDEN) % 2**64)) >> np.uint64(32)
        j = ((u * np.uint64(i + 1)) >> np.uint64(32)).astype(np.int64)
        out[rows, i], out[rows, j] = out[rows, j], out[rows, i]
    return out


def _key(seed: int) -> np.uint64:
    return np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]


def _fastest() -> Shuffle:
    """Return the compiled shuffle if Numba is there."""
    try:
        from ovp_lib.training.order_numba import shuffled as compiled
    except ImportError:
        return shuffled
    return compiled
