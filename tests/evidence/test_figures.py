import base64
import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from ovp_lib.evidence import figures, statistics
from ovp_lib.evidence.claims import Estimate


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list:
    collected: list = []
    monkeypatch.setattr(figures, "display", lambda thing, **_: collected.append(thing))
    figures.theme()
    return collected


def draw() -> None:
    figure, [ax] = figures.panels()
    values = np.array([[1.0, 0.1, np.inf], [2.0, 0.2, 0.02]])
    figures.band(ax, [10, 100, 1000], values, "a")
    figures.guide(ax, [10, 100], -0.5, 1.0, "half")
    figures.reference(ax, 1.0, "nothing")
    figures.legend(ax)
    figures.publish(figure, "curve")


def test_publish_shows_the_figure_and_closes_it(shown: list) -> None:
    draw()
    (picture,) = shown
    assert picture["image/svg+xml"].lstrip().startswith("<?xml")
    assert not plt.get_fignums()


def test_download_holds_the_data() -> None:
    data = figures.tidy({"a": [[1.0, np.inf], [2.0, 1 / 3]]}, "N", [10, 100])
    link = figures.download(data, "curve").data
    payload = re.search(r'href="data:text/csv;base64,([^"]*)"', link)[1]
    table = pd.read_csv(io.BytesIO(base64.b64decode(payload)))
    assert table.columns.tolist() == ["series", "seed", "N", "value"]
    assert table.value.tolist() == [1.0, np.inf, 2.0, 0.333333]
    assert 'download="curve.csv"' in link


def test_the_same_figure_is_the_same_file(shown: list) -> None:
    draw()
    draw()
    assert shown[0] == shown[1]


def test_points_that_a_seed_did_not_reach_are_left_out() -> None:
    _, [ax] = figures.panels()
    figures.band(ax, [10, 100], [[1.0, np.inf], [4.0, 2.0]], "a")
    assert ax.lines[0].get_xydata().tolist() == [[10.0, pytest.approx(2.0)]]
    plt.close("all")


def test_legend_says_the_exponent_only_if_there_is_one() -> None:
    words = figures.with_exponent("a", Estimate(-0.5, -0.6, -0.4, 5))
    assert words == "a: exponent −0.50 [−0.60, −0.40]"
    assert figures.with_exponent("a", Estimate(np.nan, np.nan, np.nan, 5)) == "a"


def test_bars_are_mean_and_interval() -> None:
    _, [ax] = figures.panels()
    figures.bars(ax, [0.5], [[1.0], [2.0], [3.0]], "a", colour=1)
    ((line, _, [bar]),) = ax.containers
    assert line.get_xydata().tolist() == [[0.5, 2.0]]
    ends = bar.get_segments()[0][:, 1]
    assert ends == pytest.approx([2 - 2.484, 2 + 2.484], abs=1e-3)  # t_{0.975, 2} / sqrt(3)
    plt.close("all")


def test_sign_map_lies_where_its_extent_says() -> None:
    _, [ax] = figures.panels()
    figures.sign_map(ax, (0.0, 2.0, -3.0, 3.0), [[1, 0, -1], [0, 0, 1]])
    (picture,) = ax.images
    assert picture.get_extent() == [0.0, 2.0, -3.0, 3.0]
    assert picture.origin == "lower"
    assert picture.get_array().tolist() == [[1, 0, -1], [0, 0, 1]]
    light, white, dark = picture.to_rgba(np.array([-1, 0, 1]))[:, :3]
    assert white.tolist() == [1, 1, 1]
    assert light.sum() > dark.sum()
    plt.close("all")


def test_panels_in_columns_leave_no_empty_frame() -> None:
    figure, axes = figures.panels(5, columns=2)
    assert len(axes) == 5
    assert [ax.get_visible() for ax in figure.axes] == [True] * 5 + [False]
    plt.close(figure)


@pytest.mark.parametrize("size", [3.0, 2e4])
def test_a_heat_map_treats_both_signs_alike(shown: list, size: float) -> None:
    figure, [ax] = figures.panels()
    figures.heat_map(ax, (-1, 1, 0, 2), [[-size, 0.0], [0.5, size]])
    (picture,) = ax.images
    assert picture.get_clim() == (-max(size, 10), max(size, 10))
    assert picture.norm(0.0) == pytest.approx(0.5)
    figures.publish(figure, "map")
    assert len(shown) == 1


def test_a_linear_band_is_mean_and_interval_on_axes_left_as_they_are() -> None:
    figure, [ax] = figures.panels()
    seeds = [[0.0, -1.0], [2.0, 1.0], [1.0, 0.0], [0.0, -1.0], [2.0, 1.0]]
    figures.linear_band(ax, [1, 2], seeds, "share", colour=1)
    (line,) = ax.lines
    assert line.get_ydata().tolist() == [1.0, 0.0]
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "linear")
    expected = statistics.mean_interval([0.0, 2.0, 1.0, 0.0, 2.0])
    corners = ax.collections[0].get_paths()[0].vertices
    assert corners[:, 1].max() == pytest.approx(expected.high)
    plt.close(figure)


@pytest.mark.parametrize("draw", [figures.band, figures.linear_band])
def test_few_seeds_are_dots_and_many_a_band(draw) -> None:
    few, many = np.arange(1.0, 9.0).reshape(4, 2), np.arange(1.0, 11.0).reshape(5, 2)
    figure, [ax] = figures.panels()
    draw(ax, [1, 2], few, "few")
    dots = np.concatenate([line.get_ydata() for line in ax.lines[1:]])
    assert sorted(dots) == sorted(few.ravel())
    assert not ax.collections
    draw(ax, [1, 2], many, "many")
    assert len(ax.collections) == 1
    plt.close(figure)


def test_guides_of_one_axes_can_be_told_apart() -> None:
    figure, [ax, other] = figures.panels(2)
    for power in (-0.25, -0.5, -1.0):
        figures.guide(ax, [1, 10], power, 1.0, str(power))
    figures.reference(ax, 1.0, "nothing")
    figures.guide(other, [1, 10], 1.0, 1.0, "first of its axes")
    styles = [line._unscaled_dash_pattern for line in ax.lines]
    assert len({str(style) for style in styles}) == 4
    assert other.lines[0].get_linestyle() == ax.lines[0].get_linestyle()
    plt.close(figure)


def test_printed_points_are_hollow_and_not_joined() -> None:
    figure, [ax] = figures.panels()
    figures.hollow(ax, [1, 2], [3.0, 4.0], colour=2, style="s")
    (line,) = ax.lines
    assert (line.get_linestyle(), line.get_marker()) == ("None", "s")
    assert line.get_markerfacecolor() == "white"
    assert line.get_markeredgecolor() == figures.PALETTE[2]
    plt.close(figure)


def test_a_cloud_is_single_points_on_the_axes_as_they_are() -> None:
    figure, [ax] = figures.panels()
    figures.cloud(ax, [1.0, 2.0, 3.0], [4.0, 5.0, 6.0], "runs", colour=2)
    (drawn,) = ax.lines
    assert drawn.get_xydata().tolist() == [[1, 4], [2, 5], [3, 6]]
    assert drawn.get_linestyle() == "None"
    assert drawn.get_label() == "runs"
    assert ax.get_xscale() == ax.get_yscale() == "linear"
    plt.close(figure)


def test_a_tuning_map_shows_every_number_and_frames_the_least() -> None:
    table = pd.DataFrame([[3.0, np.nan], [2.0, 4.5]], index=[0.0, 1e-4], columns=[0.01, 0.02])
    _, [ax] = figures.panels()
    figures.tuning_map(ax, table)
    assert [text.get_text() for text in ax.texts] == ["3", "2", "4.5"]
    (frame,) = ax.patches
    assert (frame.get_x(), frame.get_y()) == (0, 1)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.01", "0.02"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["0", "0.0001"]
    assert ax.yaxis_inverted()
    plt.close("all")


def test_what_a_drawing_names_by_hashes_is_numbered_and_still_found() -> None:
    svg = '<clipPath id="p66528ab48b"/><path id="m0123456789"/><use href="#m0123456789"/>'
    svg += '<g clip-path="url(#p66528ab48b)" data-x="pffffffffff"/>'
    other = svg.replace("p66528ab48b", "p5d548be881")
    found = figures.numbered(svg, "fig")
    assert found == figures.numbered(other, "fig")
    assert 'id="fig-0"' in found
    assert "url(#fig-0)" in found
    assert 'href="#fig-1"' in found
    assert "pffffffffff" in found, "what names nothing stays"
