"""What runs cost is kept, the shortest of several, and only of quick ones."""

from pathlib import Path

import pytest

from ovp_lib.errors import InputError
from ovp_lib.lab.runs import costs
from tests.lab import tiny
from tests.lab.files.test_provenance import record


def run(folder: Path, name: str, seconds: float, preset: str = "quick") -> Path:
    """Leave a run of a page that took some seconds."""
    tiny.write(folder / f"{name}.ipynb", tiny.with_claims(name))
    said = {"statement": name, "wall_seconds": seconds, "preset": preset}
    record().model_copy(update=said).write(folder / f"{name}.record.json")
    return folder


def test_of_several_runs_the_shortest_is_on_record(tmp_path: Path) -> None:
    statements = {name: tiny.statement(name) for name in ("first", "second", "third")}
    runs = [run(tmp_path / "0", "second", 30.0), run(tmp_path / "1", "second", 20.0)]
    run(tmp_path / "1", "third", 7.0, preset="standard")
    costs.record(tmp_path, runs, statements)
    assert {name: cost.seconds for name, cost in costs.read(tmp_path).items()} == {"second": 20.0}

    found = costs.record(tmp_path, [run(tmp_path / "2", "first", 400.0)], statements)
    assert list(found) == ["first", "second"]
    assert costs.read(tmp_path) == found
    assert found["first"].words() == "7 min with 2 CPU threads"


def test_a_single_run_may_have_been_a_slow_one(tmp_path: Path) -> None:
    statements = {name: tiny.statement(name) for name in ("first", "second")}
    costs.record(tmp_path, [run(tmp_path / "0", "first", 30.0)], statements)
    run(tmp_path / "1", "second", 9.0)
    found = costs.record(tmp_path, [run(tmp_path / "1", "first", 80.0)], statements)
    assert [cost.seconds for cost in found.values()] == [30.0, 9.0]
    more = [run(tmp_path / "2", "first", 50.0), run(tmp_path / "3", "first", 60.0)]
    assert costs.record(tmp_path, more, statements)["first"].seconds == 50.0  # the page has grown


def test_a_page_that_is_gone_leaves_the_record(tmp_path: Path) -> None:
    costs.record(tmp_path, [run(tmp_path / "0", "old", 5.0)], {"old": tiny.statement("old")})
    assert costs.record(tmp_path, [], {"new": tiny.statement("new")}) == {}
    assert costs.read(tmp_path) == {}


def test_a_damaged_record_is_refused(tmp_path: Path) -> None:
    (tmp_path / costs.FILE).write_text('{"page": {"seconds": -1}}')
    with pytest.raises(InputError, match="no record of costs"):
        costs.read(tmp_path)
