"""The folder of results: one immutable shard for each task that is finished.

    store.json                   which store this is
    <sweep>/<key>.parquet        rows and record of a finished task
    <sweep>/<key>.failed.json    a task that failed, and how
    <sweep>/<key>.damaged        a shard that was changed after it was written, kept for inspection
    <sweep>/<key>.claim          lock of the process that is computing the task

A shard is written beside its place and moved there when it is safely on the disk, so that it is
there whole or not at all. Only Parquet and JSON are ever read: no file can run code.
"""

import contextlib
import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from ovp_lib.arithmetic import Mode
from ovp_lib.errors import InputError
from ovp_lib.lab.files import shard
from ovp_lib.lab.files.disk import (
    StoreError,
    explained,
    gone_afterwards,
    read,
    write_and_sync,
    write_bytes,
    write_first,
)
from ovp_lib.lab.files.lock import try_lock
from ovp_lib.lab.files.shard import DamagedShard, ShardRecord

if TYPE_CHECKING:
    import pandas

MARKER = "store.json"
PROBE_BYTES = 2**18
LEFTOVER_AGE = 3600.0
"""Seconds after which a part of a file is taken to be left by a writer that was killed."""


class FailureRecord(BaseModel):
    """The failure of a task; it stays beside the shards until the task is finished."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sweep: str
    key: str
    task: dict[str, Any]
    code: str
    error: str = Field(description="the last line")
    traceback: str
    host: str
    when: AwareDatetime


def key_of(
    sweep: str,
    task: str,
    code: str,
    columns: Mapping[str, str],
    *,
    version: int,
    arithmetic: Mode,
) -> str:
    """Return what names a shard: everything that its rows depend on goes into it.

    Args:
        sweep: name of the sweep.
        task: the task as canonical JSON.
        code: fingerprint of the science code.
        columns: names and dtypes of the rows.
        version: that the sweep declares, for what no fingerprint sees.
        arithmetic: in which the rows are computed.

    Returns:
        32 hexadecimal digits.
    """
    parts = [sweep, task, code, dict(columns), version, arithmetic]
    text = json.dumps(parts, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Store:
    """A folder of shards; made by :func:`open_store`, or directly if it is only read.

    Attributes:
        folder: where it is.
        identity: what is in its marker file; empty if it is only read.
    """

    folder: Path
    identity: str = ""

    @property
    def short_identity(self) -> str:
        """A few digits by which a cluster tells this store from another."""
        return hashlib.sha256(self.identity.encode()).hexdigest()[:8]

    def path(self, sweep: str, key: str, suffix: str = ".parquet") -> Path:
        """Return where a shard, or what stands in its place, is.

        Args:
            sweep: name of the sweep.
            key: 32 hexadecimal digits that name the shard, from :func:`key_of`.
            suffix: what the name ends in: ``.parquet``, ``.failed.json``, ``.damaged`` or
                ``.claim``.

        Returns:
            The path, whether or not there is a file.
        """
        return self.folder / sweep / f"{key}{suffix}"

    def is_here(self) -> bool:
        """Return whether this process sees the same store under the same path."""
        try:
            return (self.folder / MARKER).read_text(encoding="utf-8") == self.identity
        except OSError:
            return False

    def read(self, sweep: str, key: str) -> tuple["pandas.DataFrame", ShardRecord]:
        """Read a shard.

        Args:
            sweep: name of the sweep.
            key: 32 hexadecimal digits that name the shard, from :func:`key_of`.

        Returns:
            Its rows and its record.

        Raises:
            FileNotFoundError: if there is none.
            DamagedShard: if it is not what was written, or not this task's.
            StoreError: if the file cannot be read.
        """
        path = self.path(sweep, key)
        table, record = shard.decode(read(path), ShardRecord, str(path))
        return table, _of_this_task(record, path, sweep, key)

    def record(self, sweep: str, key: str) -> ShardRecord:
        """Read the record of a shard, every byte of which is checked; raises as :meth:`read`.

        Args:
            sweep: name of the sweep.
            key: 32 hexadecimal digits that name the shard, from :func:`key_of`.

        Returns:
            The record.
        """
        path = self.path(sweep, key)
        found = shard.read_record(read(path), ShardRecord, str(path))
        return _of_this_task(found, path, sweep, key)

    def holds(self, sweep: str, key: str) -> bool:
        """Return whether a task is finished; what is damaged now is moved out of the way.

        Args:
            sweep: name of the sweep.
            key: 32 hexadecimal digits that name the shard, from :func:`key_of`.

        Returns:
            Whether there is a good shard.

        Raises:
            StoreError: if the file cannot be read or moved.
        """
        try:
            self.record(sweep, key)
        except FileNotFoundError:
            return False
        except DamagedShard:
            with explained(self.path(sweep, key)), contextlib.suppress(FileNotFoundError):
                self.path(sweep, key).replace(self.path(sweep, key, ".damaged"))
            return False
        return True

    def failure(self, sweep: str, key: str) -> FailureRecord | None:
        """Return how a task failed when it was last tried, or ``None``.

        Args:
            sweep: name of the sweep.
            key: 32 hexadecimal digits that name the shard, from :func:`key_of`.

        Returns:
            The record of the failure; ``None`` if there is none or it cannot be understood.
        """
        try:
            text = read(self.path(sweep, key, ".failed.json"))
            return FailureRecord.model_validate_json(text)
        except (FileNotFoundError, ValidationError):
            return None

    def write(self, sweep: str, key: str, data: bytes) -> None:
        """Put a shard into its place, all of it or nothing; two writers do no harm.

        Args:
            sweep: name of the sweep.
            key: 32 hexadecimal digits that name the shard, from :func:`key_of`.
            data: the whole file, from :func:`ovp_lib.lab.files.shard.encode`.

        Raises:
            StoreError: if the disk is full, read-only or gone.
        """
        write_bytes(self.path(sweep, key), data)
        with contextlib.suppress(OSError):
            # A failure that is left behind does no harm: nobody asks for it once there is a shard.
            self.path(sweep, key, ".failed.json").unlink()

    def write_failure(self, failure: FailureRecord) -> None:
        """Record how a task failed.

        Args:
            failure: what happened, with the sweep and the key of the task.

        Raises:
            StoreError: if it cannot be written.
        """
        text = failure.model_dump_json(indent=1) + "\n"
        write_bytes(self.path(failure.sweep, failure.key, ".failed.json"), text.encode())

    @contextlib.contextmanager
    def lock(self, sweep: str, key: str) -> Iterator[bool]:
        """Hold the lock of a task, if it is free; see :func:`ovp_lib.lab.files.lock.try_lock`.

        Args:
            sweep: name of the sweep.
            key: 32 hexadecimal digits that name the shard, from :func:`key_of`.

        Yields:
            Whether the lock is ours; if not, another process holds it.

        Raises:
            StoreError: if there can be no file for it.
        """
        path = self.path(sweep, key, ".claim")
        # Only taking the lock is explained: an error of the work under it is not one of its file.
        with contextlib.ExitStack() as held:
            with explained(path):
                ours = held.enter_context(try_lock(path))
            yield ours

    def keys(self, sweep: str) -> set[str]:
        """Return the key of every shard of a sweep, good or damaged, of any code.

        Args:
            sweep: name of the sweep.

        Returns:
            The keys; none if the sweep has no folder.
        """
        return {path.stem for path in (self.folder / sweep).glob("*.parquet")}

    def size(self, sweep: str) -> int:
        """Return how many bytes a sweep takes.

        Args:
            sweep: name of the sweep.

        Returns:
            The bytes of all files in its folder.
        """
        total = 0
        for path in (self.folder / sweep).glob("*"):
            with contextlib.suppress(FileNotFoundError):
                total += path.stat().st_size
        return total


def open_store(folder: Path, sweep: str) -> Store:
    """Make a folder ready for the shards of a sweep, and check that they can be written.

    Args:
        folder: of the store; it is made if it is not there.
        sweep: name of the sweep.

    Returns:
        The store, by its absolute path.

    Raises:
        InputError: if nothing can be written there, naming the file and the reason.
    """
    marker = folder / MARKER
    try:
        with explained(folder / sweep):
            (folder / sweep).mkdir(parents=True, exist_ok=True)
        if not marker.exists():
            write_first(marker, json.dumps({"store": uuid.uuid4().hex}) + "\n")
        identity = read(marker).decode(errors="replace")
        _probe(folder / sweep)
    except StoreError as error:
        raise InputError(str(error)) from error
    return Store(folder.resolve(), identity)


def _of_this_task(record: ShardRecord, path: Path, sweep: str, key: str) -> ShardRecord:
    if (record.sweep, record.key) != (sweep, key):
        raise DamagedShard(f"{path} is damaged: it is {record.key} of {record.sweep!r}")
    return record


def _probe(folder: Path) -> None:
    """Write and remove a file; remove parts that killed writers left, by the disk's own clock."""
    part = folder / f".writing-{uuid.uuid4().hex}"
    with explained(part), gone_afterwards(part):
        write_and_sync(part, bytes(PROBE_BYTES))
        now = part.stat().st_mtime
        for left in folder.glob(".writing-*"):
            with contextlib.suppress(FileNotFoundError):
                if now - left.stat().st_mtime > LEFTOVER_AGE:
                    left.unlink()
