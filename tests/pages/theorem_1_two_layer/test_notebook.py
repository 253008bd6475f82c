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


def test_phi_that_are_not_learned_at_all_have_no_rank(run_cells) -> None:
    run = run_cells(NAME, steps=64, phis=["sin(9z)", "cos(9z)", "z^9"])
    (claim,) = [c for c in run["claims"] if c.id == "theorem-1.complexity.rank"]
    assert claim.measured is None
    assert claim.verdict == "not shown at this scale"


def test_the_scale_and_the_step_size_follow_the_accuracy(run_cells) -> None:
    """The same T at another accuracy is another run: eps_a and eta are tied to it."""
    tiny = run_cells(NAME, accuracies=[0.5, 0.7], budget=30.0)
    other = run_cells(NAME, accuracies=[0.25, 0.35], budget=7.5)
    assert tiny["horizons"] == other["horizons"]
    assert (tiny["clean"].excess != other["clean"].excess).all()
