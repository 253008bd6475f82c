"""The notebook of the norm figure at tiny sizes."""

from ovp_lib.pages import STATEMENTS
from tests.notebooks.conftest import Run, data

NAME = "resnet-minimal-norm"
TINY = STATEMENTS[NAME].preset("tiny")


def counted(run: Run) -> dict[str, int]:
    return {claim.id.removeprefix(f"{NAME}."): claim.n for claim in run["claims"]}


def test_parameters_change_what_is_live_and_nothing_that_is_stored(run_cells) -> None:
    before = data(run_cells(NAME))
    after = data(run_cells(NAME, seed=1, hand_steps=60))
    assert set(before) == {
        f"{NAME}-{part}" for part in ("by-hand", "plane", "sweep", "budget", "objective")
    }
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {f"{NAME}-by-hand", f"{NAME}-plane"}


def test_n_counts_seeds_and_nothing_else(run_cells) -> None:
    n = counted(run_cells(NAME, n_starts=3, step_sizes=[0.2, 0.5], widths=[8, 10]))
    assert n["bound.neuron"] == n["sgd.frontier"] == 1
    assert n["sgd.test-error"] == n["sgd.objective"] == TINY.n_seeds
    assert n["sweep.norm"] == n["sweep.steps-80000"] == 6
    assert n["sweep.wide"] == 3


def test_what_is_proved_holds_at_any_size(run_cells) -> None:
    verdicts = {claim.id: claim.verdict for claim in run_cells(NAME)["claims"]}
    for proved in ("construction.error", "construction.norm", "bound.neuron", "sgd.frontier"):
        assert verdicts[f"{NAME}.{proved}"] == "holds"
