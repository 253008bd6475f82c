"""The order of the samples: one permutation for each seed and epoch.

The permutation is a function of (seed, epoch, n) alone. A run can therefore be resumed at any
epoch, and a member sees its samples in the same order on every device, whatever other members there
are.
"""

from collections.abc import Sequence
from typing import no_type_check

import numpy as np
from numba import njit
from numpy.typing import NDArray

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)


def orders(seeds: Sequence[int], first: int, last: int, n: int) -> NDArray[np.int32]:
    """Return the order of the samples in epochs ``first`` to ``last - 1``.

    Args:
        seeds: one for each member, at least 0; equal seeds give equal orders.
        first: first epoch, at least 0.
        last: the epoch after the last one.
        n: number of samples, in 1..2^31 - 1.

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
    by_seed = shuffled(np.concatenate(keys), n).reshape(len(apart), last - first, n)
    return by_seed[[apart.index(seed) for seed in seeds]]


def _key(seed: int) -> np.uint64:
    return np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]


@njit(cache=True, nogil=True)
@no_type_check  # Numba compiles the function itself, not what a run-time checker wraps it in
def mixed(z: np.uint64) -> np.uint64:
    """Return the output function of SplitMix64 (Steele, Lea and Flood, 2014): 64 fair bits.

    Args:
        z: 64 bits.

    Returns:
        64 bits, each of which depends on all of ``z``.
    """
    z = (z ^ (z >> np.uint64(30))) * MIX_1
    z = (z ^ (z >> np.uint64(27))) * MIX_2
    return z ^ (z >> np.uint64(31))


@njit(cache=True, nogil=True)
@no_type_check
def shuffled(keys: NDArray[np.uint64], n: int) -> NDArray[np.int32]:
    """Shuffle 0..n-1 for each key (Fisher and Yates): position i swaps with a uniform j <= i.

    j = floor(u (i + 1) / 2^32) with 32 random bits u, so that no j is likelier than another by more
    than n / 2^32.

    Args:
        keys: 64 bits for each shuffle.
        n: number of things, at least 1.

    Returns:
        A permutation of 0..n-1 for each key, shape ``(len(keys), n)``.
    """
    out = np.empty((len(keys), n), dtype=np.int32)
    for row, key in zip(out, keys):  # noqa: B905 (Numba has no strict=)
        # Keys of successive epochs differ by GOLDEN, as numbers of a stream do: without this mix an
        # epoch would have the last one's numbers, moved on by one.
        state = mixed(key)
        for i in range(n):
            row[i] = i
        for i in range(n - 1, 0, -1):
            u = mixed(state + np.uint64(i) * GOLDEN) >> np.uint64(32)
            j = np.int64((u * np.uint64(i + 1)) >> np.uint64(32))
            row[i], row[j] = row[j], row[i]
    return out
