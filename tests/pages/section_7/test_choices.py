import numpy as np
import pandas as pd
import pytest

from ovp_lib.pages.section_7 import choices
from ovp_lib.pages.section_7.analysis import means
from ovp_lib.pages.section_7.choices import (
    first_pass,
    flattery,
    flattery_by_seed,
    inside,
    starred,
    tried,
    tuning_runs,
)
from ovp_lib.pages.section_7.curves import both_panels, chosen, finished
from ovp_lib.pages.section_7.grids import LEARNERS
from tests.pages.section_7.made_up import table


def test_step_sizes_are_counted_at_each_point_of_a_panel() -> None:
    runs = finished(table())
    runs = runs[~((runs["samples"] == 500) & (runs["lr"] > 0.01))]
    runs = runs[~((runs["curve"] == "2layer") & (runs["width"] == 100))]
    assert tried(runs, "a").loc["3layer"].to_dict() == {100: 3, 2000: 3}
    assert tried(runs, "b").loc["3layer"].to_dict() == {500: 1, 1000: 3}
    assert np.isnan(tried(runs, "a").loc["2layer", 100])
    less = runs[~((runs["width"] == 100) & (runs["seed"] == 1) & (runs["lr"] > 0.01))]
    assert tried(less, "a").loc["3layer"].to_dict() == {100: 1, 2000: 3}
    assert list(tried(runs, "a", convention="plain").columns) == [100]


def test_a_star_marks_points_with_one_step_size_and_what_was_not_run_is_named() -> None:
    runs = finished(table())
    runs = runs[~((runs["curve"] == "3layer") & (runs["width"] == 2000) & (runs["lr"] != 0.02))]
    values = means(both_panels(chosen(runs, by="test")))
    values["a", "3layer", 100] = np.nan
    words = starred(values.drop(("b", "2layer", 500)), runs, ".3g")
    assert words.loc[("a", 2000), "3layer"] == "2.83e+03*"
    assert words.loc[("a", 2000), "2layer"] == "5.66e+03"
    assert words.loc[("a", 100), "3layer"] == "not run"
    assert words.loc[("b", 500), "2layer"] == ""
    assert words.index.names == ["panel", "m or N"]


def test_choosing_by_test_data_flatters_at_each_point_and_seed() -> None:
    runs = finished(table())
    found = flattery(chosen(runs, by="validation"), chosen(runs, by="test"))
    assert len(found) == len(LEARNERS) * 4 * 2
    late = 1 + np.log2(0.05 / 0.02)
    later = 1 + np.log2(0.05 / 0.01)
    assert found["log_ratio"].to_numpy() == pytest.approx(
        np.where(found["log_ratio"] > 1.1, np.log(later), np.log(late))
    )
    assert (found["log_ratio"] > 1.1).sum() == len(LEARNERS) * 2


def test_the_best_step_size_is_inside_or_at_an_end() -> None:
    found = inside(finished(table()), by="test")
    assert len(found) == len(LEARNERS) * 4
    assert (found["inside"] == (found["samples"] == 1000)).all()
    assert not inside(finished(table())).inside.any()
    runs = finished(table())
    assert inside(runs[runs["lr"] < 0.05]).empty
    assert inside(runs[(runs["lr"] < 0.05) | (runs["seed"] == 0)]).empty


def test_the_first_pass_lacks_what_the_grid_was_extended_by(monkeypatch) -> None:
    extra = {"sine": {("2layer", "padded", 2000, 500): (0.01,)}, "tanh": {}}
    monkeypatch.setattr(choices, "EXTRA_STEP_SIZES", extra)
    runs = finished(table())
    left = runs.drop(first_pass(runs, "sine").index)
    assert set(left["curve"]) == {"2layer"}
    assert set(zip(left["width"], left["samples"], left["lr"], strict=True)) == {(2000, 500, 0.01)}
    assert len(left) == 4
    pd.testing.assert_frame_equal(first_pass(runs, "tanh"), runs)


def test_a_curve_is_tuned_at_one_point_with_padded_inputs(monkeypatch) -> None:
    monkeypatch.setattr(choices, "TUNED_WIDTH", 100)
    found = tuning_runs(finished(table()), "2layer")
    assert list(found) == ["curve", "seed", "lr", "wd", "validation", "test"]
    assert len(found) == 2 * 3 * 2
    assert set(found["curve"]) == {"2layer"}
    assert found["test"].min() == pytest.approx(200.1)


def test_flattery_is_averaged_over_points_for_seeds_that_every_curve_has() -> None:
    rows = [("2layer", 0, 0.2), ("2layer", 0, 0.4), ("3layer", 0, 0.0), ("2layer", 3, 9.0)]
    found = flattery_by_seed(pd.DataFrame(rows, columns=["curve", "seed", "log_ratio"]))
    assert found.to_dict() == pytest.approx({0: np.exp(0.2)})
