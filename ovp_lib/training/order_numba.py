"""The shuffle of :mod:`ovp_lib.training.order`, compiled."""

from typing import no_type_check

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ovp_lib.training.order import GOLDEN, MIX_1, MIX_2


@njit(cache=True, nogil=True)
@no_type_check  # Numba compiles the function itself, not what a run-time checker wraps it in
def shuffled(keys: NDArray[np.uint64], n: int) -> NDArray[np.int32]:
    """Do what :func:`ovp_lib.training.order.shuffled` does, number for number."""
    out = np.empty((len(keys), n), dtype=np.int32)
    for row, key in zip(out, keys):  # noqa: B905 (Numba has no strict=)
        for i in range(n):
            row[i] = i
        for i in range(n - 1, 0, -1):
            z = key + np.uint64(i) * GOLDEN
            z = (z ^ (z >> np.uint64(30))) * MIX_1
            z = (z ^ (z >> np.uint64(27))) * MIX_2
            u = (z ^ (z >> np.uint64(31))) >> np.uint64(32)
            j = np.int64((u * np.uint64(i + 1)) >> np.uint64(32))
            row[i], row[j] = row[j], row[i]
    return out
