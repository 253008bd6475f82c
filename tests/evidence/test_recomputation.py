import numpy as np
import pandas as pd
import pytest

from ovp_lib.evidence.recomputation import recomputed


def test_runs_that_were_computed_again_are_judged_by_the_one_that_moved_most() -> None:
    stored = pd.Series([1.0, 2.0, 4.0])
    same, worst = recomputed(stored, stored), recomputed(stored / [1, 1.5, 1], stored)
    assert same == (0.0, 0.0, 0.0, 3)
    assert worst == (pytest.approx(np.log(1.5)), 0.0, worst.value, 3)
    lost = recomputed(stored * [1, np.nan, 1.0], stored)
    assert np.isnan(lost.value), "a run that diverges now does not agree"
    with pytest.raises(ValueError, match="errors of other runs"):
        recomputed(stored.iloc[:2], stored)
    with pytest.raises(ValueError, match="errors of other runs"):
        recomputed(stored.iloc[:0], stored.iloc[:0])
