"""The best adversary of Claim C.8 against all sets of gates and against descent."""

from itertools import chain, combinations

import pytest
import torch

from ovp_lib.models.inputs import stream
from ovp_lib.proofs import two_causes

LENGTH, SIZE = 0.4, 0.15


def rows(e: int = 6, m2: int = 8) -> torch.Tensor:
    return 0.4 * torch.randn(e, 1, m2, generator=stream(3), dtype=torch.float64)


def subsets(m2: int) -> chain[tuple[int, ...]]:
    return chain.from_iterable(combinations(range(m2), k) for k in range(1, m2 + 1))


def affordable(g: torch.Tensor, chosen: tuple[int, ...]) -> bool:
    """Whether g'_1 can pay for what g'_2 leaves of these gates."""
    left = [max(abs(float(g[j])) - SIZE, 0.0) for j in chosen]
    return sum(cost**2 for cost in left) < LENGTH**2


def test_no_set_of_gates_is_larger_than_the_count() -> None:
    g = rows()
    found = two_causes.most_flips(g, LENGTH, SIZE)
    for row, count in zip(g[:, 0], found[:, 0].tolist(), strict=True):
        assert count == max(len(each) for each in subsets(8) if affordable(row, each))
    assert 0 < int(found.min()) < int(found.max()) < 8


def test_the_count_is_reached_by_moves_of_these_sizes() -> None:
    g = rows()
    for row, count in zip(g[:, 0], two_causes.most_flips(g, LENGTH, SIZE)[:, 0], strict=True):
        nearest = row.abs().argsort()[: int(count)]
        g_2 = -SIZE * row.sign()
        g_1 = torch.zeros_like(row)
        left = (row.abs() - SIZE).clamp_min(0)
        g_1[nearest] = -(left[nearest] + 1e-9) * row.sign()[nearest]
        assert g_1.norm() <= LENGTH + 1e-6
        assert int(((row + g_1 + g_2 >= 0) != (row >= 0)).sum()) >= int(count)


def test_the_sum_is_that_of_the_best_set_and_of_equal_moves() -> None:
    g = rows()
    found = two_causes.largest_sum(g, LENGTH, SIZE)
    for row, value in zip(g[:, 0], found[:, 0].tolist(), strict=True):
        sums = [
            sum(SIZE - abs(float(row[j])) for j in each) + LENGTH * len(each) ** 0.5
            for each in subsets(8)
        ]
        assert value == pytest.approx(max(sums))


def test_no_move_has_a_larger_sum_and_random_ones_come_near() -> None:
    g = rows(e=1)
    value = two_causes.largest_sum(g, LENGTH, SIZE).item()
    row, reached = g[0, 0], []
    for draw in range(3000):
        weights = torch.rand(8, generator=stream(9, draw), dtype=torch.float64) ** 3
        push = LENGTH * weights / weights.norm() + SIZE
        x = (push - row.abs()).clamp_min(0)  # beyond zero, at the gates that flip
        reached.append(float(x.sum()))
    assert 0.9 * value < max(reached) <= value + 1e-12


def test_one_cause_alone_is_the_known_law_of_small_moves() -> None:
    m2 = 200_000
    g = torch.randn(1, 1, m2, generator=stream(1), dtype=torch.float64) / m2**0.5
    size = 0.01 / m2**0.5
    count = two_causes.most_flips(g, 1e-12, size).item()
    assert count == pytest.approx((2 / torch.pi) ** 0.5 * m2**1.5 * size, rel=0.1)
    total = two_causes.largest_sum(g, 1e-12, size).item()
    assert total == pytest.approx((2 * torch.pi) ** -0.5 * m2**1.5 * size**2, rel=0.1)


def test_what_has_no_meaning_is_refused() -> None:
    for function in (two_causes.most_flips, two_causes.largest_sum):
        with pytest.raises(ValueError, match="size"):
            function(rows(), 0.1, -0.1)
        with pytest.raises(ValueError, match=r"positive|length > 0"):
            function(rows(), 0.0, 0.1)
