"""The notebook of the lower bound at tiny sizes: every parameter really changes the run."""

from typing import Any

import pytest

from tests.notebooks.conftest import data, numbers

NAME = "kernel-lower-bound"
TINY: dict[str, Any] = {
    "n_seeds": 2,
    "dimension": 6,
    "level": 3,
    "sizes": [5, 9],
    "paper_dimension": 20,
    "sample_sizes": [12, 24],
    "kernel_dimensions": [6, 7, 8],
    "network_dimensions": [10, 12, 20],
    "sample_factors": [5, 10, 20],
    "epochs": 100,
    "step_sizes": [0.2],
}
ALL = "spans paper crossing learned time"
NO_NETWORK = "spans paper crossing"


def test_the_same_parameters_give_the_same_claims_and_data(run_cells, tiny) -> None:
    tiny |= run_cells(NAME, **TINY)
    again = run_cells(NAME, **TINY)
    assert tiny["claims"].record() == again["claims"].record()
    assert data(tiny) == data(again)
    assert len(data(tiny)) == 5


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        ({"seed": 1}, ALL),
        ({"n_seeds": 3}, ALL),
        ({"level": 4}, ALL),
        ({"alpha": 0.4}, ALL),
        ({"dimension": 7}, "spans"),
        ({"sizes": [5, 8], "sample_sizes": [12, 30], "kernel_dimensions": [6, 7, 9]}, NO_NETWORK),
        ({"paper_dimension": 21, "network_dimensions": [10, 12, 21]}, "paper crossing time"),
        ({"sample_factors": [5, 10, 18]}, "paper crossing learned time"),
        ({"epochs": 120}, "paper crossing learned"),
        ({"step_sizes": [0.1]}, "paper crossing learned time"),
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
    assert {name.removeprefix(f"{NAME}-") for name in changed} == set(moved.split())


def test_what_is_proved_holds_at_any_size(run_cells, tiny) -> None:
    if not tiny:
        tiny |= run_cells(NAME, **TINY)
    verdicts = {claim.id: claim.verdict for claim in tiny["claims"]}
    proved = [id for id in verdicts if id.endswith("violations")]
    assert len(proved) == 6
    proved += [id for id in verdicts if "tightness" in id or "rank" in id]
    assert {verdicts[id] for id in proved} == {"holds"}
    assert set(numbers(tiny)) == set(verdicts)


def test_networks_that_never_cross_are_not_shown(run_cells) -> None:
    run = run_cells(NAME, **(TINY | {"epochs": 2, "step_sizes": [0.001]}))
    claims = {claim.id: claim for claim in run["claims"]}
    for name in ("crossing.network-exponent", "crossing.ratio", "time.exponent"):
        claim = claims[f"{NAME}.{name}"]
        assert claim.measured is None
        assert claim.verdict == "not shown at this scale"
