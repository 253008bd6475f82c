"""A sweep goes on from a table that was exported elsewhere, if it is whole and of the same code."""

import datetime
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ovp_lib.arithmetic import SWITCH, Mode
from ovp_lib.errors import InputError
from ovp_lib.lab.files import provenance
from ovp_lib.lab.files.shard import encode
from ovp_lib.lab.files.store import Store, open_store
from ovp_lib.lab.sweeps import command as sweep_command
from ovp_lib.lab.sweeps import plan as sweep_plan
from ovp_lib.lab.sweeps.loop import SweepStopped
from ovp_lib.lab.sweeps.origin import ORIGIN
from ovp_lib.lab.sweeps.plan import SweepPlan, plan
from ovp_lib.lab.sweeps.restore import restore
from ovp_lib.lab.sweeps.results import ResultsRecord, checksum_path, collect, export, read_export
from tests.lab.files.test_provenance import BITS
from tests.lab.sweeps import tiny_sweep
from tests.lab.sweeps.test_results import do
from tests.lab.sweeps.tiny_sweep import calls, grid

ODD = [np.nan, -0.0, np.nextafter(0, 1)]
ELSEWHERE = provenance.environment(device="cpu", threads=1, arithmetic=BITS).model_copy(
    update={"cpu": "another", "device": "cuda:0", "commit": None, "dirty": None}
)
ZONE = datetime.timezone(datetime.timedelta(hours=-7))


def planned(
    folder: Path,
    store: Store,
    widths: list[int],
    preset: str = "quick",
    arithmetic: Mode | None = None,
) -> SweepPlan:
    return plan(tiny_sweep.sweep(grid(folder, widths)), preset, store, arithmetic)


@pytest.fixture(autouse=True)
def _native(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute here as the tables that are older than the mode were."""
    monkeypatch.setenv(SWITCH, "native")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Three tasks; one has odd numbers and was computed on another machine, in another zone."""
    store = open_store(tmp_path / "store", "tiny")
    do(grid(tmp_path, [3, 1, 2]), store)
    point = planned(tmp_path, store, [1]).points[0]
    table, record = store.read("tiny", point.key)
    changed = {
        **{"environment": ELSEWHERE, "host": "elsewhere", "cpu_seconds": 1 / 3},
        **{"started": datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=ZONE)},
    }
    odd = pd.DataFrame({**table, "loss": ODD, "device": ["", "ü", "cuda:0"]})
    store.write("tiny", point.key, encode(odd, record.model_copy(update=changed)))
    return store


@pytest.fixture
def fresh(tmp_path: Path) -> Store:
    return open_store(tmp_path / "fresh", "tiny")


def files(store: Store) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (store.folder / "tiny").iterdir()}


def test_a_table_gives_back_its_shards_byte_by_byte(
    tmp_path: Path, store: Store, fresh: Store
) -> None:
    widths = [3, 1, 2]
    path = export(planned(tmp_path, store, widths), store, tmp_path / "results")
    before = path.read_bytes()
    restored = restore(planned(tmp_path, fresh, widths), fresh, tmp_path / "results")
    assert (restored.tasks, restored.missing, restored.remarks) == (3, 3, ())
    assert restored.describe("results/tiny") == "restored 3 of 3 missing tasks from results/tiny"
    found = planned(tmp_path, fresh, widths)
    assert found.missing == []
    assert found.finished == planned(tmp_path, store, widths).finished
    assert files(fresh) == files(store)
    assert export(found, fresh, tmp_path / "again").read_bytes() == before
    table = collect(found, fresh).query("width == 1")
    np.testing.assert_array_equal(table["loss"].to_numpy().view(np.int64), np.array(ODD).view(int))
    assert set(table["host"]) == {"elsewhere"}
    assert len(calls(tmp_path)) == 3

    again = restore(found, fresh, tmp_path / "results")
    assert again.describe("results/tiny") == "nothing to restore: no task is missing"
    assert files(fresh) == files(store)


def test_part_of_a_table_is_restored_and_the_rest_is_computed(
    tmp_path: Path, store: Store, fresh: Store
) -> None:
    """From a partial table of another preset, for a grid of which it has some in another order."""
    path = export(
        planned(tmp_path, store, [3, 9, 1, 2], "paper"), store, tmp_path / "results", partial=True
    )
    assert read_export(path)[1].missing == 1
    restored = restore(planned(tmp_path, fresh, [2, 5, 3]), fresh, tmp_path / "results")
    assert restored.describe("r") == "restored 2 of 3 missing tasks from r"
    assert [p.task.width for p in planned(tmp_path, fresh, [2, 5, 3]).missing] == [5]
    assert files(fresh).items() < files(store).items()
    results = do(grid(tmp_path, [2, 5, 3]), fresh)
    assert [result.status for result in results] == ["already", "finished", "already"]
    assert calls(tmp_path) == [3, 1, 2, 5]


def test_good_shards_stay_damaged_ones_are_set_aside_and_the_own_preset_counts(
    tmp_path: Path, store: Store, fresh: Store
) -> None:
    do(grid(tmp_path, [1, 2, 3]), fresh)
    shards = {
        p.task.width: fresh.path("tiny", p.key) for p in planned(tmp_path, fresh, [1, 2, 3]).points
    }
    own, shortened = shards[2].read_bytes(), shards[1].read_bytes()[:-1]
    export(planned(tmp_path, fresh, [1, 3], "paper"), fresh, tmp_path / "results")
    export(planned(tmp_path, store, [1, 2]), store, tmp_path / "results")
    fresh.write("tiny", shards[1].stem, shortened)
    shards[3].unlink()
    restored = restore(planned(tmp_path, fresh, [1, 2, 3]), fresh, tmp_path / "results")
    assert (restored.tasks, restored.missing) == (2, 2)
    assert shards[1].read_bytes() == store.path("tiny", shards[1].stem).read_bytes()
    assert shards[1].with_suffix(".damaged").read_bytes() == shortened
    assert shards[2].read_bytes() == own
    assert planned(tmp_path, fresh, [1, 2, 3]).missing == []


def test_rows_of_either_arithmetic_are_restored_under_their_own_keys(
    tmp_path: Path, store: Store, fresh: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SWITCH, "reproducible")
    do(grid(tmp_path, [1]), store)
    results = tmp_path / "results"
    before = export(planned(tmp_path, store, [3, 1, 2]), store, results).read_bytes()
    wanted = planned(tmp_path, fresh, [3, 1, 2])
    assert restore(wanted, fresh, results).describe("r") == (
        "restored 1 of 3 missing tasks from r, and 2 others that are of native arithmetic"
    )
    found = planned(tmp_path, fresh, [3, 1, 2])
    assert [p.task.width for p in found.missing] == [3, 2]
    assert files(fresh).items() < files(store).items()
    assert export(found, fresh, results).read_bytes() == before
    assert restore(found, fresh, results).describe("r") == (
        "restored 0 of 2 missing tasks from r: quick.parquet holds none of them"
    )
    native = planned(tmp_path, fresh, [3, 1, 2], arithmetic="native")
    assert [p.task.width for p in native.missing] == [1]


def test_what_is_not_known_of_a_task_stays_unknown(
    tmp_path: Path, store: Store, fresh: Store
) -> None:
    path = export(planned(tmp_path, store, [1, 2]), store, tmp_path / "results")
    table, record = read_export(path)
    one = table["width"] == 1
    table.loc[one, ["started", "wall_seconds", "cpu_seconds"]] = ["", np.nan, np.nan]
    rewrite(path, table, record)
    assert restore(planned(tmp_path, fresh, [1, 2]), fresh, tmp_path / "results").tasks == 2
    again = planned(tmp_path, fresh, [1, 2])
    first, second = (again.finished[point.key] for point in again.points)
    assert (first.started, first.wall_seconds, first.cpu_seconds) == (None, None, None)
    pd.testing.assert_frame_equal(collect(again, fresh), table)
    exported = read_export(export(again, fresh, tmp_path / "again"))[1]
    assert exported.first_started == exported.last_started == second.started
    assert exported.cpu_seconds == round(second.cpu_seconds, 1)


def test_nothing_is_taken_from_other_code_and_from_tables_without_keys(
    tmp_path: Path, store: Store, fresh: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = tmp_path / "results"
    everything = planned(tmp_path, fresh, [1, 2])
    assert restore(everything, fresh, results).describe("r") == (
        "restored 0 of 2 missing tasks from r: there is no table"
    )
    path = export(planned(tmp_path, store, [1, 2]), store, results)
    export(planned(tmp_path, store, [3], "paper"), store, results)
    rewrite(path.with_name("old.parquet"), *without_origin(path))
    assert restore(planned(tmp_path, fresh, [3]), fresh, results).describe("r") == (
        "restored 1 of 1 missing tasks from r: quick.parquet holds none of them, "
        "old.parquet holds no keys"
    )
    path.with_name("old.parquet").rename(path.with_suffix(".set-aside"))
    newer = replace(tiny_sweep.sweep(grid(tmp_path, [1])), version=3)
    assert restore(plan(newer, "quick", fresh), fresh, results).describe("r") == (
        "restored 0 of 1 missing tasks from r: quick.parquet is of version 1, not of 3, "
        "paper.parquet is of version 1, not of 3"
    )
    path.with_suffix(".set-aside").rename(path.with_name("old.parquet"))
    monkeypatch.setattr(sweep_plan, "fingerprint", lambda _: "0" * 64)
    restored = restore(planned(tmp_path, fresh, [1, 2, 3]), fresh, results)
    assert restored.describe("r") == (
        "restored 0 of 3 missing tasks from r: quick.parquet is of other code, "
        "old.parquet holds no keys, paper.parquet is of other code"
    )
    assert len(files(fresh)) == 1


def without_origin(path: Path) -> tuple[pd.DataFrame, ResultsRecord]:
    table, record = read_export(path)
    return table.drop(columns=list(ORIGIN)), record


def rewrite(path: Path, table: pd.DataFrame, record: ResultsRecord) -> None:
    """Put another table into the place of an export, with checksums as they should be."""
    data = encode(table, record)
    path.write_bytes(data)
    checksum_path(path).write_text(f"{hashlib.sha256(data).hexdigest()}  {path.name}\n")


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (flip, r"cannot restore: \S*quick\.parquet is damaged: "),
        (lambda path: path.write_bytes(b""), r"quick\.parquet is damaged: 0 bytes"),
        (
            lambda path: checksum_path(path).write_bytes(b"\xff"),
            r"quick\.parquet\.sha256 does not say",
        ),
        (lambda path: checksum_path(path).unlink(), r"No such file .*quick\.parquet\.sha256"),
        (lambda path: path.rename(path.with_name("new.parquet")), r"No .*new\.parquet\.sha256"),
    ],
)
def test_a_damaged_table_is_refused_before_anything_is_written(
    tmp_path: Path, store: Store, fresh: Store, damage: Callable[[Path], object], message: str
) -> None:
    export(planned(tmp_path, store, [3], "paper"), store, tmp_path / "results")
    damage(export(planned(tmp_path, store, [1, 2]), store, tmp_path / "results"))
    with pytest.raises(InputError, match=message) as caught:
        restore(planned(tmp_path, fresh, [1, 2, 3], "paper"), fresh, tmp_path / "results")
    assert "\n" not in str(caught.value)
    assert files(fresh) == {}


def swapped(table: pd.DataFrame) -> pd.DataFrame:
    first, second = table["key"].unique()
    return table.assign(key=table["key"].replace({first: second, second: first}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(index=4), "it has 5 rows of 2 tasks in 2 pieces, its record says 6 of 2"),
        (lambda t: t.iloc[[0, 3, 1, 2, 4, 5]], "6 rows of 2 tasks in 4 pieces"),
        (lambda t: t.assign(key=t["key"][0]), "6 rows of 1 tasks in 1 pieces"),
        (lambda t: t.assign(width=t["width"] + 1), r"rows with the key \w+ are not all of Tiny\("),
        (lambda t: t.assign(width=range(6)), "are not all of Tiny"),
        (swapped, r"are not all of Tiny\(width=1"),
        (lambda t: t.assign(host=[*"aabccc"]), "are not all of Tiny"),
        (
            lambda t: t.assign(loss=t["loss"].astype("float32")),
            r"columns \['loss'\] are \['float32",
        ),
        (lambda t: t.assign(environment=0.5), r"columns \['environment'\] are \['float64'\]"),
        (lambda t: t.assign(more=1), "its columns are .*'more'.*, not "),
        (lambda t: t.drop(columns="host"), "its columns are "),
        (lambda t: t[[*list(t)[1:], "width"]], "its columns are "),
        (lambda t: t.assign(environment=2), r"\w+ is of environment 2, counted from 0, of 2"),
        (lambda t: t.assign(environment=-1), "environment -1"),
        (lambda t: t.assign(started="2026-01-01T00:00:00"), r"started of \w+: .*timezone"),
        (lambda t: t.assign(started="then"), r"started of \w+: "),
        (lambda t: t.assign(wall_seconds=np.nan), r"wall_seconds of \w+: "),
        (lambda t: t.assign(started=""), r"started of \w+: "),
        (
            lambda t: t.assign(arithmetic="reproducible"),
            r"\w+ is of native arithmetic, and its rows say reproducible",
        ),
    ],
)
def test_a_table_that_no_export_writes_is_refused(
    tmp_path: Path,
    store: Store,
    fresh: Store,
    change: Callable[[pd.DataFrame], pd.DataFrame],
    message: str,
) -> None:
    """Its checksums are right all the same: what is in it does not fit together."""
    path = export(planned(tmp_path, store, [1, 2]), store, tmp_path / "results")
    table, record = read_export(path)
    rewrite(path, change(table), record)
    with pytest.raises(
        InputError, match=f"quick.parquet is not what was exported: .*{message}"
    ) as caught:
        restore(planned(tmp_path, fresh, [1, 2]), fresh, tmp_path / "results")
    assert "\n" not in str(caught.value)
    assert files(fresh) == {}


def test_a_table_of_another_sweep_is_refused(tmp_path: Path, store: Store, fresh: Store) -> None:
    path = export(planned(tmp_path, store, [1]), store, tmp_path / "results")
    table, record = read_export(path)
    rewrite(path, table, record.model_copy(update={"sweep": "wide"}))
    with pytest.raises(InputError, match=r"quick\.parquet is of 'wide', not of 'tiny'"):
        restore(planned(tmp_path, fresh, [1]), fresh, tmp_path / "results")


def test_a_store_that_cannot_be_written_stops_the_sweep(
    tmp_path: Path, store: Store, fresh: Store
) -> None:
    export(planned(tmp_path, store, [1]), store, tmp_path / "results")
    shutil.rmtree(fresh.folder / "tiny")
    stopped = r"cannot write \S*\.parquet: its folder is gone; 0 of 1 tasks are finished and stay"
    with pytest.raises(SweepStopped, match=stopped):
        sweep_command.restore(planned(tmp_path, fresh, [1]), fresh, tmp_path / "results")
