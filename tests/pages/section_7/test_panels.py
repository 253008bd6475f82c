import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from ovp_lib.evidence.figures import PALETTE
from ovp_lib.pages.section_7 import choices
from ovp_lib.pages.section_7.curves import both_panels, chosen, curve, finished
from ovp_lib.pages.section_7.grids import LEARNERS
from ovp_lib.pages.section_7.panels import comparison, data, draw, tuning, tuning_map
from tests.pages.section_7.made_up import table


def test_a_panel_shows_bands_single_marks_and_the_papers_points_in_one_colour_a_curve() -> None:
    best = chosen(finished(table()), by="test")
    curves = {name: curve(best, name, "b") for name in ("3layer", "2layer")}
    curves["2layer"].loc[1, 500] = np.nan
    index = pd.MultiIndex.from_tuples([("2layer", 500), ("2layer", 1000)])
    figure, ax = plt.subplots()
    draw(ax, curves, pd.Series([7.0, 8.0], index=index))
    of = {
        c: [
            line
            for line in ax.lines
            if PALETTE[c] in (line.get_color(), line.get_markeredgecolor())
        ]
        for c in (0, 1)
    }
    drawn = [[list(map(float, line.get_xdata())) for line in of[c]] for c in (0, 1)]
    dots = [[500, 1000]] * 2  # each of two seeds
    assert drawn[0] == [[500, 1000], *dots, []]
    assert drawn[1] == [[1000], [1000], [1000], [500], [500, 1000]]
    assert of[1][3].get_ydata().tolist() == [curves["2layer"].loc[0, 500]]
    assert of[1][4].get_markerfacecolor() == "white"
    assert ax.get_legend_handles_labels()[1] == ["3layer", "2layer"]
    plt.close(figure)


@pytest.mark.parametrize(
    ("panel", "labels"),
    [("a", ("width m", "test error, N = 1000")), ("b", ("samples N", "test error, m = 2000"))],
)
def test_a_comparison_has_every_learner_and_says_what_is_fixed(panel, labels) -> None:
    both = both_panels(chosen(finished(table()), by="test"))
    figure = comparison(both, panel)
    (ax,) = figure.axes
    assert (ax.get_xlabel(), ax.get_ylabel()) == labels
    assert ax.get_legend_handles_labels()[1] == list(LEARNERS)
    assert [text.get_text() for text in figure.legends[0].texts] == list(LEARNERS)
    plt.close(figure)


def test_printed_points_are_those_of_the_panel() -> None:
    both = both_panels(chosen(finished(table()), by="test"))
    index = pd.MultiIndex.from_tuples([("a", "2layer", 100), ("b", "2layer", 500)])
    figure = comparison(both, "b", pd.Series([7.0, 8.0], index=index))
    hollow = [line for line in figure.axes[0].lines if line.get_markerfacecolor() == "white"]
    assert [line.get_xydata().tolist() for line in hollow] == [[[500.0, 8.0]]]
    plt.close(figure)


def test_the_data_of_a_panel_are_those_of_its_curves() -> None:
    both = both_panels(chosen(finished(table()), by="test"))
    found = data(both, "b")
    assert list(found) == ["series", "seed", "N", "value"]
    assert len(found) == len(LEARNERS) * 2 * 2
    first = found[(found["series"] == "2layer") & (found["N"] == 500)]["value"]
    assert first.tolist() == both["b", "2layer"][500].tolist()
    assert list(data(both, "a")) == ["series", "seed", "m", "value"]


def test_a_tuning_map_has_geometric_means_and_leaves_out_what_diverged() -> None:
    grid = {"wd": [0.0, 0.0, 0.0, 0.0], "lr": [0.1, 0.1, 0.2, 0.2]}
    runs = pd.DataFrame({**grid, "w24": [1.0] * 4, "test": [1.0, 4.0, 9.0, np.nan]})
    figure, axes = plt.subplots(1, 2)
    for ax, strength in zip(axes, ("wd", "w24"), strict=True):
        tuning_map(ax, runs, strength)
        assert [text.get_text() for text in ax.texts] == ["2"]
    assert [ax.get_yticklabels()[0].get_text() for ax in axes] == ["0", "1"]
    plt.close(figure)


def test_tuning_has_a_map_for_each_learner(monkeypatch) -> None:
    monkeypatch.setattr(choices, "TUNED_WIDTH", 100)
    runs = finished(table())
    figure = tuning({name: choices.tuning_runs(runs, name) for name in ("3layer", "2layer")})
    titles = [ax.get_title() for ax in figure.axes]
    assert titles == ["3layer, m = 200, N = 1000", "2layer, m = 200, N = 1000"]
    assert [len(ax.texts) for ax in figure.axes] == [6, 6]
    plt.close(figure)
