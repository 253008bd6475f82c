"""The notebook of the norm figure at tiny sizes: every parameter really changes the run."""

from typing import Any

import pytest

from tests.notebooks.conftest import data, numbers

NAME = "resnet-minimal-norm"
TINY: dict[str, Any] = {
    "n_seeds": 2,
    "inputs": 16,
    "parity": 2,
    "samples": 50,
    "widths": [8],
    "epochs": 5,
    "lrs": [0.5],
    "wds": [0.0, 1e-3],
    "hand_steps": 50,
    "n_starts": 2,
}


def files(names: str) -> set[str]:
    return {f"{NAME}-{name}" for name in names.split()}


def test_the_same_parameters_give_the_same_claims_and_data(run_cells, tiny) -> None:
    tiny |= run_cells(NAME, **TINY)
    again = run_cells(NAME, **TINY)
    assert tiny["claims"].record() == again["claims"].record()
    assert data(tiny) == data(again)
    assert set(data(tiny)) == files("by-hand plane sweep budget objective")


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        ({"seed": 1}, "by-hand plane"),
        ({"n_seeds": 3}, "by-hand plane"),
        ({"parity": 4, "inputs": 17}, "by-hand plane"),
        ({"hand_steps": 60}, "by-hand"),
        ({"init": "unit"}, "by-hand plane"),
        ({"samples": 60, "epochs": 10, "batch_size": 30}, "plane"),
        ({"lrs": [0.2], "widths": [8, 10]}, "plane"),
        ({"n_starts": 3, "wds": [1e-2]}, "plane"),
    ],
    ids=str,
)
def test_parameters_change_what_they_should_and_nothing_else(
    run_cells, tiny, change, moved
) -> None:
    if not tiny:
        tiny |= run_cells(NAME, **TINY)
    run = run_cells(NAME, **(TINY | change))
    before, after = data(tiny), data(run)
    assert {name for name in before if before[name] != after[name]} == files(moved)
    counted = {claim.id: claim.n for claim in run["claims"]}
    assert counted["resnet-minimal-norm.bound.neuron"] == 6 * (TINY | change)["n_starts"]
    runs = len(run["p"].lrs) * len(run["p"].wds) * len(run["p"].widths) * run["p"].n_seeds
    assert counted["resnet-minimal-norm.sgd.test-error"] == runs


def test_what_is_proved_holds_at_any_size(run_cells, tiny) -> None:
    if not tiny:
        tiny |= run_cells(NAME, **TINY)
    verdicts = {claim.id: claim.verdict for claim in tiny["claims"]}
    for proved in ("construction.error", "construction.norm", "bound.neuron", "sgd.frontier"):
        assert verdicts[f"resnet-minimal-norm.{proved}"] == "holds"
    assert set(numbers(tiny)) == set(verdicts)
