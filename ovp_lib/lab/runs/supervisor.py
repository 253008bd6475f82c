"""Starting workers, listening to them, and making sure that none outlives the run."""

import asyncio
import contextlib
import json
import signal
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import IO, Any

from ovp_lib.lab.runs.warm import COLD, Python
from ovp_lib.lab.runs.worker import Failure, NotebookJob

GRACE = 8.0
"""Seconds that a worker gets to end its kernel before it is killed."""

MESSAGE_LIMIT = 2**24
"""Longest message of a worker, in bytes."""

_SILENT = Failure(None, "", "")

Listener = Callable[[dict[str, Any]], None]


async def supervise(
    job: NotebookJob,
    *,
    environment: Mapping[str, str],
    listen: Listener,
    python: Python = COLD,
) -> Failure | None:
    """Run a job in a worker; however this ends, the worker and its kernel have ended too.

    Args:
        job: what to run.
        environment: of the worker and of its kernel, all of it.
        listen: is given the worker's messages about its progress.
        python: what starts the worker.

    Returns:
        Why the notebook failed, or ``None`` if it ran to its end.
    """
    # A file and not a pipe: nobody would read a pipe during the run, and a full one blocks.
    with tempfile.TemporaryFile() as log:
        worker = await asyncio.create_subprocess_exec(
            *python.command("ovp_lib.lab.runs.worker"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=log,
            limit=MESSAGE_LIMIT,
            env=dict(environment),
            start_new_session=True,  # Ctrl-C reaches the parent alone, which then ends the workers
        )
        try:
            failure = await _converse(worker, job, listen)
            return _crash(worker, log) if failure is _SILENT else failure
        finally:
            await _stop(worker)


def cancel_on_signals() -> None:
    """Let SIGINT and SIGTERM cancel the current task, even where a shell had SIGINT ignored."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)


async def _converse(worker: Process, job: NotebookJob, listen: Listener) -> Failure | None:
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(json.dumps(asdict(job)).encode() + b"\n")
    # A worker that died at once is reported by its exit code, which says more than a broken pipe.
    with contextlib.suppress(ConnectionError):
        await worker.stdin.drain()
    outcome: Failure | None = _SILENT
    async for line in worker.stdout:
        message = json.loads(line)
        match message.pop("kind"):
            case "done":
                outcome = None
            case "failed":
                outcome = Failure(**message)
            case _:
                listen(message)
    await worker.wait()
    return outcome


def _crash(worker: Process, log: IO[bytes]) -> Failure:
    log.seek(0)
    last = log.read().decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
    return Failure(None, "", f"the worker ended with exit code {worker.returncode}: {last[0]}")


async def _stop(worker: Process) -> None:
    assert worker.stdin is not None
    worker.stdin.close()
    if worker.returncode is None:
        try:
            await asyncio.wait_for(worker.wait(), GRACE)
        except TimeoutError:
            worker.kill()  # its kernel sees that its parent is gone, and ends
            await worker.wait()
