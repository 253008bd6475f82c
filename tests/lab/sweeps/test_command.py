"""``ovp sweep`` in processes of its own, on real clusters, on real disks, killed."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from typer.testing import CliRunner, Result

from ovp_lib import cli, pages
from ovp_lib.lab.files.store import Store
from ovp_lib.lab.sweeps.cluster import connect
from ovp_lib.lab.sweeps.plan import plan
from ovp_lib.lab.sweeps.results import read_export
from tests.lab.sweeps import tiny_sweep
from tests.lab.sweeps.test_loop import begun, require_right
from tests.lab.sweeps.tiny_sweep import calls, grid, wait_until

ROOT = cli.ROOT
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
LIMIT = 360.0


@contextlib.contextmanager
def client(
    folder: Path, count: int, *arguments: str, prefix: tuple[str, ...] = (), **does: str
) -> Iterator[subprocess.Popen[str]]:
    """Start ``ovp sweep run tiny`` on tasks in a folder; its store is there too."""
    folder.mkdir(exist_ok=True)
    command = [
        *prefix,
        *(sys.executable, "-m", "tests.lab.sweeps.sweep_client"),
        *(str(folder), str(count), json.dumps(does)),
        *("sweep", "run", "tiny", "--device", "cpu", "--store", str(folder / "store")),
        *arguments,
    ]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=LIMIT)
    return process.returncode, out, err


def all_gone(processes: list[psutil.Process]) -> bool:
    return psutil.wait_procs(processes, timeout=tiny_sweep.PATIENCE)[1] == []


def test_killed_clients_and_two_clients_on_one_store(tmp_path: Path) -> None:
    """What was finished stays, nothing else is computed twice, and two share what is left."""
    folder, waits = tmp_path / "work", {"w8": "wait", "w7": "wait"}
    with client(folder, 8, "--jobs", "2", **waits) as first:
        begun(folder, 8)
        begun(folder, 7)  # both workers have one: the seventh is what the client's end loses
        (folder / "go-8").touch()
        begun(folder, 6)
        begun(folder, 1)
        wait_until(lambda: len(Store(folder / "store").keys("tiny")) == 7)
        children = psutil.Process(first.pid).children(recursive=True)
        assert len(children) >= 2
        first.kill()
        first.wait()
        assert all_gone(children), "workers outlive their client"
    finished = Store(folder / "store").keys("tiny")
    assert len(finished) == 7

    (folder / "go-7").touch()
    with (
        client(folder, 20, "--jobs", "1", **waits) as second,
        client(folder, 20, "--jobs", "1", **waits) as third,
    ):
        code, out, err = ended(second)
        assert (code, out[:8]) == (0, "20 of 20"), err
        code, out, err = ended(third)
        assert (code, out[:8]) == (0, "20 of 20"), err
        assert "left" in err or "7/20 tasks" in err
    once = dict.fromkeys(range(1, 21), 1)
    assert Counter(calls(folder)) == {**once, 7: 2}
    require_right(grid(folder, range(1, 21), **waits), Store(folder / "store"))


def test_ctrl_c_ends_everything_and_keeps_what_is_finished(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    with client(folder, 3, "--jobs", "2", w2="wait") as process:
        begun(folder, 2)
        wait_until(lambda: len(Store(folder / "store").keys("tiny")) == 2)
        children = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers too
        code, out, err = ended(process)
    assert (code, out) == (130, "")
    assert f"interrupted; what had finished is in {folder / 'store' / 'tiny'}" in err
    assert "Traceback" not in err
    assert "distributed" not in err
    assert all_gone(children)
    assert len(Store(folder / "store").keys("tiny")) == 2


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a scheduler and two workers as on a cluster; yield the address and the processes."""
    where = folder / "scheduler.json"
    folder.mkdir()
    dask = [sys.executable, "-m", "dask"]
    commands = [
        [*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"],
        *[[*dask, "worker", "--nthreads", "1", "--no-dashboard", "--no-nanny"]] * 2,
    ]
    with contextlib.ExitStack() as running:
        processes = []
        for command in commands:
            options: Any = {"cwd": ROOT, "env": ENVIRONMENT, "stderr": subprocess.DEVNULL}
            command = [*command, "--scheduler-file", str(where)]
            process = running.enter_context(subprocess.Popen(command, **options))
            running.callback(process.kill)
            processes.append(process)
        tiny_sweep.wait_for(where)
        wait_until(lambda: "tcp://" in where.read_text())
        yield json.loads(where.read_text())["address"], processes


def test_a_cluster_finishes_what_it_is_at_without_its_client(tmp_path: Path) -> None:
    """Then, when it is gone in its turn, a client says so and does not wait for ever."""
    folder, waits = tmp_path / "work", {"w4": "wait", "w3": "wait"}
    with cluster(tmp_path / "cluster") as (address, (scheduler, *_)):
        with client(folder, 4, "--scheduler", address, **waits) as first:
            begun(folder, 4)
            begun(folder, 3)
            first.kill()
            first.wait()
        (folder / "go-3").touch()
        (folder / "go-4").touch()
        wait_until(lambda: len(Store(folder / "store").keys("tiny")) == 2)
        with client(folder, 6, "--scheduler", address, w1="wait", **waits) as second:
            begun(folder, 1)
            wait_until(lambda: len(Store(folder / "store").keys("tiny")) == 5)
            scheduler.kill()
            code, out, err = ended(second)
    assert (code, out) == (1, ""), err
    assert (
        "stopped: the connection to the scheduler is lost; 5 of 6 tasks are finished and stay"
        in err
    )
    assert "Traceback" not in err
    assert Counter(calls(folder)) == dict.fromkeys(range(1, 7), 1)


def can_mount() -> bool:
    """Return whether a process of ours may mount something where only it sees it."""
    command = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    if not shutil.which("unshare"):
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


MOUNTS = pytest.mark.skipif(
    not can_mount(), reason="needs Linux with namespaces for everybody, to mount a small disk"
)


def on_a_disk(setup: str) -> tuple[str, ...]:
    """Return what runs a command after a setup that nobody else sees."""
    return ("unshare", "-rm", "sh", "-ec", f'{setup}\nexec "$@"', "sh")


@MOUNTS
def test_a_full_disk_stops_the_sweep_and_keeps_what_is_finished(tmp_path: Path) -> None:
    """A real disk of 320 kB, of which a task leaves less than a shard needs."""
    folder = tmp_path / "work"
    copy = tmp_path / "copy"
    mounted = (
        f"mkdir -p {folder}/store {copy}; mount -t tmpfs -o size=320k tmpfs {folder}/store; "
        f'"$@" || code=$?; cp -r {folder}/store/. {copy}; exit $code'
    )
    with client(folder, 6, "--jobs", "1", prefix=on_a_disk(mounted), w3="fill") as process:
        code, out, err = ended(process)
    assert (code, out) == (1, ""), err
    assert "stopped: cannot write " in err
    assert ".parquet: No space left on device; 3 of 6 tasks are finished and stay" in err
    assert calls(folder) == [6, 5, 4, 3]
    assert len(Store(copy).keys("tiny")) == 3
    ready = plan(tiny_sweep.sweep(grid(folder, range(1, 7), w3="fill")), "quick", Store(copy))
    assert {point.task.width for point in ready.missing} == {1, 2, 3}
    assert not list((copy / "tiny").glob(".writing-*"))


@MOUNTS
def test_a_read_only_disk_is_refused_before_anything_is_computed(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    mounted = (
        f"mkdir -p {folder}/store; mount -t tmpfs tmpfs {folder}/store; "
        f"mount -o remount,ro {folder}/store"
    )
    with client(folder, 2, prefix=on_a_disk(mounted)) as process:
        code, out, err = ended(process)
    assert (code, out) == (2, "")
    assert err == f"error: cannot write {folder}/store/tiny: Read-only file system\n"
    assert calls(folder) == []


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a tiny sweep, which is all that there is to run."""
    declared = tiny_sweep.sweep(grid(tmp_path, [1, 2]), paper=grid(tmp_path, [1, 2, 3]))
    monkeypatch.setattr(pages, "SWEEPS", {"tiny": declared})
    return tmp_path


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[str, ...]]:
    """Options with which a sweep is computed by a worker that is there already, one task a time."""
    with connect("local", 1) as client:
        yield ("--scheduler", client.scheduler.address, "--device", "cpu")


def ovp(folder: Path, *arguments: str) -> Result:
    command, *rest = arguments
    where = ["--store", str(folder / "store")]
    where += ["--results", str(folder / "results")] if command != "status" else []
    return CliRunner().invoke(cli.app, ["sweep", command, *rest, *where], catch_exceptions=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "tinny"], "there is no sweep 'tinny' (did you mean 'tiny'?); there is tiny"),
        (["status", "tinny"], "there is no sweep 'tinny'"),
        (["export", "tinny"], "there is no sweep 'tinny'"),
        (["restore", "tinny"], "there is no sweep 'tinny'"),
        (["run", "tiny", "--preset", "huge"], "tiny has no preset 'huge'; it has quick, paper"),
        (["run", "tiny", "--scheduler", "here"], "a scheduler is 'local' or an address like tcp:"),
        (["run", "tiny", "--device", "cuda:99"], "device 'cuda:99' is not there"),
        (
            ["run", "tiny", "--where", "width"],
            "a condition is like width=100 or width=100,200, got 'width'",
        ),
        (
            ["run", "tiny", "--where", "widht=1"],
            "no field 'widht' (did you mean 'width'?); they have width,",
        ),
        (
            ["restore", "tiny", "--where", "width=10,1,9"],
            "no task of tiny (quick) has width=9; there is 1, 2",
        ),
        (["export", "tiny", "--partial"], "tiny (quick): no task is finished"),
        (["export", "tiny"], "2 of 2 tasks are not finished; run: ovp sweep run tiny --preset"),
    ],
    ids=str,
)
def test_bad_input_is_one_line_and_exit_code_2(
    tiny: Path, arguments: list[str], message: str
) -> None:
    result = ovp(tiny, *arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert message in result.stderr
    assert not (tiny / "store").exists()


def test_run_status_and_export(tiny: Path, shared: tuple[str, ...]) -> None:
    result = ovp(tiny, "run", "tiny", "--jobs", "1", "--device", "cpu")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == ("2 of 2 tasks of tiny (quick) are finished, 2 of them computed now\n")
    assert "tiny: 2/2 tasks" in result.stderr
    again = ovp(tiny, "run", "tiny", *shared)
    assert "2 of 2 tasks of tiny (quick) are finished, 0 of them computed now" in again.stdout
    assert calls(tiny) == [2, 1]

    shard = next((tiny / "store" / "tiny").glob("*.parquet"))
    shard.write_bytes(shard.read_bytes()[:-1])
    mended = ovp(tiny, "run", "tiny", *shared)
    assert f"{shard} is damaged: " in mended.stderr
    assert "2 of 2 tasks of tiny (quick) are finished, 1 of them computed now" in mended.stdout
    assert len(calls(tiny)) == 3
    shard.with_suffix(".damaged").unlink()
    (tiny / "store" / "tiny" / f"{'0' * 32}.parquet").write_bytes(shard.read_bytes())
    rows = json.loads(ovp(tiny, "status", "--json").stdout)
    assert [row["preset"] for row in rows] == ["quick", "paper"]
    counts = [(row["finished"], row["missing"], row["damaged"], row["failed"]) for row in rows]
    assert counts == [(2, 0, 0, 0), (2, 1, 0, 0)]
    assert [row["other_shards"] for row in rows] == [1, 1]
    assert rows[0]["bytes"] == pytest.approx(3 * shard.stat().st_size, abs=10)
    shown = [line.split() for line in ovp(tiny, "status", "tiny").stdout.splitlines()]
    paper = ["tiny", "paper", "reproducible", "3", "2", "1", "0", "0", "0"]
    assert paper in [line[:9] for line in shown]
    native = json.loads(ovp(tiny, "status", "--json", "--native").stdout)
    counts = [(row["arithmetic"], row["finished"], row["in_the_other"]) for row in native]
    assert counts == [("native", 0, 2), ("native", 0, 2)]

    assert ovp(tiny, "export", "tiny").exit_code == 0
    table, record = read_export(tiny / "results" / "tiny" / "quick.parquet")
    assert (len(table), record.tasks) == (6, 2)
    assert record.arithmetic == {"reproducible": 2}
    done = ovp(
        tiny, "run", "tiny", "--jobs", "1", "--device", "cpu", "--native", "--where", "width=1"
    )
    assert done.stdout == (
        "1 of 1 tasks of tiny (quick, native arithmetic where width=1) are finished, "
        "1 of them computed now\n"
    )
    for given, counted in (
        ((), {"reproducible": 2}),
        (["--native"], {"reproducible": 1, "native": 1}),
    ):
        assert ovp(tiny, "export", "tiny", *given).exit_code == 0
        assert read_export(tiny / "results/tiny/quick.parquet")[1].arithmetic == counted


def test_only_what_is_asked_for_is_computed(tiny: Path, shared: tuple[str, ...]) -> None:
    run = ("run", "tiny", *shared)
    result = ovp(tiny, *run, "--preset", "paper", "--where", "width=1,3", "--where", "does=run")
    assert result.exit_code == 0, result.stderr
    finished = "2 of 2 tasks of tiny (paper where width=1,3 and does=run) are finished"
    assert result.stdout == f"{finished}, 2 of them computed now\n"
    assert calls(tiny) == [3, 1]
    assert ovp(tiny, "export", "tiny", "--preset", "paper", "--partial").exit_code == 0
    (tiny / "store").rename(tiny / "gone")
    restored = ovp(tiny, *run, "--preset", "paper", "--where", "width=1,2", "--restore")
    assert restored.stderr.startswith("restored 1 of 2 missing tasks from ")
    assert restored.stdout.endswith(
        "2 of 2 tasks of tiny (paper where width=1,2) are finished, 1 of them computed now\n"
    )
    assert calls(tiny) == [3, 1, 2]


def test_another_machine_goes_on_from_a_table(
    tiny: Path, shared: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ovp(tiny, "run", "tiny", *shared).exit_code == 0
    path = tiny / "results" / "tiny" / "quick.parquet"
    assert ovp(tiny, "export", "tiny").exit_code == 0
    (tiny / "store").rename(tiny / "gone")
    unasked = ovp(tiny, "run", "tiny", *shared)
    assert "restored" not in unasked.stderr
    assert unasked.stdout.endswith("2 of them computed now\n")
    shutil.rmtree(tiny / "store")
    before = path.read_bytes()
    path.write_bytes(before[:-1])
    refused = ovp(tiny, "run", "tiny", "--preset", "paper", "--restore", *shared)
    assert refused.exit_code == 2
    assert refused.stderr.startswith(f"error: cannot restore: {path} is damaged: ")
    assert (refused.stderr.count("\n"), len(calls(tiny))) == (1, 4)

    path.write_bytes(before)
    monkeypatch.chdir(tiny)
    result = ovp(tiny, "run", "tiny", "--preset", "paper", "--restore", *shared)
    assert result.exit_code == 0, result.stderr
    assert result.stderr.startswith("restored 2 of 3 missing tasks from results/tiny\n")
    assert result.stdout == "3 of 3 tasks of tiny (paper) are finished, 1 of them computed now\n"
    assert calls(tiny) == [2, 1, 2, 1, 3]
    assert ovp(tiny, "export", "tiny").exit_code == 0
    assert path.read_bytes() == before

    shard = next((tiny / "gone" / "tiny").glob("*.parquet"))
    damaged = tiny / "store" / "tiny" / shard.name
    damaged.write_bytes(b"")
    mended = ovp(tiny, "run", "tiny", "--restore", *shared)
    assert f"{damaged} is damaged: 0 bytes without a checksum; it is restored\n" in mended.stderr
    assert "restored 1 of 1 missing tasks" in mended.stderr
    assert mended.stdout.endswith("0 of them computed now\n")
    assert damaged.read_bytes() == shard.read_bytes()


def test_restoring_alone_computes_nothing(tiny: Path, shared: tuple[str, ...]) -> None:
    assert ovp(tiny, "run", "tiny", *shared).exit_code == 0
    assert ovp(tiny, "export", "tiny").exit_code == 0
    (tiny / "store").rename(tiny / "gone")
    result = ovp(tiny, "restore", "tiny", "--preset", "paper")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"restored 2 of 3 missing tasks from {tiny / 'results' / 'tiny'}\n"
    assert calls(tiny) == [2, 1]
    assert Store(tiny / "store").keys("tiny") == Store(tiny / "gone").keys("tiny")
    again = ovp(tiny, "restore", "tiny")
    assert again.stdout == "nothing to restore: no task is missing\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["status", "tiny", "--where", "width=1"],
        ["status", "tiny", "--restore"],
        ["export", "tiny", "--restore"],
        ["run", "tiny", "--partial"],
        ["restore", "tiny", "--partial"],
        ["run"],
    ],
    ids=str,
)
def test_a_command_takes_only_what_belongs_to_it(tiny: Path, arguments: list[str]) -> None:
    assert ovp(tiny, *arguments).exit_code == 2
    assert not (tiny / "store").exists()


def test_failures_are_said_and_give_exit_code_1(
    tmp_path: Path, shared: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    does = {f"w{width}": "fail" for width in range(2, 9)}
    declared = tiny_sweep.sweep(grid(tmp_path, range(1, 9), **does))
    monkeypatch.setattr(pages, "SWEEPS", {"tiny": declared})
    result = ovp(tmp_path, "run", "tiny", *shared)
    assert result.exit_code == 1
    assert "'does': 'fail'" in result.stderr
    assert "ArithmeticError: width 8 diverged" in result.stderr
    assert "and 2 more tasks failed" in result.stderr
    assert result.stdout.startswith("1 of 8 tasks of tiny (quick) are finished")
    assert json.loads(ovp(tmp_path, "status", "--json").stdout)[0]["failed"] == 7
