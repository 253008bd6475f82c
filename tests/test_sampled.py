"""What is checked of a function that is called again and again, and that it is."""

import numpy as np
import pytest
from jaxtyping import Float, TypeCheckError, jaxtyped

from ovp_lib.evidence import statistics
from tests import checked, sampled


def test_the_library_is_decorated_with_it() -> None:
    assert jaxtyped is sampled.sampled
    assert statistics.mean_interval.__closure__ is not None
    names = statistics.mean_interval.__code__.co_freevars
    assert {"calls", "checked", "fn"} <= set(names)


def lengths(calls: int) -> list[int]:
    """Return which of so many wrong calls are refused."""

    @sampled.sampled(typechecker=checked)
    def length(x: Float[np.ndarray, "n 2"]) -> int:
        return len(x)

    refused = []
    for call in range(1, calls + 1):
        try:
            length(np.zeros((3, 4)))
        except TypeCheckError:
            refused.append(call)
    return refused


def test_first_calls_are_checked_and_later_ones_ever_more_seldom() -> None:
    assert lengths(600) == [*range(1, 17), 32, 64, 128, 256, 512]


def test_every_test_begins_anew() -> None:
    @sampled.sampled(typechecker=checked)
    def same(x: int) -> int:
        return x

    for _ in range(20):
        same(1)
    assert same("a") == "a"  # the 21st call
    sampled.begin()
    with pytest.raises(TypeCheckError):
        same("a")


def test_a_wrong_result_is_refused_too() -> None:
    @sampled.sampled(typechecker=checked)
    def name() -> int:
        return "a"

    with pytest.raises(TypeCheckError, match="return value"):
        name()
    assert name.__name__ == "name"
