import io

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from ovp_lib.lab.files.shard import MARK, DamagedShard, decode, encode


class Note(BaseModel):
    said: str = "grüße"


class OtherNote(BaseModel):
    number: int


TABLE = pd.DataFrame(
    {
        "n": np.array([1, -(2**62), 3]),
        "x": np.array([np.nan, -0.0, np.nextafter(0, 1)]),
        "y": np.array([np.inf, 0.1, -np.inf], dtype=np.float32),
        "flag": [True, False, True],
        "word": ["", "ü", "a\x00b"],
    }
)
DATA = encode(TABLE, Note())


def test_every_bit_comes_back() -> None:
    table, note = decode(DATA, Note, "a")
    pd.testing.assert_frame_equal(table, TABLE, check_exact=True)
    assert np.signbit(table["x"][1])
    assert note == Note()


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(max_size=9))))
def test_every_table_comes_back(rows: list[tuple[int, float, str]]) -> None:
    rows = [(1, 0.5, "a"), *rows]
    n, x, word = zip(*rows, strict=True)
    table = pd.DataFrame({"n": np.array(n, dtype=np.int64), "x": x, "word": word})
    pd.testing.assert_frame_equal(decode(encode(table, Note()), Note, "a")[0], table)


def test_any_parquet_reader_opens_it() -> None:
    assert pq.read_table(io.BytesIO(DATA)).column_names == list(TABLE)


def test_every_byte_counts() -> None:
    """Whichever byte is flipped, it is noticed, and before anything in the file is used."""
    for place in range(len(DATA)):
        flipped = bytearray(DATA)
        flipped[place] ^= 1 << (place % 8)
        with pytest.raises(DamagedShard, match="a/b is damaged"):
            decode(bytes(flipped), Note, "a/b")


def test_every_length_counts() -> None:
    for length in range(len(DATA)):
        with pytest.raises(DamagedShard, match=f"{length} bytes"):
            decode(DATA[:length], Note, "a")
    for more in (b"\0", DATA):
        with pytest.raises(DamagedShard):
            decode(DATA + more, Note, "a")


def test_another_record_is_not_taken_for_ours() -> None:
    with pytest.raises(DamagedShard, match="a has no OtherNote"):
        decode(DATA, OtherNote, "a")


def test_a_table_cannot_pretend_to_be_a_checksum() -> None:
    with pytest.raises(ValueError, match="must not contain 'ovp-sha256='"):
        encode(TABLE, Note(said=MARK.decode()))
