"""The notebook of the lower bound at tiny sizes."""

import pytest

from tests.notebooks.conftest import Run, data

NAME = "kernel-lower-bound"
NETWORKS = {f"{NAME}-{part}" for part in ("paper", "crossing", "learned", "time", "theory")}
"""Figures that show networks."""


def verdicts(run: Run) -> dict[str, str]:
    return {claim.id.removeprefix(f"{NAME}."): claim.verdict for claim in run["claims"]}


def changed(before: Run, after: Run) -> set[str]:
    return {name for name in data(before) if data(before)[name] != data(after)[name]}


def test_what_is_proved_holds_at_any_size(run_cells) -> None:
    found = verdicts(run_cells(NAME))
    proved = {id for id in found if id.endswith("violations")}
    assert len(proved) == 6
    proved |= {id for id in found if "tightness" in id or "rank" in id}
    assert {found[id] for id in proved} == {"holds"}


def test_how_networks_are_trained_changes_nothing_of_kernels(run_cells) -> None:
    run = run_cells(NAME)
    assert changed(run, run_cells(NAME, epochs=120, step_sizes=[0.1])) == NETWORKS


def test_what_kernels_are_given_changes_nothing_of_networks(run_cells) -> None:
    run = run_cells(NAME)
    other = run_cells(
        NAME, span_sizes=[5, 8], sample_sizes=[12, 30], crossing_kernels=["NTK, 2 hidden"]
    )
    assert changed(run, other) == {f"{NAME}-{part}" for part in ("spans", "paper", "crossing")}
    assert run["network_crossing"] == pytest.approx(other["network_crossing"], nan_ok=True)


def test_networks_that_never_cross_are_not_shown(run_cells) -> None:
    run = run_cells(NAME, epochs=2, step_sizes=[0.001])
    found = verdicts(run)
    for name in ("crossing.network-exponent", "crossing.growth", "time.exponent"):
        assert found[name] == "not shown at this scale"
        (claim,) = [claim for claim in run["claims"] if claim.id == f"{NAME}.{name}"]
        assert claim.measured is None
