"""The notebook of the ResNet separation at tiny sizes: every parameter really changes the run."""

from typing import Any

import pytest

from tests.notebooks.conftest import data, numbers

NAME = "resnet-separation"
TINY: dict[str, Any] = {
    "n_seeds": 2,
    "samples": [50, 100],
    "width": 6,
    "epochs": 4,
    "lrs": [0.02, 0.05],
    "decays": [1e-3],
}
DIGITS = "%.5g"
"""Rounding depends on where numbers lie in memory."""

LIVE = {"samples", "hierarchy", "sensitivity"}


def test_the_same_parameters_give_the_same_claims_and_data(run_cells, tiny) -> None:
    tiny |= run_cells(NAME, **TINY)
    again = run_cells(NAME, **TINY)
    assert tiny["claims"].record() == again["claims"].record()
    assert data(tiny, DIGITS) == data(again, DIGITS)
    assert len(data(tiny)) == 6


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"n_seeds": 3},
        {"samples": [50, 150]},
        {"width": 7},
        {"dimension": 28},
        {"alpha": 0.5},
        {"epochs": 6},
        {"lrs": [0.02, 0.1]},
        {"decays": [1e-3, 1e-1]},
    ],
    ids=str,
)
def test_a_parameter_changes_the_live_runs_and_not_what_is_stored(run_cells, tiny, change) -> None:
    if not tiny:
        tiny |= run_cells(NAME, **TINY)
    before, after = (data(run, DIGITS) for run in (tiny, run_cells(NAME, **(TINY | change))))
    changed = {
        name.removeprefix("resnet-separation-") for name in before if before[name] != after[name]
    }
    assert changed <= LIVE
    assert changed == LIVE or (set(change) <= {"lrs", "decays"} and "sensitivity" in changed)


def test_what_does_not_depend_on_size_holds_at_any(run_cells, tiny) -> None:
    if not tiny:
        tiny |= run_cells(NAME, **TINY)
    verdicts = {claim.id: claim.verdict for claim in tiny["claims"]}
    assert verdicts["resnet-theorem-1.reparameterised"] == "holds"
    assert verdicts["resnet-figure-2.recomputed"] == "holds"
    assert set(numbers(tiny)) == set(verdicts)
