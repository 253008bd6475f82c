import json
from pathlib import Path

import pytest

from ovp_lib.arithmetic import Arithmetic
from ovp_lib.errors import InputError
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.provenance import RunRecord, environment, now, record_path
from ovp_lib.lab.runs import stability
from ovp_lib.lab.runs.execution import PlannedRun
from ovp_lib.lab.runs.stability import Stability
from ovp_lib.pages import STATEMENTS
from tests.lab import tiny

TODAY = "c0ffee"
"""A commit."""

RESULTS = Path(__file__).parents[3] / "results"


def test_what_a_newcomer_reads() -> None:
    assert Stability(verdicts=("holds",) * 5, moves=False).words() == "does not depend on the seed"
    same = Stability(verdicts=("holds",) * 5, moves=True)
    assert (same.words(), same.stable) == ("same with 5 of 5 quick root seeds", True)
    flips = Stability(verdicts=("holds", "fails", "holds"), moves=True)
    assert flips.words() == "same with 2 of 3 quick root seeds: unstable"
    longer = flips.model_copy(update={"preset": "standard"})
    assert longer.words() == "same with 2 of 3 standard root seeds: unstable"
    assert longer.few_words("fails") == "1 of 3 standard seeds: unstable"
    assert stability.firmness([longer]).startswith("Of 1 verdicts of a standard run 0 are")


def runs(folder: Path, *measured: float) -> None:
    for seed, value in enumerate(measured):
        tiny.write(folder / f"seed-{seed}" / "tiny.ipynb", tiny.with_claims(measured=value))


def test_claims_are_collected_over_the_root_seeds(tmp_path: Path) -> None:
    runs(tmp_path, 3.0, 3.0, 99.0)
    (found,) = stability.collect(["tiny"], tmp_path, 3).values()
    assert found.moves
    assert found.same == 2
    runs(tmp_path, 3.0, 3.0, 3.0)
    (found,) = stability.collect(["tiny"], tmp_path, 3).values()
    assert (found.moves, found.stable) == (False, True)
    with pytest.raises(InputError, match="seed-3"):
        stability.collect(["tiny"], tmp_path, 4)


def finish(planned: PlannedRun) -> None:
    """Leave behind what a run leaves: the notebook, and its record beside it."""
    tiny.write(planned.target, notebooks.read(planned.source))
    arithmetic = Arithmetic("native", "0123456789abcdef", 1)
    RunRecord(
        statement="tiny",
        preset="quick",
        seed=planned.parameters.seed,
        given={},
        parameters=planned.parameters.model_dump(mode="json"),
        claims=(),
        environment=environment(device="cpu", threads=1, arithmetic=arithmetic).model_copy(
            update={"commit": TODAY, "dirty": False}
        ),
        started=now(),
        wall_seconds=1.0,
    ).write(record_path(planned.target))


def test_a_run_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finished run is planned again only if the cells, the parameters or the code are others."""
    monkeypatch.setattr(stability, "git_state", lambda _: (TODAY, False))
    statements, folder, out = {"tiny": tiny.statement()}, tmp_path / "notebooks", tmp_path / "out"
    tiny.write(folder / "tiny.ipynb", tiny.with_claims())

    def planned() -> list[int]:
        plans = stability.plan(statements, ["tiny"], folder, out, 3)
        return [seed for seed, each in enumerate(plans) if each]

    assert planned() == [0, 1, 2]
    [each] = stability.plan(statements, ["tiny"], folder, out, 3)[1]
    finish(each)
    assert planned() == [0, 2]
    for another in (("another", False), (TODAY, True)):
        monkeypatch.setattr(stability, "git_state", lambda _, state=another: state)
        assert planned() == [0, 1, 2]
    monkeypatch.setattr(stability, "git_state", lambda _: (TODAY, False))
    changed = notebooks.read(folder / "tiny.ipynb")
    changed["cells"][-1]["source"] = "claims  # of another run"
    tiny.write(folder / "tiny.ipynb", changed)
    assert planned() == [0, 1, 2]


def test_a_longer_preset_is_planned_with_its_own_parameters(tmp_path: Path) -> None:
    tiny.write(tmp_path / "tiny.ipynb", tiny.with_claims())
    arguments = ({"tiny": tiny.statement()}, ["tiny"], tmp_path, tmp_path / "out", 2)
    for preset, size in (("quick", 3), ("paper", 9)):
        plans = stability.plan(*arguments, preset=preset)
        found = [each.parameters.model_dump() for runs in plans for each in runs]
        assert [(each["seed"], each["size"]) for each in found] == [(0, size), (1, size)]


def test_a_book_shows_the_longest_preset_that_was_tried(tmp_path: Path) -> None:
    file = tmp_path / "stability.json"
    first, second = (p.id for p in list(STATEMENTS["theorem-1-two-layer"].predictions)[:2])
    quick = Stability(verdicts=("holds", "fails"), moves=True)
    longer = Stability(verdicts=("holds", "holds", "holds"), moves=True)
    stability.record(file, "standard", {first: longer}, STATEMENTS)
    stability.record(file, "quick", {first: quick, second: quick}, STATEMENTS)
    shown = stability.read_shown(file)
    assert shown[first].words() == "same with 3 of 3 standard root seeds"
    assert shown[second].words() == "same with 1 of 2 quick root seeds: unstable"
    assert set(json.loads(file.read_text())["standard"][first]) == {"verdicts", "moves"}


def test_one_seed_shows_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 2 root seeds, got 1"):
        stability.plan({}, [], tmp_path, tmp_path, 1)


def test_recording_keeps_other_pages_and_drops_claims_that_are_gone(tmp_path: Path) -> None:
    file = tmp_path / "stability.json"
    first, second = (p.id for p in list(STATEMENTS["theorem-1-two-layer"].predictions)[:2])
    one = Stability(verdicts=("holds", "fails"), moves=True)
    stability.record(file, "quick", {second: one}, STATEMENTS)
    stability.record(file, "quick", {first: one, "gone.claim": one}, STATEMENTS)
    assert stability.read(file) == {"quick": {first: one, second: one}}
    file.write_text(json.dumps({"quick": {first: {"verdicts": ["proved"], "moves": True}}}))
    with pytest.raises(InputError, match="stability"):
        stability.read(file)


def test_the_summary_names_every_number_of_root_seeds() -> None:
    three, five = (Stability(verdicts=("holds",) * n, moves=True) for n in (3, 5))
    assert "2 have one verdict at 3 or 5 root seeds" in stability.summary({"a": five, "b": three})
    assert "1 have one verdict at 5 root seeds" in stability.summary({"a": five})
