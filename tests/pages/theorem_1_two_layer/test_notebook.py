"""The notebook of Theorem 1 at tiny sizes: every parameter really changes the run."""

from typing import Any

import pytest

from tests.notebooks.conftest import numbers

NAME = "theorem-1-two-layer"
TINY: dict[str, Any] = {
    "n_seeds": 2,
    "widths": [4, 8, 40],
    "steps": 128,
    "sample_sizes": [4, 8],
    "phis": ["z", "exp(z)", "sin(2z)"],
}


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
        ({"seed": 1}, "theorem-1.realizable.risk"),
        ({"n_seeds": 3}, "theorem-1.realizable.risk"),
        ({"widths": [4, 16, 40]}, "theorem-1.realizable.risk"),
        ({"steps": 256}, "theorem-1.realizable.risk"),
        ({"sample_sizes": [6, 12]}, "theorem-1.samples.exponent"),
        ({"phi": "tanh(z)"}, "theorem-1.realizable.risk"),
        ({"phis": ["z", "z^3", "cos(3z)"]}, "theorem-1.complexity.constant"),
        ({"n_terms": 3}, "theorem-1.realizable.risk"),
        ({"n_outputs": 2}, "theorem-1.realizable.risk"),
        ({"dimension": 4}, "theorem-1.realizable.risk"),
        ({"loss": "pseudo_huber"}, "theorem-1.realizable.risk"),
        ({"loss": "cross_entropy", "n_outputs": 3}, "theorem-1.agnostic.risk"),
        ({"noise": 0.6}, "theorem-1.agnostic.risk"),
        ({"batch_size": 4}, "theorem-1.realizable.risk"),
    ],
    ids=str,
)
def test_a_parameter_changes_what_it_should(run_cells, measured, change, moved) -> None:
    if not measured:
        measured.update(numbers(run_cells(NAME, **TINY)))
    got = numbers(run_cells(NAME, **(TINY | change)))
    assert set(got) == set(measured)
    assert got[moved] != measured[moved]


def test_the_noise_changes_only_the_agnostic_runs(run_cells) -> None:
    quiet, loud = (numbers(run_cells(NAME, **TINY, noise=noise)) for noise in (0.1, 0.6))
    changed = {claim for claim, value in quiet.items() if value != loud[claim]}
    assert changed == {"theorem-1.agnostic.risk", "theorem-1.agnostic.exponent"}


def test_a_constant_over_no_function_at_all_is_not_shown(run_cells) -> None:
    run = run_cells(NAME, **(TINY | {"steps": 64, "phis": ["sin(9z)", "cos(9z)", "z^9"]}))
    (claim,) = [c for c in run["claims"] if c.id == "theorem-1.complexity.constant"]
    assert claim.measured is None
    assert claim.verdict == "not shown at this scale"
