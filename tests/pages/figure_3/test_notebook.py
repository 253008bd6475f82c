"""The notebook of Figure 3 at tiny sizes: parameters change the live part, and only it."""

from tests.notebooks.conftest import data, numbers

LIVE = {"figure-3.live.error", "figure-3.live.strength"}


def test_parameters_change_what_is_computed_live_and_nothing_that_is_stored(run_cells) -> None:
    sizes = {"seed": 1, "n_seeds": 3, "width": 12, "samples": 150, "epochs": 10}
    grid = {"step_sizes": [0.02], "decays": [0.1], "strengths": [1e-3, 0.1]}
    base, run = run_cells("figure-3"), run_cells("figure-3", **sizes, **grid)
    before, after = numbers(base), numbers(run)
    assert before["figure-3.live.error"] != after["figure-3.live.error"]
    stored = before.keys() - LIVE
    assert {name: before[name] for name in stored} == {name: after[name] for name in stored}
    assert data(base) == data(run)
    assert set(data(run)) == {"figure-3", "figure-3-blind", "figure-3-tuning"}


def test_a_strong_regulariser_makes_the_weights_more_even(run_cells) -> None:
    run = run_cells("figure-3", epochs=40, strengths=[1e-4, 1e-3, 1e-2])
    assert numbers(run)["figure-3.live.strength"][0] < 1
