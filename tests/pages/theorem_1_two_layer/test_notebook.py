"""The notebook of Theorem 1 at tiny sizes."""

from tests.notebooks.conftest import numbers

NAME = "theorem-1-two-layer"


def test_another_loss_is_learned_too(run_cells) -> None:
    tiny = numbers(run_cells(NAME))
    other = numbers(run_cells(NAME, loss="cross_entropy", n_outputs=3))
    assert other["theorem-1.agnostic.risk"] != tiny["theorem-1.agnostic.risk"]


def test_the_noise_changes_only_the_agnostic_runs(run_cells) -> None:
    quiet, loud = (numbers(run_cells(NAME, noise=noise)) for noise in (0.1, 0.6))
    changed = {claim for claim, value in quiet.items() if value != loud[claim]}
    assert changed == {"theorem-1.agnostic.risk", "theorem-1.agnostic.exponent"}


def test_a_constant_over_no_function_at_all_is_not_shown(run_cells) -> None:
    run = run_cells(NAME, steps=64, phis=["sin(9z)", "cos(9z)", "z^9"])
    (claim,) = [c for c in run["claims"] if c.id == "theorem-1.complexity.constant"]
    assert claim.measured is None
    assert claim.verdict == "not shown at this scale"
