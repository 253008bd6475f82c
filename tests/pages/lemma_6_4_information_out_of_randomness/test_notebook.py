from typing import Any

import pytest

from tests.notebooks.conftest import numbers

NAME = "lemma-6-4-information-out-of-randomness"
TINY: dict[str, Any] = {"n_seeds": 2, "widths": [2000, 2500, 3000], "draws": 32}


def test_the_same_parameters_give_the_same_claims_and_data(run_cells) -> None:
    one, two = run_cells(NAME, **TINY), run_cells(NAME, **TINY)
    assert one["claims"].record() == two["claims"].record()
    assert list(one["published"]) == list(two["published"])
    for name, data in one["published"].items():
        assert data.equals(two["published"][name])
        assert len(data) > 0


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        ({"seed": 1, "n_seeds": 3}, "lemma-6-4.slope.error"),
        ({"draws": 40, "widths": [2000, 2500, 4000]}, "lemma-6-4.rho.law"),
        ({"phi": "tanh(z)"}, "lemma-6-4.slope.error"),
        ({"construction": "paper"}, "lemma-6-4.slope.error"),
        ({"construction": "least sup"}, "lemma-6-4.slope.error"),
        ({"clip": 2.0}, "lemma-6-4.approximation.error"),
        ({"tau": 0.0099}, "lemma-6-4.slope.error"),
        ({"dimension": 4, "other_phi": "z^3"}, "lemma-6-4.approximation.error"),
    ],
    ids=str,
)
def test_a_parameter_changes_what_it_should(run_cells, measured, change, moved) -> None:
    if not measured:
        measured.update(numbers(run_cells(NAME, **TINY)))
    changed = TINY | change
    if "tau" in change:
        changed |= {"widths": [2200, 2500, 3000]}
    got = numbers(run_cells(NAME, **changed))
    assert set(got) == set(measured)
    assert got[moved] != measured[moved]


def test_the_second_width_changes_no_claim(run_cells, measured) -> None:
    """It only rescales: every claim is about exponents, ranks, or sizes relative to its own."""
    if not measured:
        measured.update(numbers(run_cells(NAME, **TINY)))
    got = numbers(run_cells(NAME, **TINY, second_width=7))
    for name, (value, _) in measured.items():
        assert got[name][0] == pytest.approx(value, rel=1e-2, abs=1e-9), name


def test_what_is_exact_holds_at_any_size(run_cells, measured) -> None:
    if not measured:
        measured.update(numbers(run_cells(NAME, **TINY)))
    assert measured["lemma-6-4.decomposition.residual"][0] == 1e-13  # the floor
    assert measured["lemma-a-4.repaired.bias"][0] == 5e-11  # the floor
    assert measured["lemma-a-4.printed.bias"][1][0] > 0.1
    assert 3.9 < measured["lemma-a-4.lipschitz.constant"][0] < 4.24
