"""A table keeps its numbers and gets other keys, if a sample of its tasks comes out as before."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ovp_lib.arithmetic import SWITCH
from ovp_lib.errors import InputError
from ovp_lib.experiments.base import Named
from ovp_lib.lab.files.store import Store, open_store
from ovp_lib.lab.sweeps import plan as sweep_plan
from ovp_lib.lab.sweeps import restamp as sweep_restamp
from ovp_lib.lab.sweeps.plan import plan
from ovp_lib.lab.sweeps.restamp import Rule, compute, restamp
from ovp_lib.lab.sweeps.restore import restore
from ovp_lib.lab.sweeps.results import export, read_export
from ovp_lib.pages import SWEEPS, Sweep
from tests.lab.sweeps import tiny_sweep
from tests.lab.sweeps.test_restore import rewrite, without_origin
from tests.lab.sweeps.test_results import do
from tests.lab.sweeps.tiny_sweep import Tiny, grid

ODD = Path("old")
WIDTHS = (1, 2, 3, 4)


@pytest.fixture(autouse=True)
def _native(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute here as the tables that are older than the mode were."""
    monkeypatch.setenv(SWITCH, "native")


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An export of four tasks of two kinds by what is now older code; it computes in-process."""
    tasks = grid(tmp_path, WIDTHS, w3="threads", w4="threads")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    store = open_store(tmp_path / "store", "tiny")
    do(tasks, store)
    path = export(plan(tiny_sweep.sweep(tasks), "quick", store), store, tmp_path / "results")
    old = read_export(path)[1].code
    for module in (sweep_plan, sweep_restamp):
        monkeypatch.setattr(module, "fingerprint", lambda _: "0" * 64)

    def here(
        sweep: Sweep[Any], tasks: Sequence[Tiny], mode: str, root: Path = Path()
    ) -> tuple[list[pd.DataFrame], str]:
        assert mode in ("native", "reproducible")
        return [sweep.run(task, "cpu") for task in tasks], old if root == ODD else "0" * 64

    monkeypatch.setattr(sweep_restamp, "compute", here)
    return path


def declared(path: Path) -> Sweep[Tiny]:
    folder = path.parents[2]
    return tiny_sweep.sweep(grid(folder, WIDTHS, w3="threads", w4="threads"))


def missing(path: Path, store: Store) -> list[int]:
    found = plan(declared(path), "quick", store)
    return [point.task.width for point in found.missing]


@pytest.mark.parametrize("old", [None, ODD])
def test_numbers_and_origins_stay_and_keys_are_those_of_today(
    table: Path, tmp_path: Path, old: Path | None
) -> None:
    before, was = read_export(table)
    fresh = open_store(tmp_path / "fresh", "tiny")
    assert restore(plan(declared(table), "quick", fresh), fresh, tmp_path / "results").tasks == 0
    found, stamp = restamp(declared(table), table, Rule(seed=3, old=old))
    after, record = read_export(table)
    pd.testing.assert_frame_equal(after.drop(columns="key"), before.drop(columns="key"))
    assert set(after["key"]).isdisjoint(before["key"])
    planned = plan(declared(table), "quick", fresh, "native")
    assert restore(planned, fresh, tmp_path / "results").tasks == 4
    assert missing(table, fresh) == []
    assert record.model_copy(update={"code": was.code, "stamps": ()}) == was
    assert record.stamps == (stamp,)
    assert (stamp.code, stamp.checked, stamp.equal, stamp.seed) == (was.code, 2, 2, 3)
    assert stamp.against == ("old code" if old else "stored rows")
    assert sorted(each.stored.task.does for each in found) == ["run", "threads"]
    assert all(each.describe().endswith("the old code's") == bool(old) for each in found)
    with pytest.raises(InputError, match="is of the code of today already"):
        restamp(declared(table), table, Rule())


def other(task: Tiny, device: str) -> pd.DataFrame:
    """Compute a little less of it."""
    return tiny_sweep.run(task, device).assign(loss=lambda t: t["loss"] * [1.0, 0.9, 0.8])


def test_a_table_of_other_numbers_stays_as_it_is(table: Path) -> None:
    before = table.read_bytes()
    changed = replace(declared(table), run=Named(__name__, "other"))
    with pytest.raises(InputError, match=r"2 of 2 tasks do not agree within 0 with what is stored"):
        restamp(changed, table, Rule())
    with pytest.raises(InputError, match=r"within 0\.1 .*off by 0\.11"):
        restamp(changed, table, Rule(tolerance=0.1))
    assert table.read_bytes() == before
    stamp = restamp(changed, table, Rule(tolerance=0.11))[1]
    assert (stamp.equal, stamp.tolerance) == (0, 0.11)
    assert stamp.worst == pytest.approx(-np.log(0.9))


def test_the_old_code_must_be_that_of_the_table_and_agree_to_the_bit(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, usual = table.read_bytes(), sweep_restamp.compute
    with pytest.raises(InputError, match=r"elsewhere has the code 0{64}, the table is of "):
        restamp(declared(table), table, Rule(old=Path("elsewhere")))

    def moved(*args: Any) -> tuple[list[pd.DataFrame], str]:
        tables, code = usual(*args)
        last = args[-1] == ODD
        return [
            t.assign(loss=np.nextafter(t["loss"], 9) if last else t["loss"]) for t in tables
        ], code

    monkeypatch.setattr(sweep_restamp, "compute", moved)
    with pytest.raises(InputError, match=r"do not agree to the bit with the old code, .*NOT the"):
        restamp(declared(table), table, Rule(old=ODD))
    assert table.read_bytes() == before


def test_rows_without_keys_get_what_the_record_knows(table: Path, tmp_path: Path) -> None:
    """Machine and versions, if they are the same throughout; not when, nor how long it took."""
    rewrite(table, *without_origin(table))
    rows, record = read_export(table)
    (one,) = record.environments
    other = one.model_copy(update={"commit": "f" * 40})
    rewrite(table, rows, record.model_copy(update={"environments": (one, other), "version": 0}))
    restamp(declared(table), table, Rule())
    after, now = read_export(table)
    pd.testing.assert_frame_equal(after[list(rows)], rows)
    assert now.environments == (one, other, one.model_copy(update={"commit": None, "dirty": None}))
    assert (now.arithmetic, now.version) == ({"native": 4}, 1)
    assert set(after["environment"]) == {2}
    assert set(after["host"]) == set(record.hosts)
    assert set(after["started"]) == {""}
    assert after["cpu_seconds"].isna().all()
    fresh = open_store(tmp_path / "fresh", "tiny")
    planned = plan(declared(table), "quick", fresh, "native")
    assert restore(planned, fresh, tmp_path / "results").tasks == 4
    another = one.model_copy(update={"cpu": "another"})
    rewrite(table, rows, record.model_copy(update={"environments": (one, another)}))
    with pytest.raises(InputError, match="differ in more than their commits"):
        restamp(declared(table), table, Rule())


def test_a_field_that_is_newer_than_the_table_has_its_default(table: Path, tmp_path: Path) -> None:
    before, record = read_export(table)
    rewrite(table, before.drop(columns=["sizes", "seed"]), record)
    restamp(declared(table), table, Rule())
    after, _ = read_export(table)
    pd.testing.assert_frame_equal(after.drop(columns="key"), before.drop(columns="key"))
    fresh = open_store(tmp_path / "fresh", "tiny")
    planned = plan(declared(table), "quick", fresh, "native")
    assert restore(planned, fresh, tmp_path / "results").tasks == 4
    rewrite(table, before.drop(columns="width"), record)
    with pytest.raises(KeyError, match="width"):
        restamp(declared(table), table, Rule())


def test_an_older_code_is_not_asked_for_what_has_its_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def refuse(*_: Any, input: str, **__: Any) -> subprocess.CompletedProcess[str]:
        asked.append(json.loads(input)["tasks"][0])
        return subprocess.CompletedProcess([], 1, "", "not now")

    monkeypatch.setattr(sweep_restamp.subprocess, "run", refuse)
    task = Tiny(width=3, folder="here", seed=4)
    for root in (tmp_path, sweep_restamp.ROOT):
        with pytest.raises(InputError, match="not now"):
            compute(tiny_sweep.sweep([task]), [task], "native", root)
    assert asked == [{"width": 3, "folder": "here", "seed": 4}, task.model_dump(mode="json")]


def test_tasks_are_drawn_by_the_seed_from_those_that_are_cheap(table: Path) -> None:
    rows, record = read_export(table)
    sweep = declared(table)
    stored = list(sweep_restamp.tasks_of(rows, sweep, "quick"))
    assert [each.task.width for each in stored] == list(WIDTHS)
    record = record.model_copy(update={"cpu_seconds": 10.0})  # so that a width is a second

    def drawn(**rule: Any) -> list[int]:
        chosen = sweep_restamp.drawn(sweep, stored, record, Rule(**rule))
        return sorted(each.task.width for each in chosen)

    assert drawn(tasks=2) == [1, 2, 3, 4]
    assert drawn(seconds=0.1) == [1, 3]
    assert {tuple(drawn(seconds=3.5, seed=seed)) for seed in range(9)} == {(1, 3), (2, 3)}
    assert drawn(seed=4) == drawn(seed=4)
    with pytest.raises(InputError, match="rows of tiny are of no task of 'quick'"):
        list(sweep_restamp.tasks_of(rows.assign(width=9), sweep, "quick"))


def test_any_checkout_computes_in_a_process_of_its_own(tmp_path: Path) -> None:
    sweep = SWEEPS["figure-3"]
    small = {"width": 8, "samples": 100, "epochs": 4, "lrs": (0.01,), "w24s": (0.0,)}
    task = sweep.tasks("quick")[0].model_copy(update=small)
    (again,), code = compute(sweep, [task], "native")
    pd.testing.assert_frame_equal(again, sweep.run(task, "cpu"), check_exact=True)
    assert len(code) == 64
    with pytest.raises(InputError, match=r"cannot compute figure-3: there is no ovp_lib there"):
        compute(sweep, [task], "native", tmp_path)
