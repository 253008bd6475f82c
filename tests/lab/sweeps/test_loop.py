"""Sweeps on a real scheduler with two real worker processes, killed and cheated in every way."""

import contextlib
import os
import re
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from distributed import Future

from ovp_lib.errors import InputError
from ovp_lib.lab.files.store import Store, open_store
from ovp_lib.lab.sweeps import loop as sweeps
from ovp_lib.lab.sweeps.cluster import ALLOWED_FAILURES, connect, threads
from ovp_lib.lab.sweeps.loop import SweepOutcome, SweepStopped, run
from ovp_lib.lab.sweeps.plan import SweepPlan, plan
from ovp_lib.lab.sweeps.progress import State, SweepBar
from tests.lab.sweeps import tiny_sweep
from tests.lab.sweeps.tiny_sweep import Tiny, calls, grid, wait_for, wait_until


class Seen(SweepBar):
    """A bar that remembers, and shows nothing."""

    def __init__(self) -> None:
        super().__init__("tiny")
        self.states: list[State] = []

    def show(self, state: State) -> None:
        self.states.append(state)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A scheduler and two workers; nothing of them is left, in the environment neither."""
    before = {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"}
    patched = pytest.MonkeyPatch()
    patched.setenv("OMP_NUM_THREADS", "2")
    patched.delenv("NUMBA_NUM_THREADS", raising=False)
    with connect("local", 2) as made:
        yield made
        workers = psutil.Process().children(recursive=True)
    assert os.environ["OMP_NUM_THREADS"] == "2"
    patched.undo()
    assert {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"} == before
    spawned = [p for p in workers if not p.is_running() or "spawn_main" in " ".join(p.cmdline())]
    assert len(spawned) >= 2
    assert psutil.wait_procs(spawned, timeout=tiny_sweep.PATIENCE)[1] == []


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "store", "tiny")


def planned(tasks: list[Tiny], store: Store) -> SweepPlan:
    return plan(tiny_sweep.sweep(tasks), "quick", store)


def go(tasks: list[Tiny], store: Store, client: Any, **options: Any) -> SweepOutcome:
    return run(planned(tasks, store), store, client, Seen(), **options)


@contextlib.contextmanager
def in_background(tasks: list[Tiny], store: Store, client: Any) -> Iterator[list[SweepOutcome]]:
    """Run a sweep in a thread, and wait for it at the end."""
    outcomes: list[SweepOutcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(go(tasks, store, client)))
    thread.start()
    yield outcomes
    thread.join(tiny_sweep.PATIENCE)
    assert outcomes, "the sweep failed or did not end"


def begun(folder: Path, width: int) -> int:
    """Wait until a task has begun; return the process that is at it."""
    pattern = re.compile(rf"^{width} (\d+)$", re.MULTILINE)
    log = folder / "calls"
    wait_for(log)
    wait_until(lambda: pattern.search(log.read_text()) is not None)
    return int(pattern.findall(log.read_text())[-1])


def require_right(tasks: list[Tiny], store: Store) -> None:
    """Check every number of every task against what a plain loop gives."""
    found = planned(tasks, store)
    assert found.missing == []
    for point in found.points:
        table, record = store.read("tiny", point.key)
        np.testing.assert_array_equal(table["loss"], tiny_sweep.values(point.task))
        assert record.task == point.task.model_dump(mode="json")
        assert record.environment.torch_threads == 1


def test_everything_is_computed_once_and_the_longest_first(
    tmp_path: Path, store: Store, client: Any
) -> None:
    tasks, seen = grid(tmp_path, [2, 6, 1, 5, 3, 4]), Seen()
    outcome = run(planned(tasks, store), store, client, seen, at_a_time=1)
    assert outcome == SweepOutcome(computed=6, elsewhere=0, failures=())
    assert calls(tmp_path) == [6, 5, 4, 3, 2, 1]
    require_right(tasks, store)
    assert {path.suffix for path in (store.folder / "tiny").iterdir()} == {".parquet"}
    assert (seen.states[0].done, seen.states[-1].done, seen.states[-1].total) == (0, 6, 6)
    assert max(state.running for state in seen.states) == 1
    assert seen.states[0].seconds_left is None
    assert seen.states[-1].seconds_left == 0.0

    assert go([*tasks, *grid(tmp_path, [7])], store, client).computed == 1
    assert calls(tmp_path) == [6, 5, 4, 3, 2, 1, 7]


def test_whoever_will_have_to_stop_starts_with_the_cheapest(
    tmp_path: Path, store: Store, client: Any
) -> None:
    go(grid(tmp_path, [2, 6, 1, 5]), store, client, at_a_time=1, cheapest_first=True)
    assert calls(tmp_path) == [1, 2, 5, 6]


def test_a_worker_that_is_killed_costs_only_what_it_was_at(
    tmp_path: Path, store: Store, client: Any
) -> None:
    tasks = grid(tmp_path, range(1, 8), w7="wait")
    with in_background(tasks, store, client) as outcomes:
        worker = begun(tmp_path, 7)
        begun(tmp_path, 4)  # the other worker goes on
        os.kill(worker, signal.SIGKILL)
        (tmp_path / "go-7").touch()
    assert outcomes[0].failures == ()
    count = Counter(calls(tmp_path))
    assert count[7] == 2
    assert {count[width] for width in range(1, 7)} == {1}
    require_right(tasks, store)


def test_a_task_that_fails_is_on_record_and_the_others_go_on(
    tmp_path: Path, store: Store, client: Any
) -> None:
    tasks = grid(tmp_path, range(1, 7), w6="fail", w5="exit", w4="lie")
    outcome = go(tasks, store, client)
    assert outcome.computed == 3
    errors = {failure.task["width"]: failure for failure in outcome.failures}
    assert errors[6].error == "ArithmeticError: width 6 diverged"
    assert 'raise ArithmeticError(f"width {task.width} diverged")' in errors[6].traceback
    assert errors[5].error == "SystemExit: out of here"
    assert "run must return columns" in errors[4].error
    assert store.failure("tiny", errors[6].key) == errors[6]
    assert {point.task.width for point in planned(tasks, store).missing} == {4, 5, 6}

    assert go(tasks, store, client).computed == 0
    assert Counter(calls(tmp_path)) == {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2}


def test_a_task_that_kills_its_workers_ends_as_failed(
    tmp_path: Path, store: Store, client: Any
) -> None:
    tasks = grid(tmp_path, range(1, 4), w3="kill")
    (failure,) = go(tasks, store, client).failures
    deaths = ALLOWED_FAILURES + 1
    said = f"{deaths} workers died while they had it, the last on tcp://127.0.0.1:"
    assert failure.error.startswith(said)
    assert 1 <= Counter(calls(tmp_path))[3] <= deaths  # one may die before it has begun
    require_right(tasks[:2], store)


def end_workers_for_good(client: Any) -> None:
    """As when they die while they are being started, after which no nanny starts them again."""
    cluster = client.cluster
    # A test before may have left workers that are still coming back: they would come after the end.
    wait_until(lambda: threads(client) == len(cluster.workers) == 2)
    for name, nanny in list(cluster.workers.items()):
        cluster.sync(nanny.close)
        cluster.workers.pop(name, None)
    wait_until(lambda: not client.nthreads())


def test_results_that_die_with_their_workers_are_asked_for_again(
    tmp_path: Path, store: Store, client: Any
) -> None:
    tasks = grid(tmp_path, [1])

    class Killer(Seen):
        def show(self, state: State) -> None:
            if not self.states:  # the task is submitted, and its result is not taken yet
                wait_until(lambda: len(planned(tasks, store).missing) == 0)
                end_workers_for_good(client)
            super().show(state)

    outcomes: list[SweepOutcome] = []
    killed = Killer()
    plan = planned(tasks, store)
    thread = threading.Thread(
        target=lambda: outcomes.append(run(plan, store, client, killed)), daemon=True
    )
    thread.start()
    thread.join(tiny_sweep.PATIENCE)
    assert [done.computed + done.elsewhere for done in outcomes] == [1]
    assert calls(tmp_path) == [1]
    require_right(tasks, store)


def test_workers_that_are_gone_for_good_come_back(
    tmp_path: Path, store: Store, client: Any
) -> None:
    end_workers_for_good(client)
    tasks = grid(tmp_path, [1, 2])
    assert go(tasks, store, client).computed == 2
    wait_until(lambda: len(client.nthreads()) == 2)
    require_right(tasks, store)


def test_a_damaged_shard_is_never_read_and_computed_again(
    tmp_path: Path, store: Store, client: Any
) -> None:
    tasks = grid(tmp_path, range(1, 5))
    go(tasks, store, client)
    keys = {point.task.width: point.key for point in planned(tasks, store).points}
    truncated, flipped, swapped = (store.path("tiny", keys[width]) for width in (1, 2, 3))
    truncated.write_bytes(truncated.read_bytes()[:-100])
    data = bytearray(flipped.read_bytes())
    data[len(data) // 3] ^= 8
    flipped.write_bytes(data)
    swapped.write_bytes(store.path("tiny", keys[4]).read_bytes())

    found = planned(tasks, store)
    assert set(found.damaged) == {keys[1], keys[2], keys[3]}
    assert all(str(store.path("tiny", key)) in text for key, text in found.damaged.items())
    assert go(tasks, store, client).computed == 3
    assert Counter(calls(tmp_path)) == {1: 2, 2: 2, 3: 2, 4: 1}
    require_right(tasks, store)
    left = {path.name for path in (store.folder / "tiny").glob("*.damaged")}
    assert left == {f"{keys[width]}.damaged" for width in (1, 2, 3)}


def test_a_shard_that_was_mended_since_the_plan_stays(
    tmp_path: Path, store: Store, client: Any
) -> None:
    tasks = grid(tmp_path, [1, 2])
    go(tasks, store, client)
    keys = {point.task.width: point.key for point in planned(tasks, store).points}
    good = {width: store.path("tiny", key).read_bytes() for width, key in keys.items()}
    for key in keys.values():
        store.path("tiny", key).write_bytes(b"half")
    stale = planned(tasks, store)
    store.write("tiny", keys[2], good[2])
    outcome = run(stale, store, client, Seen())
    assert (outcome.computed, outcome.elsewhere) == (1, 1)
    assert store.path("tiny", keys[2]).read_bytes() == good[2]
    left = {path.name for path in (store.folder / "tiny").glob("*.damaged")}
    assert left == {f"{keys[1]}.damaged"}


def test_two_clients_of_one_scheduler_share_the_work(
    tmp_path: Path, store: Store, client: Any
) -> None:
    tasks = grid(tmp_path, range(1, 9), w8="wait")
    with (
        connect(client.scheduler.address, 1) as other,
        in_background(tasks, store, client) as first,
    ):
        begun(tmp_path, 8)
        with in_background(tasks, store, other) as second:
            begun(tmp_path, 1)
            (tmp_path / "go-8").touch()
    assert not first[0].failures + second[0].failures
    assert Counter(calls(tmp_path)) == dict.fromkeys(range(1, 9), 1)
    require_right(tasks, store)


def test_two_stores_on_one_scheduler_do_not_share(
    tmp_path: Path, store: Store, client: Any
) -> None:
    tasks, twin = grid(tmp_path, [1], w1="wait"), open_store(tmp_path / "twin", "tiny")
    with in_background(tasks, store, client):
        begun(tmp_path, 1)
        with in_background(tasks, twin, client):
            wait_until(lambda: len(calls(tmp_path)) == 2)
            (tmp_path / "go-1").touch()
    require_right(tasks, store)
    require_right(tasks, twin)


def test_a_task_that_somebody_else_claimed_is_left_to_them(
    tmp_path: Path, store: Store, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two clients on two schedulers, of which the other is this process."""
    monkeypatch.setattr(sweeps, "LOOK_AGAIN", 0.1)
    tasks = grid(tmp_path, range(1, 5))
    ours = plan(tiny_sweep.sweep(tasks), "quick", store)
    key = {point.task.width: point.key for point in ours.points}
    with contextlib.ExitStack() as held:
        for width in (3, 4):
            held.enter_context(store.lock("tiny", key[width]))
        with in_background(tasks, store, client) as outcomes:
            begun(tmp_path, 1)
            assert set(calls(tmp_path)) <= {1, 2}
            twin = open_store(tmp_path / "twin", "tiny")
            go(grid(tmp_path, [4]), twin, client)
            store.write("tiny", key[4], twin.path("tiny", key[4]).read_bytes())
            held.close()  # 4 is finished, 3 was given up
    assert (outcomes[0].computed, outcomes[0].elsewhere) == (3, 1)
    require_right(tasks, store)


def test_workers_that_do_not_see_the_store_send_their_shards(
    tmp_path: Path, store: Store, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a cluster without a shared folder: under this path the workers find another store."""
    tasks, written, write = grid(tmp_path, range(1, 4)), [], Store.write

    def remember(store: Store, sweep: str, key: str, data: bytes) -> None:
        written.append(key)
        write(store, sweep, key, data)

    damaged = store.path("tiny", planned(tasks, store).points[0].key)
    damaged.write_bytes(b"half")
    monkeypatch.setattr(Store, "write", remember)  # in this process, not in the workers'
    ready = planned(tasks, store)
    assert run(ready, replace(store, identity="another"), client, Seen()).computed == 3
    assert set(written) == {point.key for point in ready.points}
    assert damaged.with_suffix(".damaged").read_bytes() == b"half"
    require_right(tasks, store)


def test_sigterm_counts_as_ctrl_c_and_what_runs_is_finished_by_the_cluster(
    tmp_path: Path, store: Store, client: Any
) -> None:
    def terminate() -> None:
        begun(tmp_path, 3)
        begun(tmp_path, 2)
        os.kill(os.getpid(), signal.SIGTERM)

    tasks, before = (
        grid(tmp_path, [1, 2, 3], w3="wait", w2="wait"),
        signal.getsignal(signal.SIGTERM),
    )
    thread = threading.Thread(target=terminate)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        go(tasks, store, client)
    thread.join()
    assert signal.getsignal(signal.SIGTERM) is before
    (tmp_path / "go-3").touch()
    (tmp_path / "go-2").touch()
    wait_until(lambda: len(store.keys("tiny")) == 2)
    assert sorted(calls(tmp_path)) == [2, 3]


def test_a_worker_with_other_code_is_refused(tmp_path: Path, store: Store, client: Any) -> None:
    stale = replace(planned(grid(tmp_path, [1, 2]), store), code="0" * 64)
    with pytest.raises(SweepStopped, match=r"has other code than the client behind tests\.lab"):
        run(stale, store, client, Seen())
    assert calls(tmp_path) == []
    assert store.keys("tiny") == set()


def test_a_worker_computes_with_one_thread(tmp_path: Path, store: Store, client: Any) -> None:
    """Even after somebody else in its process wanted more."""
    task = grid(tmp_path, [1], w1="threads")
    client.run(tiny_sweep.want_two_threads)
    go(task, store, client)
    table, _ = store.read("tiny", planned(task, store).points[0].key)
    assert list(table["loss"]) == [1.0, 1.0, 1.0]


def test_a_worker_without_the_device_is_refused(tmp_path: Path, store: Store, client: Any) -> None:
    with pytest.raises(SweepStopped, match="device 'cuda:99' is not there"):
        go(grid(tmp_path, [1]), store, client, device="cuda:99")


def test_a_store_that_goes_away_stops_the_sweep(tmp_path: Path, store: Store, client: Any) -> None:
    ready = planned(grid(tmp_path, range(1, 5)), store)
    (store.folder / "tiny").rmdir()
    with pytest.raises(SweepStopped, match=r"cannot write .*\.claim: its folder is gone"):
        run(ready, store, client, Seen())
    assert calls(tmp_path) == []


def test_a_connection_that_ends_while_a_result_is_fetched_stops_the_sweep(
    tmp_path: Path, store: Store, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = Future.result

    def broken(future: Future, timeout: float) -> Any:
        future.cancel()
        return fetch(future, timeout=timeout)

    monkeypatch.setattr(Future, "result", broken)
    with pytest.raises(SweepStopped, match="the connection to the scheduler is lost"):
        go(grid(tmp_path, [1]), store, client)


def test_where_there_is_no_scheduler_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ovp_lib.lab.sweeps.cluster.PATIENCE", 0.5)
    with (
        pytest.raises(InputError, match=r"there is no scheduler at 'tcp://127\.0\.0\.1:9'"),
        connect("tcp://127.0.0.1:9", 1),
    ):
        raise AssertionError
