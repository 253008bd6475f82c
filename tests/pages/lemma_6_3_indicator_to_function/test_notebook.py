"""The notebook of Lemma 6.3 at tiny sizes: every parameter really changes the run."""

from typing import Any

import pytest

from tests.notebooks.conftest import numbers

NAME = "lemma-6-3-indicator-to-function"
TINY: dict[str, Any] = {
    "n_seeds": 2,
    "phis": ["z^2", "exp(z)"],
    "degree": 5,
    "cells": 8,
    "widths": [10, 30, 90],
}


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        ({}, None),
        ({"seed": 1}, "lemma-b-1.error.exponent"),
        ({"n_seeds": 3}, "lemma-b-1.error.exponent"),
        ({"phi": "poly(0.5,-1,0,2)"}, "figure"),
        ({"phis": ["z", "poly(1,1,1)"]}, "lemma-6-3.accuracy"),
        ({"eps": 0.05}, "lemma-6-3.accuracy"),
        ({"degree": 3}, "lemma-6-3.accuracy"),
        ({"clip": 3.0}, "lemma-6-3.accuracy"),
        ({"cells": 12}, "lemma-6-3.least-sup"),
        ({"widths": [10, 30, 60]}, "lemma-b-1.norm"),
        ({"dimension": 6}, "lemma-b-1.error.exponent"),
    ],
    ids=str,
)
def test_a_parameter_changes_what_it_should(run_cells, measured, change, moved) -> None:
    if not measured:
        first = run_cells(NAME, **TINY)
        measured.update(numbers(first), figure=first["published"]["lemma-6-3-h"])
    run = run_cells(NAME, **(TINY | change))
    got = numbers(run)
    if moved == "figure":
        assert not run["published"]["lemma-6-3-h"].equals(measured["figure"])
    elif moved:
        assert got[moved] != measured[moved]
    else:
        assert got == {key: value for key, value in measured.items() if key != "figure"}
        assert run["published"]["lemma-6-3-h"].equals(measured["figure"])


def test_a_clip_that_is_too_low_fails_the_accuracy_claim(run_cells) -> None:
    run = run_cells(NAME, **(TINY | {"clip": 1.0}))
    (claim,) = [c for c in run["claims"] if c.id == "lemma-6-3.accuracy"]
    assert claim.verdict == "fails"
