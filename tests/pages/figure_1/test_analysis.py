import numpy as np
import pandas as pd
import pytest

from ovp_lib.pages.figure_1 import analysis
from ovp_lib.pages.figure_1.analysis import by_step_size, initial_output
from ovp_lib.pages.section_7.curves import finished
from tests.pages.section_7.made_up import table

INDEX = [("a", "2layer", 100), ("a", "2layer", 2000), ("b", "2layer", 500), ("b", "2layer", 700)]


@pytest.fixture
def printed() -> pd.Series:
    """Points of one curve, as a paper could have them."""
    index = pd.MultiIndex.from_tuples(INDEX, names=["panel", "series", "x"])
    return pd.Series([4.0, 9.0, 5.0, 7.0], index=index)


def test_every_step_size_has_its_best_decay_and_a_mean_over_seeds(printed) -> None:
    found = by_step_size(finished(table()), "2layer", printed)
    assert list(found.columns) == [0.01, 0.02, 0.05]
    assert list(found.index) == [("a", 100), ("a", 2000), ("b", 500)]
    assert found.loc[("a", 100), 0.02] == pytest.approx(np.sqrt(200.1 * 400.1) / 4.0)
    assert found.loc[("a", 100), 0.01] == pytest.approx(2 * np.sqrt(200.1 * 400.1) / 4.0)
    assert found.loc[("b", 500), 0.01] == pytest.approx(np.sqrt(4000.05 * 8000.05) / 5.0)


def test_where_a_seed_diverged_there_is_no_ratio(printed) -> None:
    runs = finished(table())
    lost = (runs["lr"] == 0.05) & (runs["seed"] == 1) & (runs["width"] == 100)
    runs.loc[lost, "test"] = np.nan
    found = by_step_size(runs, "2layer", printed)
    assert np.isnan(found.loc[("a", 100), 0.05])
    assert found.loc[("a", 100), 0.02] > 0


def test_step_sizes_beyond_the_largest_shown_and_plain_inputs_are_left_out(printed) -> None:
    runs = finished(table())
    far = runs.assign(lr=runs["lr"].replace(0.05, 10.0))
    assert list(by_step_size(far, "2layer", printed).columns) == [0.01, 0.02]
    runs.loc[runs["convention"] == "plain", "test"] /= 100
    padded = runs[runs["convention"] == "padded"]
    expected = by_step_size(padded, "2layer", printed)
    pd.testing.assert_frame_equal(by_step_size(runs, "2layer", printed), expected)


def test_the_output_at_the_start_does_not_depend_on_the_width_unless_weights_are_scaled(
    monkeypatch,
) -> None:
    monkeypatch.setattr(analysis, "WIDTHS", (20, 80))
    found = initial_output(range(6))
    assert found.low < 1 < found.high
    assert found.n == 6
    usual = analysis.init_three_layer

    def wide(*args: object, **sizes: int) -> object:
        net = usual(*args, **sizes)
        return net._replace(a=net.a * sizes["m1"] ** 0.5)

    monkeypatch.setattr(analysis, "init_three_layer", wide)
    assert initial_output(range(6)).value == pytest.approx(2 * found.value)
