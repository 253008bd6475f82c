"""What is left out when a picture is drawn does not change it."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from ovp_lib.evidence import figures, layout
from ovp_lib.evidence.layout import drawn_once

FORMATS = {"svg": {"Date": None}, "png": {"Software": None}}


def drawn(n: int) -> Figure:
    """Return a figure with everything that a layout must find room for."""
    figures.theme()
    figure, axes = figures.panels(n)
    for i, ax in enumerate(axes):
        values = np.outer([1.0, 1.1, 1.3], [2.0, 0.3 + i, 0.02])
        figures.band(ax, [10, 100, 1000], values, f"curve {i}", colour=i)
        ax.set(xlabel="width", ylabel="error", title="a title")
    figures.legend(axes[0])
    return figure


def saved(figure: Figure, kind: str) -> bytes:
    content = io.BytesIO()
    figure.savefig(content, format=kind, metadata=FORMATS[kind])
    plt.close(figure)
    return content.getvalue()


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("n", [1, 3])
def test_a_picture_that_is_drawn_once_is_the_same(kind: str, n: int) -> None:
    expected = saved(drawn(n), kind)
    figure = drawn(n)
    with drawn_once(figure):
        assert saved(figure, kind) == expected


def test_it_is_drawn_once_and_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    draw, lay_out = Figure.draw, layout.lay_out
    monkeypatch.setattr(Figure, "draw", lambda *given: (calls.append("drawn"), draw(*given)))
    monkeypatch.setattr(layout, "lay_out", lambda *given: (calls.append("laid"), lay_out(*given)))
    figure = drawn(1)
    with drawn_once(figure):
        saved(figure, "svg")
    assert calls == ["laid", "drawn"]
    assert "draw" not in vars(figure)


def test_without_a_layout_engine_nothing_is_left_out() -> None:
    figure = plt.figure(layout="none")
    figure.add_axes((0.1, 0.1, 0.8, 0.8)).plot([0, 1])
    with drawn_once(figure):
        assert b"<path" in saved(figure, "svg")
