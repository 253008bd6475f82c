import hashlib
import subprocess

import pandas as pd
import pytest

from ovp_lib.lab.files.shard import DamagedShard
from ovp_lib.lab.sweeps import committed as module
from ovp_lib.lab.sweeps.committed import CHECKSUMS, COMMIT, committed, still_there
from ovp_lib.lab.sweeps.results import RESULTS, reference


def of_commit(sweep: str) -> bytes:
    """Return the table of that commit out of the history, if it is there."""
    name = f"{COMMIT}:results/{sweep}/paper.parquet"
    found = subprocess.run(
        ["git", "show", name], cwd=RESULTS.parent, capture_output=True, check=False
    )
    if found.returncode:
        pytest.skip(f"the history does not reach back to {COMMIT[:7]}")
    return found.stdout


@pytest.mark.parametrize("sweep", CHECKSUMS)
def test_the_checksum_is_that_of_the_table_in_the_history(sweep: str) -> None:
    assert hashlib.sha256(of_commit(sweep)).hexdigest() == CHECKSUMS[sweep]


@pytest.mark.parametrize("sweep", CHECKSUMS)
def test_every_row_of_then_stands_in_today_s_table(sweep: str) -> None:
    then, now = committed(sweep), reference(sweep, "paper")
    assert still_there(then, now) == len(then)
    altered = then.assign(test=then["test"] * (1 + 1e-15 * 8))
    assert still_there(altered, now) < len(then)


def test_a_table_that_was_changed_is_refused(tmp_path, monkeypatch) -> None:
    (tmp_path / "figure-2").mkdir()
    (tmp_path / "figure-2" / "paper.parquet").write_bytes(b"another")
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    with pytest.raises(DamagedShard, match="at commit 35bc62d"):
        committed("figure-2")


def test_rows_may_have_other_keys_and_new_columns_and_no_other_number() -> None:
    then = pd.DataFrame(
        {"key": ["a", "b"], "environment": [0, 0], "seed": [0, 1], "test": [1.0, float("nan")]}
    )
    now = then.assign(key=["c", "d"], environment=[2, 3], ratio=1.0).iloc[::-1]
    assert still_there(then, now) == 2
    assert still_there(then, now.assign(test=[float("nan"), 1.5])) == 1
