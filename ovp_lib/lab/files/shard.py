"""A table in one Parquet file that carries where it comes from, and notices any change of a byte.

The record is in the metadata of the file as JSON, and so is a SHA-256 of the whole file with that
one place blanked out: a truncated file, a flipped bit and a file of something else are all told
from a good one before anything in them is used. Any Parquet reader can open the file.
"""

import hashlib
import io
import re
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from ovp_lib.arithmetic import Mode
from ovp_lib.lab.files.provenance import Environment

if TYPE_CHECKING:
    import pandas

MARK = b"ovp-sha256="
"""The bytes before the checksum in a file; they occur once."""

BLANK = b"0" * 64
"""The bytes in the place of the checksum while it is computed."""

_CHECKSUM = re.compile(re.escape(MARK) + rb"([0-9a-f]{64})")


class DamagedShard(ValueError):
    """A file is not what was once written; the message says which and how one can tell."""


class ShardRecord(BaseModel):
    """The origin of the rows of one task.

    When it was computed and what it took may be unknown, ``None``: of tasks whose table did not say
    so when it was stamped (:mod:`ovp_lib.lab.sweeps.restamp`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sweep: str
    key: str = Field(description="what names the shard: hash of all that the rows depend on")
    task: dict[str, Any]
    code: str = Field(description="fingerprint of the science code behind the numbers")
    version: int = Field(description="of the sweep, for what no fingerprint sees")
    arithmetic: Mode = Field(description="in which it was computed")
    environment: Environment
    host: str = Field(description="name of the machine")
    started: AwareDatetime | None
    wall_seconds: float | None = Field(ge=0.0)
    cpu_seconds: float | None = Field(ge=0.0, description="of the worker, in this time")


Record = TypeVar("Record", bound=BaseModel)
"""Type of the record of a table."""


def encode(table: "pandas.DataFrame", record: BaseModel) -> bytes:
    """Return a table and its record as the bytes of a Parquet file.

    Args:
        table: columns of plain dtypes; its index is not kept.
        record: what can be written as JSON.

    Returns:
        The whole file, with its checksum in it.

    Raises:
        ValueError: if table or record contain the mark before the checksum.
    """
    arrow = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
    stream = io.BytesIO()
    with pq.ParquetWriter(stream, arrow.schema, compression="zstd", store_schema=False) as writer:
        writer.write_table(arrow)
        writer.add_key_value_metadata(
            {"ovp-record": record.model_dump_json(), "ovp-check": (MARK + BLANK).decode()}
        )
    blank = stream.getvalue()
    if blank.count(MARK) != 1:
        raise ValueError(f"a table must not contain {MARK.decode()!r}")
    return blank.replace(MARK + BLANK, MARK + hashlib.sha256(blank).hexdigest().encode())


def decode(data: bytes, record: type[Record], name: str) -> tuple["pandas.DataFrame", Record]:
    """Return the table and the record in the bytes of a file, if not one of them has changed.

    Args:
        data: the whole file.
        record: the type of the record.
        name: of the file, for the message.

    Returns:
        The table and the record.

    Raises:
        DamagedShard: if the bytes are not those that were written, or hold another record.
    """
    found = read_record(data, record, name)
    with pq.ParquetFile(io.BytesIO(data)) as file:
        return file.read().replace_schema_metadata(None).to_pandas(), found


def read_record(data: bytes, record: type[Record], name: str) -> Record:
    """Return the record in the bytes of a file, of which not one has changed; as :func:`decode`.

    Args:
        data: the whole file.
        record: the type of the record.
        name: of the file, for the message.

    Returns:
        The record.

    Raises:
        DamagedShard: if the bytes are not those that were written, or hold another record.
    """
    verify(data, name)
    with pq.ParquetFile(io.BytesIO(data)) as file:
        metadata = file.metadata.metadata
    try:
        return record.model_validate_json(metadata[b"ovp-record"])
    except (KeyError, ValidationError) as error:
        raise DamagedShard(f"{name} has no {record.__name__}: {error}") from error


def verify(data: bytes, name: str) -> None:
    """Check the checksum of a file.

    Args:
        data: the whole file.
        name: of the file, for the message.

    Raises:
        DamagedShard: if there is none, or it is of other bytes.
    """
    marks = _CHECKSUM.findall(data)
    if data.count(MARK) != 1 or len(marks) != 1:
        raise DamagedShard(f"{name} is damaged: {len(data)} bytes without a checksum")
    blank = data.replace(MARK + marks[0], MARK + BLANK)
    if hashlib.sha256(blank).hexdigest().encode() != marks[0]:
        raise DamagedShard(f"{name} is damaged: its {len(data)} bytes do not match their checksum")
