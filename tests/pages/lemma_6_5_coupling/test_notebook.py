"""The notebook of Lemma 6.5 at tiny sizes: a parameter changes what it should and no more."""

import pytest

from tests.notebooks.conftest import data

NAME = "lemma-6-5-coupling"


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        ({"widths": [16, 24, 40]}, "second-layer cross-term stronger-coupling"),
        (
            {"n_networks": 2},
            "nearest-zero first-layer second-layer sgd cross-term stronger-coupling coefficient",
        ),
        ({"smoothed_widths": [8, 10, 14]}, "coefficient"),
        ({"n_points": 3}, "nearest-zero first-layer second-layer sgd"),
        ({"phi": "tanh(z)"}, "sgd"),
        ({"first_widths": [50, 100, 300], "smoothed_width": 10}, "first-layer smoothing"),
        ({"trained_widths": [8, 12, 20], "n_smoothings": 200}, "sgd smoothing coefficient"),
        ({"steps": 4, "n_signs": 1100}, "sgd stronger-coupling"),
    ],
    ids=str,
)
def test_a_parameter_changes_what_it_should_and_nothing_else(run_cells, change, moved) -> None:
    before, after = data(run_cells(NAME)), data(run_cells(NAME, **change))
    changed = {name for name in before if before[name] != after[name]}
    assert {name.split("-", 3)[-1] for name in changed} == set(moved.split())


def test_the_identity_and_the_zero_mean_hold_at_any_size(run_cells) -> None:
    verdicts = {claim.id: claim.verdict for claim in run_cells(NAME)["claims"]}
    assert verdicts["lemma-6-5.cross-term.identity"] == "holds"
    assert verdicts["lemma-6-5.cross-term.mean"] == "holds"
