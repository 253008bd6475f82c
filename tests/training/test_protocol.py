import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovp_lib.training.protocol import Member, Protocol, one_two_five


def test_the_default_is_section_7() -> None:
    protocol = Protocol()
    assert (protocol.epochs, protocol.batch_size, protocol.momentum) == (800, 50, 0.9)
    assert [protocol.factor(epoch) for epoch in (0, 399, 400, 799)] == [1.0, 1.0, 0.1, 0.1]
    assert protocol.steps_per_epoch(1000) == 20
    assert protocol.steps_per_epoch(1049) == 20


def test_drops_multiply() -> None:
    protocol = Protocol(epochs=9, drops=((3, 0.5), (6, 0.1)))
    factors = [protocol.factor(epoch) for epoch in range(9)]
    assert factors == pytest.approx([1, 1, 1, 0.5, 0.5, 0.5, 0.05, 0.05, 0.05])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 0}, "epochs and batch_size must be at least 1, got 0, 50"),
        ({"batch_size": 0}, "epochs and batch_size must be at least 1, got 800, 0"),
        ({"momentum": 1.0}, r"momentum must lie in \[0, 1\), got 1.0"),
        ({"momentum": -0.1}, "momentum must lie"),
        ({"drops": ((5, 0.1), (5, 0.1))}, "increasing epochs"),
        ({"drops": ((0, 0.1),)}, "increasing epochs from 1 on"),
        ({"drops": ((5, 0.0),)}, r"factors in \(0, 1\]"),
        ({"drops": ((5, 1.5),)}, r"factors in \(0, 1\]"),
    ],
    ids=str,
)
def test_a_protocol_out_of_range_is_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Protocol(**change)


def test_a_batch_needs_its_samples() -> None:
    with pytest.raises(ValueError, match="batches of 50 need as many samples, got 49"):
        Protocol().steps_per_epoch(49)


@pytest.mark.parametrize(
    "change",
    [{"seed": -1}, {"lr": 0.0}, {"lr": math.inf}, {"wd": -1.0}, {"wd": math.nan}, {"w24": -1.0}],
    ids=str,
)
def test_a_member_out_of_range_is_refused(change: dict) -> None:
    with pytest.raises(ValueError, match="a member needs seed >= 0, lr > 0, wd >= 0 and w24 >= 0"):
        Member(**({"seed": 0, "lr": 0.1} | change))


@pytest.mark.parametrize(
    "factors", [(("V", 0.0),), (("V", math.inf),), (("V", math.nan),), (("V", 1.0), ("V", 2.0))]
)
def test_factors_out_of_range_are_refused(factors: tuple) -> None:
    with pytest.raises(ValueError, match="factors are positive, one for a field, got"):
        Member(seed=0, lr=0.1, factors=factors)


@given(low=st.integers(-8, 2), span=st.integers(0, 5))
def test_a_grid_holds_three_numbers_a_decade(low: int, span: int) -> None:
    grid = one_two_five(10.0**low, 10.0 ** (low + span))
    assert len(grid) == 3 * span + 1
    assert grid[0] == pytest.approx(10.0**low)
    ratios = [b / a for a, b in pairwise(grid)]
    assert all(ratio == pytest.approx(2) or ratio == pytest.approx(2.5) for ratio in ratios)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (2.0, 1.0), (1.0, math.inf)])
def test_a_grid_needs_increasing_ends(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="the grid needs 0 < low <= high"):
        one_two_five(low, high)
