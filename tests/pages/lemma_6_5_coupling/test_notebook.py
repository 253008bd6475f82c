"""The notebook of Lemma 6.5 at tiny sizes: every parameter really changes the run."""

from typing import Any

import pytest

from tests.notebooks.conftest import data, numbers

NAME = "lemma-6-5-coupling"
TINY: dict[str, Any] = {
    "n_seeds": 2,
    "first_widths": [50, 100, 200],
    "widths": [16, 24, 32],
    "trained_widths": [8, 12, 16],
    "steps": 3,
    "n_networks": 1,
    "n_points": 2,
    "n_signs": 16,
    "n_smoothings": 100,
    "smoothed_width": 8,
}


def test_the_same_parameters_give_the_same_claims_and_data(run_cells, tiny) -> None:
    tiny |= run_cells(NAME, **TINY)
    again = run_cells(NAME, **TINY)
    assert tiny["claims"].record() == again["claims"].record()
    assert data(tiny) == data(again)
    assert len(data(tiny)) == 6


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        ({"seed": 1}, "first-layer second-layer sgd cross-term smoothing stronger-coupling"),
        ({"n_seeds": 3}, "first-layer second-layer sgd cross-term smoothing stronger-coupling"),
        ({"widths": [16, 24, 40]}, "second-layer cross-term stronger-coupling"),
        ({"n_networks": 2}, "first-layer second-layer sgd cross-term stronger-coupling"),
        ({"n_points": 3}, "first-layer second-layer sgd"),
        ({"dimension": 4}, "first-layer second-layer sgd cross-term smoothing stronger-coupling"),
        ({"phi": "tanh(z)"}, "sgd"),
        ({"first_widths": [50, 100, 300], "smoothed_width": 10}, "first-layer smoothing"),
        ({"trained_widths": [8, 12, 20], "n_smoothings": 200}, "sgd smoothing"),
        ({"steps": 4, "n_signs": 1100}, "sgd stronger-coupling"),
    ],
    ids=str,
)
def test_a_parameter_changes_what_it_should_and_nothing_else(
    run_cells, tiny, change, moved
) -> None:
    if not tiny:
        tiny |= run_cells(NAME, **TINY)
    before, after = data(tiny), data(run_cells(NAME, **(TINY | change)))
    changed = {name for name in before if before[name] != after[name]}
    assert {name.split("-", 3)[-1] for name in changed} == set(moved.split())


def test_the_identity_and_the_zero_mean_hold_at_any_size(run_cells, tiny) -> None:
    if not tiny:
        tiny |= run_cells(NAME, **TINY)
    verdicts = {claim.id: claim.verdict for claim in tiny["claims"]}
    assert verdicts["lemma-6-5.cross-term.identity"] == "holds"
    assert verdicts["lemma-6-5.cross-term.mean"] == "holds"
    assert set(numbers(tiny)) == set(verdicts)
