import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from ovp_lib.lab.sweeps.progress import Pace, State, SweepBar, SweepLines, clock, sweep_display

POSITIVE = st.floats(0.01, 1e6)


def state(done: int = 1, failed: int = 0, note: float | None = 30.0) -> State:
    return State(done, 4, 2, 1, failed, per_minute=note and 2.0, seconds_left=note)


def test_nothing_is_known_before_the_first_task_is_finished() -> None:
    pace = Pace(began=0.0)
    assert pace.per_minute(now=10.0) is None
    assert pace.seconds_left(5.0, [], slots=2) is None
    pace.add(cost=1.0, seconds=3.0)
    assert pace.per_minute(now=30.0) == 2.0
    assert pace.seconds_left(5.0, [], slots=2) == 7.5


def test_one_long_task_cannot_be_divided() -> None:
    pace = Pace()
    pace.add(cost=1.0, seconds=2.0)
    assert pace.seconds_left(0.0, [(10.0, 5.0), (1.0, 1.9)], slots=2) == 15.0
    assert pace.seconds_left(0.0, [(1.0, 99.0)], slots=2) == 0.0


@given(st.lists(POSITIVE, min_size=1, max_size=9), st.integers(1, 8), POSITIVE)
def test_with_one_worker_and_honest_costs_it_is_the_sum(
    costs: list[float], waiting: int, unit: float
) -> None:
    """If seconds are proportional to costs, the time left is the work that is left."""
    pace = Pace()
    for cost in costs:
        pace.add(cost, unit * cost)
    left = pace.seconds_left(float(waiting), [(2.0, 0.5 * unit)], slots=1)
    assert left == pytest.approx(unit * (waiting + 1.5))


def test_words() -> None:
    assert state().describe() == ("2 running, 1 claimed elsewhere, 2.0 a minute, 0:30 left")
    assert state(failed=3, note=None).describe() == "2 running, 1 claimed elsewhere, 3 failed"
    assert (clock(0.0), clock(3599.6)) == ("0:00", "1:00:00")


def test_a_terminal_gets_a_bar_and_anything_else_lines() -> None:
    for terminal, kind in ((True, SweepBar), (False, SweepLines)):
        console = Console(file=io.StringIO(), force_terminal=terminal)
        assert isinstance(sweep_display("tiny", console), kind)


def test_lines_come_now_and_then_at_a_failure_and_at_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with SweepLines("tiny", interval=1000.0) as lines:
        for done, failed in ((0, 0), (1, 0), (1, 1), (2, 1), (3, 1), (3, 1)):
            lines.show(state(done, failed))
    said = [line.split(",")[0] for line in capsys.readouterr().err.splitlines()]
    assert said == ["tiny: 0/4 tasks", "tiny: 1/4 tasks", "tiny: 3/4 tasks"]
    with SweepLines("tiny", interval=0.0) as lines:
        lines.show(state(1))
        lines.show(state(2))
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_a_bar_shows_tasks_rate_and_time_left() -> None:
    shown = io.StringIO()
    with SweepBar("tiny", Console(file=shown, force_terminal=True, width=120)) as bar:
        bar.show(state(3))
    assert "3/4" in shown.getvalue()
    assert "0:30 left" in shown.getvalue()
