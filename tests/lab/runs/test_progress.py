import io

import pytest
from rich.console import Console

from ovp_lib.lab.runs.progress import Bars, Lines, display


def test_a_terminal_gets_bars_and_anything_else_lines() -> None:
    assert isinstance(display(Console(file=io.StringIO(), force_terminal=True)), Bars)
    assert isinstance(display(Console(file=io.StringIO(), force_terminal=False)), Lines)


def test_lines_say_start_progress_now_and_then_and_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 7.0)
    for interval, expected in ((0.0, 4), (1000.0, 2)):
        with Lines(interval) as lines:
            lines.start("tiny")
            lines.update("tiny", 1, 4)
            lines.update("tiny", 2, 4, "epoch 3")
            lines.finish("tiny", "done")
        said = capsys.readouterr().err.splitlines()
        assert len(said) == expected
        assert said[0] == "tiny: started (0:00)"
        assert said[-1] == "tiny: done (0:00)"
        assert expected == 2 or said[1:3] == [
            "tiny: 1/4 cells (0:00)",
            "tiny: 2/4 cells epoch 3 (0:00)",
        ]


def test_bars_show_cells_and_a_note_that_looks_like_markup() -> None:
    shown = io.StringIO()
    with Bars(Console(file=shown, force_terminal=True, width=120)) as bars:
        bars.start("tiny")
        bars.update("tiny", 2, 4, "[red] 50%")
    text = shown.getvalue()
    assert "tiny" in text
    assert "2/4" in text
    assert "[red] 50%" in text
