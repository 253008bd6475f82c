import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ovp_lib.arithmetic import MODES, SWITCH, Mode
from ovp_lib.errors import InputError
from ovp_lib.lab.files import provenance
from ovp_lib.lab.files.shard import DamagedShard
from ovp_lib.lab.files.store import Store, open_store
from ovp_lib.lab.sweeps import results as sweep_results
from ovp_lib.lab.sweeps.fingerprint import fingerprint
from ovp_lib.lab.sweeps.loop import assignment
from ovp_lib.lab.sweeps.origin import ORIGIN
from ovp_lib.lab.sweeps.plan import SweepPlan, plan
from ovp_lib.lab.sweeps.results import (
    checksum_path,
    collect,
    export,
    read_export,
)
from ovp_lib.lab.sweeps.status import status
from ovp_lib.lab.sweeps.worker import Result, work
from tests.lab.sweeps import tiny_sweep
from tests.lab.sweeps.tiny_sweep import Tiny, calls, grid

ROOT = Path(__file__).parents[3]


def do(tasks: list[Tiny], store: Store, arithmetic: Mode | None = None) -> list[Result]:
    """Do what a worker does, in this process."""
    sweep = tiny_sweep.sweep(tasks)
    found = plan(sweep, "quick", store, arithmetic)
    return [work(assignment(found, point, store, "cpu")) for point in found.points]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "store", "tiny")


def planned(tasks: list[Tiny], store: Store, arithmetic: Mode | None = None) -> SweepPlan:
    return plan(tiny_sweep.sweep(tasks), "quick", store, arithmetic)


def test_a_table_has_a_row_for_each_run_in_the_order_of_the_grid(
    tmp_path: Path, store: Store
) -> None:
    tasks = grid(tmp_path, [3, 1, 2])
    assert {result.status for result in do(tasks[::-1], store)} == {"finished"}
    assert {result.status for result in do(tasks, store)} == {"already"}
    assert sorted(calls(tmp_path)) == [1, 2, 3]
    table = collect(planned(tasks, store), store)
    assert list(table["width"]) == [3, 3, 3, 1, 1, 1, 2, 2, 2]
    assert list(table["member"]) == [0, 1, 2] * 3
    np.testing.assert_array_equal(
        table["loss"], np.concatenate([tiny_sweep.values(task) for task in tasks])
    )
    assert set(table["sizes"]) == {"[1, 2]"}
    assert dict(table.dtypes.astype(str)) == {
        **{"width": "int64", "folder": "str", "seed": "int64", "does": "str", "sizes": "str"},
        **{"member": "int64", "loss": "float64", "device": "str"},
        **ORIGIN,
    }
    records = {key: record.cpu_seconds for key, record in planned(tasks, store).finished.items()}
    assert table.groupby("key")["cpu_seconds"].unique().map(list).to_dict() == {
        key: [seconds] for key, seconds in records.items()
    }


def test_each_arithmetic_has_shards_of_its_own_and_an_export_takes_the_one_asked_for_first(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, all_ = grid(tmp_path, [1]), grid(tmp_path, [1, 2]), grid(tmp_path, [1, 2, 3])
    monkeypatch.setenv(SWITCH, "reproducible")
    refused = do(one, store, "native")[0]
    assert refused.status == "refused"
    assert "computes in reproducible arithmetic, the sweep in native" in refused.error
    assert calls(tmp_path) == []
    do(one, store)
    monkeypatch.setenv(SWITCH, "native")
    assert {result.status for result in do(two, store)} == {"finished"}
    assert calls(tmp_path) == [1, 1, 2]
    found = {mode: planned(all_, store, mode) for mode in MODES}
    assert [p.task.width for p in found["reproducible"].missing] == [2, 3]
    assert [p.task.width for p in found["native"].missing] == [3]
    assert [len(found[mode].instead) for mode in MODES] == [1, 0]
    rows = status([tiny_sweep.sweep(all_)], store, "reproducible")
    counts = ("arithmetic", "finished", "missing", "in_the_other", "other_shards")
    assert [rows[0][name] for name in counts] == ["reproducible", 1, 2, 1, 0]
    of_width = [
        collect(found[mode], store).groupby("width")["arithmetic"].unique().map(list).to_dict()
        for mode in MODES
    ]
    assert of_width == [{1: ["reproducible"], 2: ["native"]}, {1: ["native"], 2: ["native"]}]
    with pytest.raises(InputError, match="1 of 3 tasks are not finished"):
        export(found["reproducible"], store, tmp_path / "results")
    _, record = read_export(
        export(planned(two, store, "reproducible"), store, tmp_path / "results")
    )
    assert record.arithmetic == {"reproducible": 1, "native": 1}
    assert (record.tasks, record.missing, record.version) == (2, 0, 1)


def test_what_another_version_computed_is_missing(tmp_path: Path, store: Store) -> None:
    tasks = grid(tmp_path, [1])
    do(tasks, store)
    again = replace(tiny_sweep.sweep(tasks), version=2)
    assert len(plan(again, "quick", store).missing) == 1
    fresh = plan(again, "quick", store)
    work(assignment(fresh, fresh.points[0], store, "cpu"))
    found = plan(again, "quick", store).finished
    assert [record.version for record in found.values()] == [2]
    assert len(store.keys("tiny")) == 2


def test_what_is_missing_is_not_made_up(tmp_path: Path, store: Store) -> None:
    some, all_ = grid(tmp_path, [1, 2]), grid(tmp_path, [1, 2, 3])
    with pytest.raises(InputError, match=r"tiny \(quick\): no task is finished"):
        collect(planned(all_, store), store)
    do(some, store)
    found = planned(all_, store)
    assert [point.task.width for point in found.missing] == [3]
    assert set(collect(found, store)["width"]) == {1, 2}
    with pytest.raises(InputError, match="1 of 3 tasks are not finished; run: ovp sweep run tiny"):
        export(found, store, tmp_path / "results")
    assert not (tmp_path / "results").exists()
    table, record = read_export(export(found, store, tmp_path / "results", partial=True))
    assert (set(table["width"]), record.tasks, record.missing) == ({1, 2}, 2, 1)
    with pytest.raises(InputError, match="no task is finished"):
        export(planned(grid(tmp_path, [9]), store), store, tmp_path / "results", partial=True)


def test_a_shard_that_changes_after_the_plan_is_noticed(tmp_path: Path, store: Store) -> None:
    do(grid(tmp_path, [1]), store)
    found = planned(grid(tmp_path, [1]), store)
    path = store.path("tiny", found.points[0].key)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedShard, match=str(path)):
        collect(found, store)


def test_an_export_is_small_whole_and_says_where_it_comes_from(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = grid(tmp_path, [1, 2, 3])
    do(tasks, store)
    found = planned(tasks, store)
    path = export(found, store, tmp_path / "results")
    assert path == tmp_path / "results" / "tiny" / "quick.parquet"
    table, record = read_export(path)
    pd.testing.assert_frame_equal(table, collect(found, store))
    assert (record.sweep, record.preset, record.tasks, record.rows) == ("tiny", "quick", 3, 9)
    assert record.code == fingerprint("tests.lab.sweeps.tiny_sweep")
    (environment,) = record.environments
    assert (environment.commit, environment.device) == (provenance.git_state(ROOT)[0], "cpu")
    assert record.first_started <= record.last_started
    monkeypatch.chdir(path.parent)
    subprocess.run(["sha256sum", "--check", "--strict", f"{path.name}.sha256"], check=True)
    before = path.read_bytes()
    assert export(found, store, tmp_path / "results").read_bytes() == before

    checksum_path(path).write_text(f"{'0' * 64}  quick.parquet\n")
    with pytest.raises(DamagedShard, match=r"quick\.parquet\.sha256 does not say"):
        read_export(path)
    path.write_bytes(before[:-7])
    with pytest.raises(DamagedShard, match=r"quick\.parquet is damaged"):
        read_export(path)


def test_a_notebook_finds_the_results_of_the_repository_or_is_told_how_to_make_them(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sweep_results.RESULTS == ROOT / "results"
    do(grid(tmp_path, [1, 2]), store)
    path = export(planned(grid(tmp_path, [1, 2]), store), store, tmp_path / "results")
    monkeypatch.setattr(sweep_results, "RESULTS", tmp_path / "results")
    pd.testing.assert_frame_equal(sweep_results.reference("tiny", "quick"), read_export(path)[0])
    with pytest.raises(InputError, match="run: ovp sweep run tiny --preset paper"):
        sweep_results.reference("tiny", "paper")


def test_an_export_that_cannot_be_written_says_where(tmp_path: Path, store: Store) -> None:
    do(grid(tmp_path, [1]), store)
    (tmp_path / "results").write_text("in the way")
    with pytest.raises(InputError, match=r"cannot export: .*results"):
        export(planned(grid(tmp_path, [1]), store), store, tmp_path / "results")


def test_only_formats_that_cannot_run_code_are_read() -> None:
    """Nothing in the floors of the sweeps loads a pickle, or a thing that may hold one."""
    sources = [
        *(ROOT / "ovp_lib" / "experiments").glob("*.py"),
        *(ROOT / "ovp_lib/lab").rglob("*.py"),
    ]
    words = ("pickle.", "import pickle", "torch.load", "read_pickle", "joblib", "allow_pickle")
    found = {path.name for path in sources for word in words if word in path.read_text()}
    assert len(sources) > 20
    assert found == set()
