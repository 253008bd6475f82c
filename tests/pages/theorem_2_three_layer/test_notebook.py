"""The notebook of Theorem 2 at tiny sizes."""

from tests.notebooks.conftest import numbers

NAME = "theorem-2-three-layer"


def test_a_level_that_some_seed_does_not_reach_is_not_extrapolated(run_cells) -> None:
    run = run_cells(NAME, level=0.01)
    (claim,) = [c for c in run["claims"] if c.id == f"{NAME}.width.exponent"]
    assert run["needed"].censored > 0
    assert claim.measured is None
    assert claim.verdict == "not shown at this scale"


def test_label_noise_of_part_b_changes_nothing_else(run_cells) -> None:
    quiet, loud = (numbers(run_cells(NAME, noises=[0.5, top])) for top in (1.0, 1.5))
    changed = {claim for claim, value in quiet.items() if value != loud[claim]}
    assert changed == {f"{NAME}.agnostic.large"}


def test_what_is_allowed_is_a_quarter_of_opt_and_a_hundredth(run_cells) -> None:
    allowed = run_cells(NAME)["allowed"]
    assert [round(value, 4) for value in allowed.values()] == [0.0725, 0.5725]
