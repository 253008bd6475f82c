"""From errors at several sample sizes to the number of samples that an excess takes."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ovp_lib.training.probes import first_crossing


class Needed(NamedTuple):
    """How many samples an excess takes, for each data seed and width.

    Attributes:
        samples: their number, shape ``(seeds, widths)``; infinite if the largest sample was too
            small, 0 if the smallest one was enough, and NaN if the run with the next smaller
            sample diverged: there the number is not known.
        censored: how many are not known.
    """

    samples: NDArray[np.float64]
    censored: int


def samples_needed(
    table: pd.DataFrame, algorithm: str, level: float, *, error: str = "excess"
) -> Needed:
    """Return the number of samples at which an algorithm's excess falls to a level.

    Between two sizes log excess is taken to be linear in log N. A level that the smallest size has
    reached, or the largest one has not, is censored: nothing is extrapolated.

    Args:
        table: of :func:`~ovp_lib.experiments.three_layer.learn`.
        algorithm: name of the algorithm.
        level: excess that is wanted, positive.
        error: column that holds the excess.

    Returns:
        One number for each data seed and width.

    Raises:
        ValueError: if the table does not know the algorithm, or the level is not positive.

    Example:
        >>> cells = [(m, n, 40 / n) for m in (10, 20) for n in (50, 100, 200)]
        >>> table = pd.DataFrame(cells, columns=["m", "samples", "excess"])
        >>> found = samples_needed(table.assign(algorithm="SGD", seed=0), "SGD", 0.3)
        >>> found.samples.round(1).tolist(), found.censored
        ([[133.3, 133.3]], 0)
    """
    own = table[table["algorithm"] == algorithm]
    if own.empty:
        known = ", ".join(sorted(set(table["algorithm"])))
        raise ValueError(f"algorithm must be one of {known}, got {algorithm!r}")
    curves = own.pivot(index=["seed", "m"], columns="samples", values=error).sort_index()
    sizes = curves.columns.to_numpy(np.float64)
    found = np.array([_crossing(sizes, row, level) for row in curves.to_numpy(np.float64)])
    seen = np.isfinite(found) & (found > 0)
    return Needed(found.reshape(own["seed"].nunique(), -1), int((~seen).sum()))


def _crossing(sizes: NDArray[np.float64], excess: NDArray[np.float64], level: float) -> float:
    return 0.0 if excess[0] <= level else first_crossing(sizes, excess, level)
