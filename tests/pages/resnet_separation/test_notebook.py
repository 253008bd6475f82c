"""The notebook of the ResNet's separation at tiny sizes."""

from tests.notebooks.conftest import data

NAME = "resnet-separation"
DIGITS = "%.5g"
"""Rounding depends on where numbers lie in memory."""

LIVE = {f"{NAME}-{part}" for part in ("samples", "hierarchy", "ratio", "layers", "sensitivity")}
"""Figures of what is computed live; the others show the stored sweep."""


def test_parameters_change_all_live_runs_and_nothing_that_is_stored(run_cells) -> None:
    before = data(run_cells(NAME), DIGITS)
    after = data(run_cells(NAME, seed=1, width=7, alpha=0.5, epochs=6), DIGITS)
    assert set(before) > LIVE
    assert {name for name in before if before[name] != after[name]} == LIVE


def test_what_does_not_depend_on_size_holds_at_any(run_cells) -> None:
    verdicts = {claim.id: claim.verdict for claim in run_cells(NAME)["claims"]}
    assert verdicts["resnet-theorem-1.reparameterised"] == "holds"
    assert verdicts["resnet-figure-2.recomputed"] == "holds"
