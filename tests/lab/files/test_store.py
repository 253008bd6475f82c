import errno
import os
import threading
from pathlib import Path

import pytest

from ovp_lib.errors import InputError
from ovp_lib.lab.files import disk
from ovp_lib.lab.files.disk import StoreError, write_bytes
from ovp_lib.lab.files.provenance import environment, now
from ovp_lib.lab.files.shard import DamagedShard, ShardRecord, encode
from ovp_lib.lab.files.store import (
    LEFTOVER_AGE,
    FailureRecord,
    Store,
    key_of,
    open_store,
)
from tests.lab.files.test_provenance import BITS
from tests.lab.sweeps.tiny_sweep import Tiny, run

KEY = "0" * 32
ENVIRONMENT = environment(device="cpu", threads=1, arithmetic=BITS)


def data(store_folder: Path, key: str = KEY) -> bytes:
    task = Tiny(width=1, folder=str(store_folder))
    record = ShardRecord(
        sweep="tiny",
        key=key,
        task=task.model_dump(mode="json"),
        code="c",
        version=1,
        arithmetic="native",
        environment=ENVIRONMENT,
        host="h",
        started=now(),
        wall_seconds=1.0,
        cpu_seconds=1.0,
    )
    return encode(run(task, "cpu"), record)


def failure() -> FailureRecord:
    return FailureRecord(
        sweep="tiny", key=KEY, task={}, code="c", error="e", traceback="t", host="h", when=now()
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "store", "tiny")


def names(store: Store) -> set[str]:
    return {path.name for path in (store.folder / "tiny").iterdir()}


def test_a_key_depends_on_everything_that_the_rows_depend_on() -> None:
    usual = {
        **{"sweep": "tiny", "task": "{}", "code": "c", "columns": {"a": "int64"}},
        **{"version": 1, "arithmetic": "native"},
    }
    others = {
        **{"sweep": "b", "task": "{1}", "code": "d", "columns": {"a": "float64"}},
        **{"version": 2, "arithmetic": "reproducible"},
    }
    keys = {key_of(**{**usual, name: value}) for name, value in others.items()}
    assert len({key_of(**usual), *keys}) == 7
    assert key_of(**usual) == key_of(**usual)


def test_a_shard_reads_back_and_clears_the_failure_before_it(store: Store) -> None:
    store.write_failure(failure())
    assert store.failure("tiny", KEY) == failure()
    store.write("tiny", KEY, data(store.folder))
    table, record = store.read("tiny", KEY)
    assert list(table) == ["member", "loss", "device"]
    assert record.key == KEY
    assert names(store) == {f"{KEY}.parquet"}
    assert store.failure("tiny", KEY) is None
    assert store.keys("tiny") == {KEY}
    assert store.size("tiny") == store.path("tiny", KEY).stat().st_size


def test_a_missing_shard_is_not_a_damaged_one(store: Store) -> None:
    with pytest.raises(FileNotFoundError):
        store.read("tiny", KEY)


def test_a_shard_under_another_name_is_damaged(store: Store) -> None:
    store.write("tiny", "1" * 32, data(store.folder))
    with pytest.raises(DamagedShard, match=f"it is {KEY} of 'tiny'"):
        store.read("tiny", "1" * 32)
    assert not store.holds("tiny", "1" * 32)
    assert names(store) == {f"{'1' * 32}.damaged"}
    assert not store.holds("tiny", "1" * 32)  # somebody else was faster


def test_a_good_shard_stays_where_it_is(store: Store) -> None:
    store.write("tiny", KEY, data(store.folder))
    assert store.holds("tiny", KEY)
    assert names(store) == {f"{KEY}.parquet"}


def test_a_shard_that_cannot_be_read_is_not_taken_for_missing(store: Store) -> None:
    store.path("tiny", KEY).mkdir()
    with pytest.raises(StoreError, match=rf"cannot read .*{KEY}.parquet: Is a directory"):
        store.read("tiny", KEY)


def test_two_writers_do_no_harm(store: Store) -> None:
    good = data(store.folder)
    threads = [
        threading.Thread(target=lambda: [store.write("tiny", KEY, good) for _ in range(20)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        if store.keys("tiny"):
            store.read("tiny", KEY)
    assert names(store) == {f"{KEY}.parquet"}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO])
def test_a_write_that_fails_says_where_and_leaves_what_was_there(
    store: Store, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """As if the disk failed when the bytes are to reach it; for a real one see the command's."""
    store.write("tiny", KEY, data(store.folder))
    before = store.path("tiny", KEY).read_bytes()

    def fail(_: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreError, match=rf"cannot write .*{KEY}.parquet: {os.strerror(code)}"):
        store.write("tiny", KEY, b"new")
    assert store.path("tiny", KEY).read_bytes() == before
    assert names(store) == {f"{KEY}.parquet"}


def test_a_write_into_a_folder_that_is_gone_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="its folder is gone"):
        write_bytes(tmp_path / "gone" / "x", b"")


def test_a_claim_that_cannot_be_made_says_where(store: Store) -> None:
    store.path("tiny", KEY, ".claim").mkdir()
    with (
        pytest.raises(StoreError, match=r"cannot write .*\.claim: Is a directory"),
        store.lock("tiny", KEY),
    ):
        raise AssertionError


def test_what_a_killed_writer_left_goes_when_it_is_old(store: Store) -> None:
    old, young = (store.folder / "tiny" / f".writing-{name}" for name in "ab")
    for path in (old, young):
        path.write_bytes(b"half")
    then = young.stat().st_mtime - LEFTOVER_AGE - 10
    os.utime(old, (then, then))
    open_store(store.folder, "tiny")
    assert names(store) == {young.name}


def test_a_store_keeps_its_identity_and_knows_itself(store: Store, tmp_path: Path) -> None:
    assert open_store(store.folder, "other").identity == store.identity
    assert store.is_here()
    elsewhere = open_store(tmp_path / "elsewhere", "tiny")
    assert elsewhere.identity != store.identity
    assert not Store(elsewhere.folder, store.identity).is_here()
    assert not Store(tmp_path / "nowhere", store.identity).is_here()


def test_two_who_make_a_store_at_once_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, link = [], os.link

    def late(source: Path, target: Path) -> None:
        if not made:
            made.append(None)
            made[0] = open_store(tmp_path, "tiny").identity
        link(source, target)

    monkeypatch.setattr(disk.os, "link", late)
    assert open_store(tmp_path, "tiny").identity == made[0]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot write .*/file/tiny: Not a directory"):
        open_store(tmp_path / "file", "tiny")


def test_a_folder_that_takes_nothing_is_refused() -> None:
    """A file system that lets nobody make a file, root included."""
    with pytest.raises(InputError, match=r"cannot write /proc/"):
        open_store(Path("/proc/ovp"), "tiny")
