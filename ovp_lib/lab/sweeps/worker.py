"""The worker process of a sweep: it computes one task at a time, from its lock to its shard.

A worker that sees the store writes the shard itself, so that a finished task stays, even if the
client is killed. A worker that does not see it, on a cluster without a shared folder, sends the
same bytes to the client.
"""

import contextlib
import functools
import platform
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ovp_lib.arithmetic import Mode, current, here
from ovp_lib.errors import Refusal
from ovp_lib.experiments.base import Named, Task
from ovp_lib.experiments.columns import require_columns
from ovp_lib.lab.files.disk import StoreError
from ovp_lib.lab.files.provenance import Environment, environment, now
from ovp_lib.lab.files.shard import ShardRecord, encode
from ovp_lib.lab.files.store import Store
from ovp_lib.lab.sweeps.fingerprint import fingerprint
from ovp_lib.models import device_choice

Status = Literal["finished", "already", "locked", "failed", "refused", "unwritten"]


@dataclass(frozen=True)
class Assignment:
    """One task with everything that a worker needs to compute and store it.

    Attributes:
        sweep: name of the sweep.
        key: name of the shard.
        task: the task.
        run: the function that computes it.
        columns: names and dtypes of the columns that it must return.
        code: fingerprint that the code of the worker must have.
        version: of the sweep.
        store: folder of the shard.
        device: ``auto``, or a device that the worker must have.
        mode: the arithmetic in which the worker must compute.
    """

    sweep: str
    key: str
    task: Task
    run: Named
    columns: Mapping[str, str]
    code: str
    version: int
    store: Store
    device: str
    mode: Mode


@dataclass(frozen=True)
class Result:
    """The outcome of an assignment.

    Attributes:
        status: ``finished``; ``already``, if another process had finished it; ``locked``, if
            another process is computing it; ``failed``; ``refused``, if this worker cannot compute
            any task of the sweep; ``unwritten``, if the store cannot be written.
        host: name of the machine.
        seconds: how long it took.
        data: the shard, if the client has to write it.
        error: the error in one line.
        trace: the traceback of a failed task.
    """

    status: Status
    host: str
    seconds: float = 0.0
    data: bytes | None = None
    error: str = ""
    trace: str = ""


class Unfit(RuntimeError):
    """This worker cannot compute any task of the sweep."""


def dask_setup(_: object) -> None:
    """Leave Ctrl-C to the client, which ends its workers; Dask calls this in each of them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def work(assignment: Assignment) -> Result:
    """Compute and store one task; an error is in the result, not raised.

    Args:
        assignment: the task, and everything that is needed to compute and store it.

    Returns:
        The outcome, with the bytes of the shard if the client has to write it.
    """
    result = functools.partial(Result, host=platform.node())
    started = time.monotonic()
    try:
        if not assignment.store.is_here():  # no shared folder: the client writes the shard
            return result("finished", data=_shard(assignment), seconds=time.monotonic() - started)
        with assignment.store.lock(assignment.sweep, assignment.key) as ours:
            if not ours:
                return result("locked")
            # Only now, under the lock: another process may have finished it a moment ago.
            if assignment.store.holds(assignment.sweep, assignment.key):
                return result("already")
            assignment.store.write(assignment.sweep, assignment.key, _shard(assignment))
        return result("finished", seconds=time.monotonic() - started)
    except StoreError as error:
        return result("unwritten", error=str(error))
    except Unfit as error:
        return result("refused", error=str(error))
    # SystemExit too: a task that calls sys.exit must not end the worker.
    except (Exception, SystemExit) as error:
        said = "".join(traceback.format_exception_only(error)).strip().splitlines()
        return result("failed", error=said[-1], trace=traceback.format_exc())


def _shard(assignment: Assignment) -> bytes:
    """Compute the rows of a task and return them with their record as the bytes of a shard."""
    _require_code(assignment)
    _require_mode(assignment)
    device = _device(assignment.device)
    _use_one_thread()
    environment = _environment(device)
    started, wall, cpu = now(), time.monotonic(), time.process_time()
    rows = assignment.run(assignment.task, device)
    table = require_columns(assignment.sweep, rows, assignment.columns)
    record = ShardRecord(
        sweep=assignment.sweep,
        key=assignment.key,
        task=assignment.task.model_dump(mode="json"),
        code=assignment.code,
        version=assignment.version,
        arithmetic=assignment.mode,
        environment=environment,
        host=platform.node(),
        started=started,
        wall_seconds=round(time.monotonic() - wall, 3),
        cpu_seconds=round(time.process_time() - cpu, 3),
    )
    return encode(table, record)


def _require_code(assignment: Assignment) -> None:
    """Refuse a task that was planned for other code than this process has loaded."""
    if fingerprint(assignment.run.module) != assignment.code:
        raise Unfit(
            f"the worker on {platform.node()} has other code than the client behind "
            f"{assignment.run.module}: bring them in line, and restart the workers"
        )


def _require_mode(assignment: Assignment) -> None:
    """Refuse a task that is planned for another arithmetic than this process has."""
    if current() != assignment.mode:
        raise Unfit(
            f"the worker on {platform.node()} computes in {current()} arithmetic, the sweep in "
            f"{assignment.mode}: start the workers in the environment that `ovp arithmetic --env` "
            "prints, or sweep with --native"
        )


@functools.cache
def _device(name: str) -> str:
    try:
        return device_choice.resolve(name)
    except Refusal as error:
        raise Unfit(f"the worker on {platform.node()}: {error}") from error


@functools.cache
def _environment(device: str) -> Environment:
    return environment(device=device, threads=1, arithmetic=here())


def _use_one_thread() -> None:
    """Set what is loaded to one thread; what is loaded later takes it from the environment."""
    for name in ("torch", "numba"):
        if module := sys.modules.get(name):
            with contextlib.suppress(AttributeError):
                module.set_num_threads(1)
