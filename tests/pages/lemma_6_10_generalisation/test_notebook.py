"""The notebook of Lemmas 6.10 and 6.12 at tiny sizes: a parameter moves what it should."""

import pytest

from tests.notebooks.conftest import data

NAME = "lemma-6-10-generalisation"


@pytest.fixture(scope="module")
def tiny() -> dict:
    """Return the tiny run, which the first test makes."""
    return {}


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        ({"instances": 3}, "calculus"),
        ({"plane_widths": [4, 6, 10]}, "two-layers"),
        ({"widths": [8, 12, 20]}, "width vacuous"),
        ({"sample_sizes": [5, 10, 25]}, "samples"),
        ({"steps": 4, "real_samples": 9}, "width"),
        ({"tau_v": 0.2}, "width samples vacuous"),
    ],
    ids=str,
)
def test_a_parameter_changes_what_it_should_and_nothing_else(
    run_cells, tiny, change, moved
) -> None:
    tiny |= tiny or run_cells(NAME)
    before, after = data(tiny), data(run_cells(NAME, **change))
    changed = {name for name in before if before[name] != after[name]}
    assert {name.split("-", 3)[-1] for name in changed} == set(moved.split())


def test_what_is_proved_holds_at_any_size(run_cells, tiny) -> None:
    tiny |= tiny or run_cells(NAME)
    verdicts = {claim.id: claim.verdict for claim in tiny["claims"]}
    assert verdicts["proposition-a-12.c"] == "holds"
    assert verdicts["lemma-a-10.failures"] == "holds"
    assert verdicts["lemma-6-10.vacuous"] == "holds"
