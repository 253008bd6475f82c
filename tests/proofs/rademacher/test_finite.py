import itertools

import numpy as np
import pytest
import torch

from ovp_lib.models.inputs import stream
from ovp_lib.proofs.rademacher import finite

VALUES = torch.randn(4, 6, generator=stream(0), dtype=torch.float64)


def by_loops(values: torch.Tensor) -> float:
    rows = values.tolist()
    n, total = len(rows[0]), 0.0
    for signs in itertools.product((-1, 1), repeat=n):
        total += max(sum(s * v for s, v in zip(signs, row, strict=True)) for row in rows)
    return total / n / 2**n


def test_complexity_by_loops() -> None:
    assert finite.complexity(VALUES) == pytest.approx(by_loops(VALUES))


def test_signs_are_each_there_once() -> None:
    signs = finite.all_signs(5)
    assert signs.shape == (32, 5)
    assert len(np.unique(signs.numpy(), axis=0)) == 32


def test_shifting_all_functions_changes_nothing() -> None:
    shifted = VALUES + torch.linspace(-3, 3, 6, dtype=torch.float64)
    assert finite.complexity(shifted) == pytest.approx(finite.complexity(VALUES))


def test_a_sum_for_each_pair() -> None:
    both = finite.sums(VALUES, 2 * VALUES[:2])
    assert both.shape == (8, 6)
    torch.testing.assert_close(both[3], VALUES[1] + 2 * VALUES[1])


@pytest.mark.parametrize("n", [0, 17])
def test_too_many_points_are_refused(n: int) -> None:
    with pytest.raises(ValueError, match=f"1 to 16 points, got {n}"):
        finite.all_signs(n)
