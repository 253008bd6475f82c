import io
import sys

import pytest

from ovp_lib.lab.progress import Bar


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("interval", "count"), [(0.0, 5), (1000.0, 2)])
def test_a_log_gets_a_line_now_and_then_and_at_the_end(
    capsys: pytest.CaptureFixture[str], interval: float, count: int
) -> None:
    bar = Bar("tiny", "cells", note="started", interval=interval)
    bar.show(1, 4)
    bar.show(2, 4, "epoch 3")
    bar.show(2, 4, "epoch 4")
    bar.close("done")
    lines = [line.replace("[00:00]", "") for line in capsys.readouterr().err.splitlines()]
    assert len(lines) == count
    assert lines[0] == "tiny: 0/? cells , started"
    assert lines[-1] == "tiny: 2/4 cells , done"
    between = ["tiny: 1/4 cells ", "tiny: 2/4 cells , epoch 3", "tiny: 2/4 cells , epoch 4"]
    assert lines[1:-1] == (between if count == 5 else [])


def test_what_must_be_seen_at_once_does_not_wait_and_nothing_is_said_twice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bar = Bar("tiny", "tasks", total=4, interval=1000.0)
    bar.show(1, 4, "1 failed", at_once=True)
    bar.show(1, 4, "1 failed", at_once=True)
    bar.close()
    lines = capsys.readouterr().err.replace(" [00:00]", "").splitlines()
    assert lines == ["tiny: 0/4 tasks", "tiny: 1/4 tasks, 1 failed"]


def test_two_bars_in_a_log_do_not_move_its_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (Bar(name, "cells", interval=0.0) for name in ("one", "two"))
    first.show(1, 2)
    second.show(2, 2)
    second.close("done")
    first.close("done")
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert "\r" not in said


def test_a_terminal_gets_bars_with_notes_that_look_like_markup(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    bar = Bar("tiny", "cells")
    bar.show(2, 4, "[red] 50%", at_once=True)
    bar.close()
    assert "\r" in terminal.getvalue()
    assert "|##########          |" in terminal.getvalue()
    assert "2/4 cells [00:00], [red] 50%" in terminal.getvalue()
