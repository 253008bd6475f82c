"""The notebook of Lemma 6.4 at tiny sizes."""

import pytest

from tests.notebooks.conftest import numbers

NAME = "lemma-6-4-information-out-of-randomness"


def test_the_second_width_changes_no_claim(run_cells) -> None:
    """It only rescales: every claim is about exponents, ranks, or sizes relative to its own."""
    first, second = (numbers(run_cells(NAME, second_width=m2)) for m2 in (100, 7))
    for name, (value, _) in first.items():
        assert second[name][0] == pytest.approx(value, rel=1e-2, abs=1e-9), name


def test_every_construction_is_taken_apart(run_cells) -> None:
    errors = set()
    for construction in ("least norm", "paper", "least sup"):
        measured = numbers(run_cells(NAME, construction=construction))
        assert measured["lemma-6-4.decomposition.residual"][0] == 1e-13  # the floor
        errors.add(measured["lemma-6-4.slope.error"])
    assert len(errors) == 3


def test_what_is_exact_holds_at_any_size(run_cells) -> None:
    measured = numbers(run_cells(NAME))
    assert measured["lemma-a-4.repaired.bias"][0] == 5e-11  # the floor
    assert measured["lemma-a-4.printed.bias"][1][0] > 0.1
    assert 3.9 < measured["lemma-a-4.lipschitz.constant"][0] < 4.24
