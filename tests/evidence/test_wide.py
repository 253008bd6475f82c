"""A figure for a wide column: panels side by side, and no text that runs into another one."""

from itertools import combinations

import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

from ovp_lib.evidence import figures, wide


@pytest.fixture(autouse=True)
def theme() -> None:
    figures.theme()


def drawn(n: int, *, columns: int = 1, title: str = "a") -> Figure:
    """Return a figure as a notebook makes it, with a legend below and one name of an axis."""
    figure, axes = figures.panels(n, columns=columns)
    for ax in axes:
        ax.plot([100, 10_000], [1.0, 2.0], label="a curve with a name")
        ax.set(xscale="log", title=title, ylabel="error")
        figures._plain_ticks(ax.xaxis)
    axes[-1].set_xlabel("width")
    axes[0].plot([100], [1.0], label="another one")
    figures.legend(axes[0])
    return figure


def grid(figure: Figure) -> tuple[int, int]:
    spec = figure.axes[0].get_subplotspec()
    assert spec is not None
    rows, columns = spec.get_gridspec().get_geometry()
    return rows, columns


@pytest.mark.parametrize(
    ("n", "columns", "expected"),
    [(1, 1, (1, 1)), (2, 1, (1, 2)), (3, 1, (1, 3)), (4, 1, (2, 2)), (8, 2, (2, 4))],
)
def test_panels_stand_side_by_side(n: int, columns: int, expected: tuple[int, int]) -> None:
    figure = drawn(n, columns=columns)
    narrow = figure.get_figheight()
    wide.widen(figure)
    assert grid(figure) == expected
    assert figure.get_figwidth() == wide.WIDE
    assert figure.get_figheight() <= narrow
    plt.close(figure)


def test_letters_keep_their_size_and_every_lowest_panel_says_what_its_axis_is() -> None:
    figure = drawn(2)
    sizes = [ax.yaxis.label.get_size() for ax in figure.axes]
    wide.widen(figure)
    assert [ax.yaxis.label.get_size() for ax in figure.axes] == sizes
    assert [ax.get_xlabel() for ax in figure.axes] == ["width", "width"]
    plt.close(figure)


def test_no_text_runs_into_another_one() -> None:
    figure = drawn(3, title="a long title: exponent −0.44 [−0.45, −0.42]")
    wide.widen(figure)
    figure.draw_without_rendering()
    texts = [text for ax in figure.axes for text in (ax.title, ax.xaxis.label, ax.yaxis.label)]
    labels = [
        label
        for ax in figure.axes
        for label in ax.get_xticklabels()
        if ax.get_xlim()[0] <= label.get_position()[0] <= ax.get_xlim()[1]
    ]
    boxes = {text.get_text(): text.get_window_extent() for text in texts}
    boxes |= {
        f"{i} {label.get_text()}": label.get_window_extent() for i, label in enumerate(labels)
    }
    assert len(labels) >= 2 * len(figure.axes)
    touching = [(a, b) for a, b in combinations(boxes, 2) if boxes[a].overlaps(boxes[b])]
    assert touching == []
    assert all("[−0.45, −0.42]" in ax.get_title() for ax in figure.axes)  # on one line
    plt.close(figure)


def test_a_legend_uses_the_room_and_stays_inside() -> None:
    figure = drawn(1)
    before = figure.legends[0].get_window_extent().height
    wide.widen(figure)
    figure.draw_without_rendering()
    (legend,) = figure.legends
    box = legend.get_window_extent()
    assert [text.get_text() for text in legend.get_texts()] == [
        "a curve with a name",
        "another one",
    ]
    assert box.height < before
    assert box.width <= figure.bbox.width
    plt.close(figure)
