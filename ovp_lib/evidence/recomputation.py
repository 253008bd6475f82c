"""Agreement of stored results with the same runs, computed again."""

import numpy as np
import pandas as pd

from ovp_lib.evidence.claims import Estimate


def recomputed(again: pd.Series, stored: pd.Series) -> Estimate:
    """Return the largest deviation of runs that were computed again: ``max |log(again / stored)|``.

    It is 0 where both were computed in the reproducible mode. A run without a number is not
    measurable.

    Args:
        again: errors of some runs, positive.
        stored: the errors of the same runs in a table, on the same index.

    Returns:
        The deviation; its interval begins at 0, which is full agreement.

    Raises:
        ValueError: if the two are not errors of the same runs, or of none.

    Example:
        >>> stored = pd.Series([1.0, 2.0])
        >>> round(recomputed(stored * [1.0, 1.1], stored).value, 4)
        0.0953
    """
    if again.empty or not again.index.equals(stored.index):
        raise ValueError(f"errors of other runs: {list(again.index)}, not {list(stored.index)}")
    off = np.abs(np.log((again / stored).to_numpy()))
    worst = float(off.max())
    return Estimate(worst, 0.0, worst, len(again))
