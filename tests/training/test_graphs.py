import pytest

from ovp_lib.training.graphs import Recorded


def test_work_is_done_once_a_call_and_recorded_when_warm() -> None:
    log: list[str] = []

    def capture(_):
        log.append("record")
        return lambda: log.append("replay")

    recorded = Recorded(lambda: log.append("work"), capture)
    for _ in range(3):
        recorded()
    assert log == ["work", "record", "replay", "replay"]


def test_without_a_recorder_work_is_done_as_it_is() -> None:
    log: list[str] = []
    recorded = Recorded(lambda: log.append("work"), None)
    for _ in range(3):
        recorded()
    assert log == ["work"] * 3


def test_a_failed_recording_is_told_once_and_the_work_goes_on() -> None:
    log: list[str] = []

    def capture(_):
        raise RuntimeError("operation not permitted when stream is capturing")

    recorded = Recorded(lambda: log.append("work"), capture)
    recorded()
    with pytest.warns(RuntimeWarning, match="launched one by one: operation not permitted"):
        recorded()
    recorded()
    assert log == ["work"] * 3
