import pytest

from ovp_lib.lab.runs.progress import Bars


def test_every_notebook_has_a_line_for_its_start_and_its_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Bars(interval=1000.0) as bars:
        bars.start("one")
        bars.start("two")
        bars.update("two", 1, 3, "epoch 3")
        bars.update("one", 4, 4)
        bars.finish("one", "done")
    lines = capsys.readouterr().err.replace(" [00:00]", "").splitlines()
    assert lines == [
        *("one: 0/? cells, started", "two: 0/? cells, started"),
        *("one: 4/4 cells, done", "two: 1/3 cells, stopped"),
    ]
