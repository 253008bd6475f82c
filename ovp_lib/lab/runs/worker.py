"""One notebook in a process of its own: ``python -m ovp_lib.lab.runs.worker`` runs what stdin says.

The first line of stdin is the job, as JSON. Standard output carries a JSON message a line:
``progress`` (how far it is, the last line of a progress bar), at the end ``done`` or ``failed``.
When stdin is closed, the process that started this one has ended or wants it to stop: the kernel
ends, and so does this process.
"""

import json
import os
import signal
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from ovp_lib.lab.files import notebooks

INTERRUPTED = 130

START_TIMEOUT = 600
"""Seconds that a kernel may take to start: a busy machine is slow, and a dead one is noticed."""


@dataclass(frozen=True)
class NotebookJob:
    """A notebook that a worker is to execute.

    Attributes:
        name: stem of the notebook.
        source: the notebook to run.
        target: where to write it; half-written until the worker says ``done``.
        given: parameters to write into its parameters cell.
        folder: in which its kernel works; that of the source if empty.
    """

    name: str
    source: str
    target: str
    given: dict[str, Any]
    folder: str = ""


@dataclass(frozen=True)
class Failure:
    """Why a notebook did not run to its end.

    Attributes:
        cell: index of the cell among all cells of the notebook, from 0; ``None`` if unknown.
        source: the cell's source.
        error: the exception's name and message.
    """

    cell: int | None
    source: str
    error: str


class Reporter:
    """Sends messages to the parent; as papermill's stderr file it passes on progress bars.

    Args:
        stream: where the messages go, a line each.
    """

    def __init__(self, stream: TextIO):
        self.stream = stream
        self.done, self.total = 0, 0

    def send(self, kind: str, **content: Any) -> None:
        """Send one message.

        Args:
            kind: ``progress``, ``done`` or ``failed``.
            content: what it says, by name; values that JSON can hold.
        """
        self.stream.write(json.dumps({"kind": kind, **content}) + "\n")
        self.stream.flush()

    def reach(self, done: int, total: int) -> None:
        """Say that a cell starts, after ``done`` of ``total``.

        Args:
            done: how many cells are done.
            total: how many cells the notebook has.
        """
        self.done, self.total = done, total
        self.send("progress", done=done, total=total)

    def write(self, text: str) -> None:
        """Pass on the last line of what the running cell writes to stderr.

        Args:
            text: what it writes; nothing is sent if it is blank.
        """
        lines = [line.strip() for line in text.replace("\r", "\n").split("\n") if line.strip()]
        if lines:
            self.send("progress", done=self.done, total=self.total, note=lines[-1])

    def flush(self) -> None:
        """Do nothing: every message is flushed."""


def execute(job: NotebookJob, reporter: Reporter) -> Failure | None:
    """Run the notebook, leaving it in its normal form at ``job.target``.

    Args:
        job: what to run.
        reporter: what sends the progress to the parent.

    Returns:
        Why it failed, or ``None``; a failed notebook keeps the outputs up to the failure.
    """
    import nbformat  # slow to import; see ovp_lib.lab.files.notebooks
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    notebook = nbformat.read(job.source, as_version=4)  # type: ignore[no-untyped-call]
    notebooks.substitute(notebook, job.name, job.given)
    nbformat.write(notebook, job.target)  # type: ignore[no-untyped-call]
    total = len(notebook.cells)
    reached: dict[int, Any] = {}

    def start(cell: Any, cell_index: int) -> None:
        reached[cell_index] = cell
        reporter.reach(cell_index, total)

    try:
        executed = papermill.execute_notebook(
            job.target,
            job.target,
            cwd=job.folder or str(Path(job.source).parent),
            progress_bar=False,
            start_timeout=START_TIMEOUT,
            request_save_on_cell_execute=False,  # twice a cell, all that there is so far
            stderr_file=reporter,  # progress bars of the cells
            on_cell_start=start,
            shutdown_kernel="immediate",  # nothing in it is worth a wait
        )
    except PapermillExecutionError as error:
        return Failure(error.cell_index, error.source, f"{error.ename}: {error.evalue}")
    except DeadKernelError:
        # papermill writes nothing when the kernel dies: the outputs are in the cells it started.
        for index, cell in reached.items():
            notebook.cells[index] = cell
        nbformat.write(notebook, job.target)  # type: ignore[no-untyped-call]
        source = notebook.cells[reporter.done].source
        return Failure(reporter.done, source, "DeadKernelError: the kernel died")
    notebooks.normalise(executed)
    nbformat.write(executed, job.target)  # type: ignore[no-untyped-call]
    return None


def main() -> int:
    """Execute the notebook that stdin names; see the module's docstring.

    Returns:
        The exit code, 0 if the outcome was sent and 130 if the worker was told to stop.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    reporter = Reporter(_private_stdout())
    job = NotebookJob(**json.loads(sys.stdin.readline()))
    threading.Thread(target=_interrupt_at_end_of_input, daemon=True).start()
    try:
        failure = execute(job, reporter)
    except KeyboardInterrupt:
        return INTERRUPTED
    if failure is None:
        reporter.send("done")
    else:
        reporter.send("failed", **asdict(failure))
    return 0


def _private_stdout() -> TextIO:
    """Keep standard output for messages; other prints, those of kernels too, go to stderr."""
    messages = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return messages


def _interrupt_at_end_of_input() -> None:
    while os.read(0, 1024):
        pass
    # To the main thread itself, so that a system call in which it waits is interrupted.
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main())
