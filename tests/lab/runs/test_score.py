import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ovp_lib.errors import InputError
from ovp_lib.evidence.claims import (
    CLAIMS_MIMETYPE,
    VERDICTS,
    Claims,
    Estimate,
    Prediction,
    Predictions,
)
from ovp_lib.lab.files.provenance import RunRecord
from ovp_lib.lab.runs import score
from ovp_lib.pages import STATEMENTS
from tests.lab.files.test_provenance import record

NAME = "theorem-1-two-layer"


def claims(**values: float) -> Claims:
    """Claims ``t.<name>``, predicted to be positive."""
    judged = [
        Prediction(id=f"t.{name}", source="s", sentence="x > 0", statistic="x", low=0.0).judge(
            Estimate(value, value - 0.1, value + 0.1, 5), preset="quick"
        )
        for name, value in values.items()
    ]
    return Claims(NAME, judged)


def store(folder: Path, found: Claims) -> Path:
    output = {"output_type": "display_data", "metadata": {}}
    output["data"] = {CLAIMS_MIMETYPE: found.record()}
    cell: dict[str, Any] = {"cell_type": "code", "source": "claims", "metadata": {}}
    title = {"cell_type": "markdown", "source": "# A title", "metadata": {}}
    notebook = {"cells": [title, {**cell, "execution_count": 1, "outputs": [output]}]}
    notebook |= {"metadata": {"language_info": {"name": "python"}}}
    notebook |= {"nbformat": 4, "nbformat_minor": 4}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NAME}.ipynb"
    path.write_text(json.dumps(notebook))
    return path


def test_a_verdict_that_moves_is_a_difference_whichever_way(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.json"
    score.record([claims(a=1.0, b=-1.0, c=1.0)], file, STATEMENTS)
    recorded = score.read_recorded(file)
    assert score.compare([claims(a=1.0, b=-1.0, c=1.0)], recorded) == []
    moved = score.compare([claims(a=0.0, b=1.0, d=1.0)], recorded)
    assert [str(difference) for difference in moved] == [
        "t.a (quick): recorded 'holds', now 'not shown at this scale'",
        "t.b (quick): recorded 'fails', now 'holds'",
        "t.c (quick): recorded 'holds', now 'not measured'",
        "t.d (quick): recorded 'not on record', now 'holds'",
    ]


def test_recording_keeps_other_presets_and_other_statements(tmp_path: Path) -> None:
    """Of the statement that was measured it drops what is not claimed any more."""
    file = tmp_path / "verdicts.json"
    found = claims(a=1.0)
    mine = replace(STATEMENTS[NAME], predictions=Predictions(list(found)), card=None)
    others = {"u.kept": "fails", "u.gone-from-its-statement": "holds"}
    before = {"paper": {"t.a": "fails"}, "quick": {"t.gone": "holds", **others}}
    file.write_text(json.dumps(before))
    score.record([found], file, {NAME: mine, "other": STATEMENTS["figure-1"]})
    after = {"paper": {"t.a": "fails"}, "quick": {**others, "t.a": "holds"}}
    assert score.read_recorded(file) == after


@pytest.mark.parametrize("content", ["[1]", "{", '{"quick": {"t.a": "proved"}}'])
def test_a_damaged_record_of_verdicts_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "verdicts.json"
    file.write_text(content)
    with pytest.raises(InputError, match="verdicts"):
        score.read_recorded(file)


def test_claims_are_collected_from_a_folder(tmp_path: Path) -> None:
    store(tmp_path, claims(a=1.0))
    (found,) = score.collect(tmp_path, STATEMENTS)
    assert [claim.id for claim in found] == ["t.a"]
    assert {v: n for v, n in score.tally([found]).items() if n} == {"holds": 1}
    assert score.to_json([found])[0]["statement"] == NAME
    with pytest.raises(InputError, match="no notebook of a statement"):
        score.collect(tmp_path / "..", STATEMENTS)


def test_the_table_shows_intervals_as_they_are() -> None:
    text = Console(width=150)
    with text.capture() as shown:
        text.print(score.table([claims(a=1.0)]))
    assert "1 [0.9, 1.1]" in shown.get()


def test_the_record_of_a_longer_run_is_kept(tmp_path: Path) -> None:
    store(tmp_path / "run", claims(a=1.0))
    run = record().model_copy(update={"statement": NAME, "preset": "standard"})
    run.write(tmp_path / "run" / f"{NAME}.record.json")
    score.keep_longer_runs(tmp_path / "run", tmp_path / "results", STATEMENTS)
    assert RunRecord.read(tmp_path / "results" / "standard" / f"{NAME}.record.json") == run
    run.model_copy(update={"preset": "quick"}).write(tmp_path / "run" / f"{NAME}.record.json")
    score.keep_longer_runs(tmp_path / "run", tmp_path / "results", STATEMENTS)
    assert not (tmp_path / "results" / "quick").exists()


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_has_a_style(verdict: str) -> None:
    assert verdict in score.STYLES


def test_checks_follow_the_evidence() -> None:
    (evidence,) = claims(a=1.0)
    check = Prediction(id="t.0", source="s", sentence="x", statistic="x", low=0.0, kind="identity")
    both = Claims(NAME, [check.judge(Estimate(1, 0.5, 2, 5), preset="quick"), evidence])
    text = Console(width=150)
    with text.capture() as shown:
        text.print(score.table([both]))
    lines = shown.get()
    assert lines.index("t.a") < lines.index("Checks of the code") < lines.index("t.0")


def test_stored_verdicts_are_those_on_record() -> None:
    """The repository agrees with itself: stored notebooks against results/verdicts.json."""
    root = Path(__file__).parents[3]
    recorded = score.read_recorded(root / "results" / "verdicts.json")
    assert score.compare(score.collect(root / "notebooks", STATEMENTS), recorded) == []


def test_reference_runs_are_whole_and_agree_with_the_verdicts_on_record() -> None:
    root = Path(__file__).parents[3] / "results"
    recorded = score.read_recorded(root / "verdicts.json")
    records = sorted(root.glob("*/*.record.json"))
    assert records
    every = []
    for path in records:
        record = RunRecord.read(path)
        assert record.preset == path.parent.name
        assert not record.given
        found = Claims(record.statement, record.claims)
        predicted = [prediction.id for prediction in STATEMENTS[record.statement].predictions]
        assert [claim.id for claim in found] == predicted
        every.append(found)
    assert score.compare(every, recorded) == []
