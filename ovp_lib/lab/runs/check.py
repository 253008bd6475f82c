"""Checking stored notebooks: every cell is executed again and its outputs must be the stored ones.

A notebook is run as :mod:`ovp_lib.lab.runs.execution` runs it, in a worker of its own, and what
comes out is held against what is stored (:mod:`ovp_lib.lab.runs.comparison`), exactly where this
machine's arithmetic is the stored one (:mod:`ovp_lib.lab.runs.basis`). What can be seen without
running anything (:mod:`ovp_lib.lab.runs.integrity`) is checked first.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ovp_lib.arithmetic import Mode
from ovp_lib.errors import InputError, NotebookError
from ovp_lib.isolation import kernel_environment, process_environment
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.notebooks import Notebook
from ovp_lib.lab.runs import comparison, integrity, warm
from ovp_lib.lab.runs.basis import Basis, decide
from ovp_lib.lab.runs.comparison import CellFinding, Comparison
from ovp_lib.lab.runs.difference import MAX_LINES, shorten
from ovp_lib.lab.runs.progress import Bars
from ovp_lib.lab.runs.supervisor import cancel_on_signals, supervise
from ovp_lib.lab.runs.warm import Python
from ovp_lib.lab.runs.worker import START_TIMEOUT, Failure, NotebookJob


@dataclass
class Check:
    """One stored notebook and what was found.

    Attributes:
        name: how it is called in the report.
        path: where it is.
        stored: its content.
        basis: which comparison can be made.
        found: what differs, and what should be known.
        seconds: how long its run took; ``None`` if it was not run.
    """

    name: str
    path: Path
    stored: Notebook
    basis: Basis
    found: Comparison = field(default_factory=lambda: Comparison([], []))
    seconds: float | None = None

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return not self.found.differences

    def report(self) -> list[str]:
        """Say in a line how the check ended, and in one line each what differs.

        Returns:
            The lines, at most :data:`~ovp_lib.lab.runs.difference.MAX_LINES` of them differences.
        """
        cells = len(notebooks.code_cells(self.stored))
        bad = len({finding.cell for finding in self.found.differences})
        time_taken = "not run" if self.seconds is None else f"{self.seconds:.0f} s"
        outcome = f"{cells} cells agree" if self.agrees else f"{bad} of {cells} cells DIFFER"
        remarks = [CellFinding(f.cell, f"note: {f.text}") for f in self.found.remarks]
        shown = [*self.found.differences[:MAX_LINES], *remarks]
        return [f"{self.name}: {outcome} ({time_taken})", *map(_line, shown)]


def plan(paths: Sequence[Path], mode: Mode = "reproducible") -> list[Check]:
    """Read the notebooks and decide how each can be compared.

    Args:
        paths: the notebooks; each kernel works in the folder of its notebook.
        mode: the arithmetic in which they are run again, ``reproducible`` or ``native``.

    Returns:
        A check for each notebook, in order.

    Raises:
        InputError: if there is no notebook to check, or one of them is not there.
        NotebookError: if one of them is no notebook, or has nothing to execute, or those of a
            folder do not say the same about their arithmetic.
    """
    if not paths:
        raise InputError("there is no notebook to check")
    stored = [notebooks.read(path) for path in paths]
    for path, notebook in zip(paths, stored, strict=True):
        if not notebooks.code_cells(notebook):
            raise NotebookError(f"{path} has no code to execute")
    resolved = [path.resolve() for path in paths]
    bases = {folder: decide(folder, mode) for folder in dict.fromkeys(p.parent for p in resolved)}
    root = Path(os.path.commonpath([path.parent for path in resolved]))
    return [
        Check(path.relative_to(root).with_suffix("").as_posix(), path, notebook, bases[path.parent])
        for path, notebook in zip(resolved, stored, strict=True)
    ]


def check(
    checks: Sequence[Check],
    *,
    jobs: int,
    display: Bars,
    mode: Mode = "reproducible",
    timeout: float = 600.0,
    threads: int | None = None,
    python: Python | None = None,
) -> bool:
    """Execute notebooks again and compare every output with the stored one, filling in ``found``.

    Args:
        checks: the planned checks.
        jobs: how many notebooks run at a time, at least 1; the CPU threads are divided among them.
        display: what shows the progress.
        mode: the arithmetic in which they are run again, as they were planned.
        timeout: seconds that a cell may take.
        threads: CPU threads of each notebook, at least 1; by default its share of the machine.
        python: what starts their processes, if it is there already; by default one warm process
            for all of them.

    Returns:
        Whether all agree.

    Raises:
        KeyboardInterrupt: after SIGINT or SIGTERM, when everything has ended.
    """
    for one in checks:
        one.found = Comparison(integrity.problems(one.stored, one.path.stem), [])
    runnable = [one for one in checks if one.agrees]
    jobs = max(1, min(jobs, len(runnable)))
    threads = threads or max(1, (os.cpu_count() or 1) // jobs)
    plain = process_environment(mode, threads=threads)
    own = nullcontext(python) if python else warm.python(plain, processes=len(runnable))
    try:
        with display, own as start:
            settings = _Settings(mode, display, timeout, threads, start)
            asyncio.run(_run_all(runnable, jobs, settings))
    except asyncio.CancelledError as error:
        raise KeyboardInterrupt from error
    return all(one.agrees for one in checks)


class _Settings(NamedTuple):
    """The settings with which each notebook is run."""

    mode: Mode
    display: Bars
    timeout: float
    threads: int
    python: Python


async def _run_all(checks: Sequence[Check], jobs: int, settings: _Settings) -> None:
    cancel_on_signals()
    slots = asyncio.Semaphore(jobs)

    async def in_turn(one: Check) -> None:
        async with slots:
            await _run_one(one, settings)

    async with asyncio.TaskGroup() as group:
        for one in checks:
            group.create_task(in_turn(one))


async def _run_one(one: Check, settings: _Settings) -> None:
    """Run a notebook in a scratch folder and compare what came out."""
    settings.display.start(one.name)
    clock = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ovp-check-", ignore_cleanup_errors=True) as folder:
        scratch = Path(folder).resolve()
        target = scratch / one.path.name
        environment = kernel_environment(
            settings.mode,
            scratch=scratch,
            threads=settings.threads,
            kernel=settings.python.kernel(),
        )
        job = NotebookJob(one.path.stem, str(one.path), str(target), {})
        failure = await _supervise(job, environment, one.name, settings)
        if failure:
            one.found = Comparison([CellFinding(failure.cell, failure.error)], [])
        else:
            new = notebooks.read(target)
            one.found = comparison.compare(one.stored, new, exact=one.basis.exact)
    one.seconds = time.monotonic() - clock
    settings.display.finish(one.name, "agrees" if one.agrees else "DIFFERS")


async def _supervise(
    job: NotebookJob, environment: Mapping[str, str], name: str, settings: _Settings
) -> Failure | None:
    """Run a job whose cells may take ``settings.timeout`` seconds each."""
    cell = -1
    loop = asyncio.get_running_loop()

    def listen(message: dict[str, Any]) -> None:
        nonlocal cell
        settings.display.update(name, **message)
        # Only a new cell gets new time: one that never ends may still report its progress.
        if message["done"] != cell:
            cell = message["done"]
            deadline.reschedule(loop.time() + settings.timeout)

    try:
        async with asyncio.timeout(START_TIMEOUT + settings.timeout) as deadline:
            return await supervise(
                job, environment=environment, listen=listen, python=settings.python
            )
    except TimeoutError:
        if cell < 0:
            return Failure(0, "", "timeout: no kernel has started")
        return Failure(cell, "", f"timeout: this cell takes more than {settings.timeout:g} seconds")


def _line(finding: CellFinding) -> str:
    where = "" if finding.cell is None else f"cell {finding.cell}: "
    return shorten(f"  {where}{finding.text}")
