"""The number of samples that an excess takes."""

import math

import numpy as np
import pandas as pd
import pytest

from ovp_lib.experiments.sample_sizes import samples_needed


def table(curves: dict[tuple[int, int], list[float]]) -> pd.DataFrame:
    rows = [
        {"algorithm": "SGD", "seed": seed, "m": m, "samples": n, "excess": value}
        for (seed, m), values in curves.items()
        for n, value in zip((10, 100, 1000), values, strict=True)
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=0)


def test_a_power_law_is_read_off_exactly_in_whatever_order_rows_come() -> None:
    power = {(seed, m): [c / n for n in (10, 100, 1000)] for seed, m, c in
             ((0, 5, 20.0), (0, 9, 30.0), (1, 5, 40.0), (1, 9, 50.0))}  # fmt: skip
    found = samples_needed(table(power), "SGD", 0.1)
    np.testing.assert_allclose(found.samples, [[200, 300], [400, 500]])
    assert found.censored == 0


def test_what_is_not_known_is_counted_and_not_extrapolated() -> None:
    curves = {(0, 5): [0.5, 0.4, 0.3], (0, 9): [0.05, 0.04, 0.03], (0, 12): [math.nan] * 3}
    found = samples_needed(table(curves), "SGD", 0.1)
    assert found.samples.tolist() == [[math.inf, 0.0, math.inf]]
    assert found.censored == 3


def test_an_unknown_algorithm_is_refused() -> None:
    with pytest.raises(ValueError, match="must be one of SGD, got 'Adam'"):
        samples_needed(table({(0, 5): [3.0, 2.0, 1.0]}), "Adam", 0.1)
