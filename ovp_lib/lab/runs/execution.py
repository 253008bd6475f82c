"""Running notebooks: planned and validated first, then in parallel, each in its own process."""

import asyncio
import difflib
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ovp_lib import isolation
from ovp_lib.arithmetic import Mode
from ovp_lib.errors import InputError, NotebookError
from ovp_lib.lab.files import form, notebooks
from ovp_lib.lab.files.form import Form
from ovp_lib.lab.files.provenance import Environment, RunRecord, environment, now, record_path
from ovp_lib.lab.runs import warm
from ovp_lib.lab.runs.progress import Bars
from ovp_lib.lab.runs.supervisor import cancel_on_signals, supervise
from ovp_lib.lab.runs.warm import Python
from ovp_lib.lab.runs.worker import Failure, NotebookJob
from ovp_lib.models import device_choice as device
from ovp_lib.pages import Parameters, Statement


@dataclass(frozen=True)
class PlannedRun:
    """A validated run of one notebook.

    Attributes:
        statement: the statement that the notebook shows.
        source: the notebook.
        target: where the finished notebook goes.
        parameters: all of its parameters, which are written into its parameters cell.
        form: in which it is stored, where the finished notebook takes the place of its source.
    """

    statement: Statement
    source: Path
    target: Path
    parameters: Parameters
    form: Form = field(default_factory=Form)

    @property
    def name(self) -> str:
        """Stem of the notebook."""
        return self.source.stem

    @property
    def stores(self) -> bool:
        """Whether the finished notebook takes the place of its source."""
        return self.target.resolve() == self.source.resolve()

    @property
    def failed(self) -> Path:
        """Path of the notebook with its outputs up to the failure, if it fails."""
        return failed_path(self.target)


@dataclass(frozen=True)
class RunOutcome:
    """The outcome of a planned run.

    Attributes:
        plan: the planned run.
        seconds: how long it took.
        failure: why it failed; ``None`` if the notebook ran to its end.
    """

    plan: PlannedRun
    seconds: float
    failure: Failure | None


def failed_path(notebook: Path) -> Path:
    """Return where a run keeps a notebook that failed.

    Args:
        notebook: where it would be if it had not failed.

    Returns:
        The path beside it.

    Example:
        >>> failed_path(Path("_runs/quick/lemma-6-5.ipynb")).as_posix()
        '_runs/quick/lemma-6-5.failed.ipynb'
    """
    return notebook.with_name(f"{notebook.stem}.failed.ipynb")


def select(names: Sequence[str], folder: Path, statements: Mapping[str, Statement]) -> list[str]:
    """Check that every name is a statement with a notebook; no names mean all notebooks.

    Args:
        names: stems of notebooks; those that are repeated count once.
        folder: where the notebooks are.
        statements: every statement by name.

    Returns:
        The stems, in the order in which they are named, or else in that of the statements.

    Raises:
        InputError: naming the notebooks that there are.
    """
    available = notebooks.discover(folder, statements)
    for name in names:
        if name not in available:
            close = difflib.get_close_matches(name, available, n=1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            raise InputError(
                f"no notebook {name!r} in {folder}{hint}; there is {', '.join(available) or 'none'}"
            )
    if not available:
        raise InputError(f"there is no notebook of a statement in {folder}")
    return list(dict.fromkeys(names)) or list(available)


def plan(
    names: Sequence[str],
    *,
    folder: Path,
    statements: Mapping[str, Statement],
    given: Mapping[str, Any],
    out: Path,
    preset: str | None = None,
) -> list[PlannedRun]:
    """Validate everything that can be validated before a kernel starts.

    Args:
        names: stems of the notebooks.
        folder: where the notebooks are, and the working directory of their kernels.
        statements: every statement by name.
        given: parameters for all of these notebooks.
        out: where finished notebooks go.
        preset: the preset that says what is not given; the notebook's own cell if ``None``.

    Returns:
        A run for each notebook, in order.

    Raises:
        InputError: a notebook that is not there.
        NotebookError: a parameters cell that is not its statement's.
        ParameterError: a parameter that a notebook cannot take.
        Refusal: a device that this machine does not have.
    """
    stored = form.of_project(folder.parent, {name: s.title for name, s in statements.items()})
    plans = []
    for name in select(names, folder, statements):
        statement, path = statements[name], folder / f"{name}.ipynb"
        statement.resolve(preset or "quick", **given)
        notebook = notebooks.read(path)
        notebooks.require_parameters(notebook, name, statement.parameters.model_fields)
        base = preset or notebooks.parameters(notebook, name)
        parameters = statement.resolve(base, **given)
        device.require(parameters.device)
        plans.append(PlannedRun(statement, path, out / path.name, parameters, stored))
    return plans


def run(
    plans: Sequence[PlannedRun], *, jobs: int, display: Bars, mode: Mode = "reproducible"
) -> list[RunOutcome]:
    """Run the planned notebooks, at most ``jobs`` at a time.

    What is finished is in its place with its record beside it; a notebook that failed is kept as
    ``<stem>.failed.ipynb``. SIGINT and SIGTERM end all workers and their kernels.

    Args:
        plans: what to run.
        jobs: how many notebooks run at a time, at least 1; the CPU threads are divided among them.
        display: what shows the progress.
        mode: the arithmetic in which they compute, ``reproducible`` or ``native``.

    Returns:
        The outcome of each plan, in order.

    Raises:
        KeyboardInterrupt: after SIGINT or SIGTERM, when everything has ended.
    """
    jobs = max(1, min(jobs, len(plans)))
    threads = max(1, (os.cpu_count() or 1) // jobs)
    try:
        with display:
            plain = isolation.process_environment(mode, threads=threads)
            with warm.python(plain, processes=len(plans)) as python:
                machine = _Machine(mode, threads, python)
                return asyncio.run(_run_all(plans, jobs, machine, display))
    except asyncio.CancelledError as error:
        raise KeyboardInterrupt from error


@dataclass(frozen=True)
class _Machine:
    """In which arithmetic, with how many threads, and in which process, each notebook computes."""

    mode: Mode
    threads: int
    python: Python

    def describe(self, device: str) -> Environment:
        """Try the arithmetic, in a process of its own, and describe what a run is computed with."""
        tried = isolation.arithmetic_in(
            isolation.process_environment(self.mode, threads=self.threads)
        )
        return environment(device=device, threads=self.threads, arithmetic=tried)


async def _run_all(
    plans: Sequence[PlannedRun], jobs: int, machine: _Machine, display: Bars
) -> list[RunOutcome]:
    cancel_on_signals()
    slots = asyncio.Semaphore(jobs)
    devices = [device.resolve(plan.parameters.device) for plan in plans]

    async def in_turn(plan: PlannedRun, described: asyncio.Task[Environment]) -> RunOutcome:
        async with slots:
            return await _run_one(plan, machine, described, display)

    async with asyncio.TaskGroup() as group:
        # It takes seconds, and its result is needed when the first notebook is finished.
        described = {
            name: group.create_task(asyncio.to_thread(machine.describe, name))
            for name in dict.fromkeys(devices)
        }
        pairs = zip(plans, devices, strict=True)
        tasks = [group.create_task(in_turn(plan, described[name])) for plan, name in pairs]
    return [task.result() for task in tasks]


async def _run_one(
    plan: PlannedRun, machine: _Machine, described: asyncio.Task[Environment], display: Bars
) -> RunOutcome:
    """Run one notebook in a scratch folder beside its target; move the result into place."""
    display.start(plan.name)
    started, clock = now(), time.monotonic()
    plan.target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=plan.target.parent, prefix=".running-", ignore_cleanup_errors=True
    ) as folder:
        scratch = Path(folder).resolve()
        part = scratch / plan.target.name
        failure = await supervise(
            _job(plan, scratch, part),
            environment=isolation.kernel_environment(
                machine.mode,
                scratch=scratch,
                threads=machine.threads,
                kernel=machine.python.kernel(),
            ),
            python=machine.python,
            listen=lambda message: display.update(plan.name, **message),
        )
        seconds = time.monotonic() - clock
        failure = failure or _keep(plan, part, await described, started, seconds)
        if failure and part.is_file():
            part.replace(plan.failed)
    display.finish(plan.name, "FAILED" if failure else "done")
    return RunOutcome(plan, seconds, failure)


def _job(plan: PlannedRun, scratch: Path, part: Path) -> NotebookJob:
    """Return the job of a run; what is to be stored is brought into its form first."""
    source = plan.source.resolve()
    parameters = plan.parameters.model_dump(mode="json")
    if not plan.stores:
        return NotebookJob(plan.name, str(source), str(part), parameters)
    notebook = notebooks.read(source)
    form.store(notebook, plan.name, plan.form)
    formed = scratch / "formed.ipynb"
    notebooks.write(formed, notebook)
    return NotebookJob(plan.name, str(formed), str(part), parameters, str(source.parent))


def _keep(
    plan: PlannedRun, part: Path, environment: Environment, started: datetime, seconds: float
) -> Failure | None:
    """Move a finished notebook into place and write its record, unless it shows no claims."""
    try:
        notebook = notebooks.read(part)
        claims = notebooks.claims(notebook, plan.name)
    except NotebookError as error:
        return Failure(None, "", str(error))
    values = plan.parameters.model_dump(mode="json")
    nearest = plan.statement.nearest(plan.parameters)
    usual = plan.statement.preset(nearest).model_dump(mode="json")
    record = RunRecord(
        statement=plan.name,
        preset=plan.statement.preset_of(plan.parameters),
        seed=plan.parameters.seed,
        given={name: value for name, value in values.items() if value != usual[name]},
        parameters=values,
        claims=tuple(claims),
        environment=environment,
        started=started,
        wall_seconds=round(seconds, 1),
    )
    notebooks.write(part, notebooks.stamped(notebook, environment.arithmetic))
    # Killed between two of these steps, it leaves no record beside the notebook of another run.
    record_path(plan.target).unlink(missing_ok=True)
    part.replace(plan.target)
    record.write(record_path(plan.target))
    plan.failed.unlink(missing_ok=True)
    return None
