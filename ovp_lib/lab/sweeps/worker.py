"""What a worker process of a sweep does: one task, from claiming it to putting its shard in place.

A worker that sees the store writes the shard itself, so that what is finished stays whatever
happens to the client. One that does not, on a cluster without a shared folder, sends the same bytes
to the client.
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
from ovp_lib.models import device_choice as devices

Status = Literal["finished", "already", "claimed", "failed", "refused", "unwritten"]


@dataclass(frozen=True)
class Job:
    """A task with everything that a worker needs for it.

    Attributes:
        sweep: name of the sweep.
        key: names the shard.
        task: what to compute.
        run: what computes it.
        columns: that it must return.
        code: fingerprint that the code must have.
        version: of the sweep.
        store: where the shard goes.
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
    """What became of a job.

    Attributes:
        status: ``finished``; ``already``, if somebody else had finished it; ``claimed``, if
            somebody else is at it; ``failed``; ``refused``, if this worker is not fit for any job
            of the sweep; ``unwritten``, if the store cannot be written.
        host: the machine.
        seconds: that it took.
        data: the shard, if the client has to write it.
        error: what went wrong, in a line.
        trace: where, for a failed task.
    """

    status: Status
    host: str
    seconds: float = 0.0
    data: bytes | None = None
    error: str = ""
    trace: str = ""


class Unfit(RuntimeError):
    """This worker cannot do any job of the sweep."""


def dask_setup(_: object) -> None:
    """Leave Ctrl-C to the client, which ends its workers; Dask calls this in each of them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def work(job: Job) -> Result:
    """Do a job; whatever goes wrong is in the result, not raised."""
    result = functools.partial(Result, host=platform.node())
    started = time.monotonic()
    try:
        if not job.store.is_here():
            return result("finished", data=_shard(job), seconds=time.monotonic() - started)
        with job.store.claim(job.sweep, job.key) as ours:
            if not ours:
                return result("claimed")
            if job.store.holds(job.sweep, job.key):
                return result("already")
            job.store.write(job.sweep, job.key, _shard(job))
        return result("finished", seconds=time.monotonic() - started)
    except StoreError as error:
        return result("unwritten", error=str(error))
    except Unfit as error:
        return result("refused", error=str(error))
    except (Exception, SystemExit) as error:
        said = "".join(traceback.format_exception_only(error)).strip().splitlines()
        return result("failed", error=said[-1], trace=traceback.format_exc())


def _shard(job: Job) -> bytes:
    """Compute the rows of a task and return them with their record as the bytes of a shard."""
    _require_code(job)
    _require_mode(job)
    device = _device(job.device)
    _use_one_thread()
    environment = _environment(device)
    started, wall, cpu = now(), time.monotonic(), time.process_time()
    table = require_columns(job.sweep, job.run(job.task, device), job.columns)
    record = ShardRecord(
        sweep=job.sweep,
        key=job.key,
        task=job.task.model_dump(mode="json"),
        code=job.code,
        version=job.version,
        arithmetic=job.mode,
        environment=environment,
        host=platform.node(),
        started=started,
        wall_seconds=round(time.monotonic() - wall, 3),
        cpu_seconds=round(time.process_time() - cpu, 3),
    )
    return encode(table, record)


def _require_code(job: Job) -> None:
    """Refuse a job that was planned for other code than this process has loaded."""
    if fingerprint(job.run.module) != job.code:
        raise Unfit(
            f"the worker on {platform.node()} has other code than the client behind "
            f"{job.run.module}: bring them in line, and restart the workers"
        )


def _require_mode(job: Job) -> None:
    """Refuse a job that is to be computed in another arithmetic than this process has."""
    if current() != job.mode:
        raise Unfit(
            f"the worker on {platform.node()} computes in {current()} arithmetic, the sweep in "
            f"{job.mode}: start the workers in the environment that `ovp arithmetic --env` prints, "
            "or sweep with --native"
        )


@functools.cache
def _device(name: str) -> str:
    try:
        return devices.resolve(name)
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
