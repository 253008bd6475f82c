import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovp_lib.lab.sweeps.progress import Pace, State, SweepBar

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
    assert state().describe() == "2 running, 1 elsewhere, 2.0 per minute, 00:30 left"
    assert state(failed=3, note=None).describe() == "2 running, 1 elsewhere, 3 failed"


def test_a_failure_is_shown_at_once_and_so_is_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    with SweepBar("tiny", interval=1000.0) as bar:
        for done, failed in ((0, 0), (1, 0), (1, 1), (2, 1), (3, 1)):
            bar.show(state(done, failed))
    text = capsys.readouterr().err
    said = [line.split(" [")[0] for line in text.splitlines()]
    assert said == ["tiny: 0/4 tasks", "tiny: 1/4 tasks", "tiny: 3/4 tasks"]
    assert "1 failed, 2.0 per minute, 00:30 left" in text


def test_a_sweep_without_a_task_to_compute_shows_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with SweepBar("tiny"):
        pass
    assert capsys.readouterr().err == ""
