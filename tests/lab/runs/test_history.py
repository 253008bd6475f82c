import json
from dataclasses import replace
from pathlib import Path

import pytest

from ovp_lib.errors import InputError
from ovp_lib.evidence.claims import Predictions
from ovp_lib.lab.runs import history
from ovp_lib.lab.runs.score import Difference, read_recorded
from ovp_lib.pages import STATEMENTS, Statement

NAME = "theorem-1-two-layer"
RESULTS = Path(__file__).parents[3] / "results"


def changed(statement: Statement, **fields: object) -> Statement:
    first, *others = statement.predictions
    return replace(statement, predictions=Predictions([first.model_copy(update=fields), *others]))


def record(folder: Path, statement: Statement, *moved: Difference, why: str = ""):
    return history.append(folder, {NAME: statement}, [NAME], moved, why)


def test_what_is_predicted_and_run_is_what_was_declared() -> None:
    """No region, statistic, number of seeds or grid changes without an entry in the history.

    If this fails: store the notebooks, then `ovp score --record --why "the reason"`.
    """
    now = history.declared(STATEMENTS, RESULTS)
    assert history.changes(history.read_declared(RESULTS), now) == []


def test_the_history_ends_at_the_verdicts_on_record() -> None:
    last = {(m.preset, m.claim): m.after for e in history.read(RESULTS) for m in e.verdicts}
    recorded = read_recorded(RESULTS / "verdicts.json")
    assert last
    for (preset, claim), verdict in last.items():
        assert recorded.get(preset, {}).get(claim) == verdict, (preset, claim)


def test_the_history_is_in_order() -> None:
    dates = [entry.date for entry in history.read(RESULTS)]
    assert dates == sorted(dates)


def test_a_changed_region_needs_a_reason(tmp_path: Path) -> None:
    statement = STATEMENTS[NAME]
    assert record(tmp_path, statement, why="the first record of all") is not None
    assert record(tmp_path, statement) is None
    wider = changed(statement, high=7.0)
    with pytest.raises(InputError, match=r"1 declarations and 0 verdicts.*realizable.*--why"):
        record(tmp_path, wider)
    assert len(history.read(tmp_path)) == 1
    entry = record(tmp_path, wider, why="seven is what the paper says")
    assert entry is not None
    (change,) = entry.changes
    before = statement.predictions[0].high
    assert (change.where, change.what) == (statement.predictions[0].id, "high")
    assert (change.before, change.after) == (before, 7.0)
    assert history.read(tmp_path)[1] == entry
    assert record(tmp_path, wider) is None


def test_a_sentence_may_change_and_a_grid_may_not(tmp_path: Path) -> None:
    statement = STATEMENTS[NAME]
    record(tmp_path, statement, why="the first record of all")
    assert record(tmp_path, changed(statement, sentence="It is so.")) is None
    fewer = {**statement.presets, "quick": statement.preset("quick").but(n_seeds=3)}
    entry = record(tmp_path, replace(statement, presets=fewer), why="three seeds are enough")
    assert entry is not None
    (change,) = entry.changes
    assert (change.where, change.what, change.after) == (f"{NAME}, preset quick", "n_seeds", 3)


def test_a_claim_that_goes_and_a_verdict_that_moves_are_in_the_history(tmp_path: Path) -> None:
    statement = STATEMENTS[NAME]
    record(tmp_path, statement, why="the first record of all")
    fewer = replace(statement, predictions=Predictions(list(statement.predictions)[1:]))
    second = fewer.predictions[0].id
    moved = Difference("quick", second, "holds", "fails")
    elsewhere = Difference("quick", "lemma-1.x", "holds", "fails")
    entry = record(tmp_path, fewer, moved, elsewhere, why="that claim could not fail")
    assert entry is not None
    assert entry.statements == (NAME,)
    assert [(c.where, c.what, c.after) for c in entry.changes] == [
        (statement.predictions[0].id, "claim", None)
    ]
    assert [(m.claim, m.before, m.after) for m in entry.verdicts] == [(second, "holds", "fails")]


@pytest.mark.parametrize("name", ["history", "declarations"])
def test_a_damaged_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.json").write_text("{")
    with pytest.raises(InputError, match=f"{name}.json"):
        {"history": history.read, "declarations": history.read_declared}[name](tmp_path)


def test_an_entry_without_a_reason_is_refused(tmp_path: Path) -> None:
    (tmp_path / "history.json").write_text(json.dumps([{"date": "2026-11-28", "why": ""}]))
    with pytest.raises(InputError, match="why"):
        history.read(tmp_path)
