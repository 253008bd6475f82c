import errno
import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from ovp_lib.lab.files.lock import try_lock

HOLD = """
import sys
from pathlib import Path
from ovp_lib.lab.files.lock import try_lock
with try_lock(Path(sys.argv[1])) as ours:
    print(ours, flush=True)
    sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    """Start a process that holds a lock until its input ends."""
    command = [sys.executable, "-c", HOLD, str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    return process


def test_one_holds_it_and_afterwards_it_is_free_and_gone(tmp_path: Path) -> None:
    path = tmp_path / "c.claim"
    with try_lock(path) as ours, try_lock(path) as theirs:
        assert (ours, theirs) == (True, False)
    assert not path.exists()
    with try_lock(path) as again:
        assert again


def test_a_process_that_is_killed_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "c.claim"
    with holder(path) as process:
        with try_lock(path) as ours:
            assert not ours
        process.kill()
        process.wait()
        assert path.exists()
        with try_lock(path) as ours:
            assert ours
    assert not path.exists()


def test_an_error_in_the_work_frees_it(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), try_lock(tmp_path / "c") as ours:
        print(1 / (1 - ours))
    with try_lock(tmp_path / "c") as again:
        assert again


def test_a_file_that_its_owner_removed_meanwhile_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between opening the file and locking it, its owner was done and somebody made a new one."""
    path, lock = tmp_path / "c", fcntl.flock

    def late(handle: int, how: int) -> None:
        path.unlink()
        path.touch()
        lock(handle, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with try_lock(path) as ours:
        assert not ours
    assert path.exists()


def test_without_locks_everybody_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with try_lock(tmp_path / "c") as ours:
        assert ours
