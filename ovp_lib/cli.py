"""The command line ``ovp``: thin and typed; what it does is done by ``ovp_lib.lab``."""

import json
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperCommand

import ovp_lib
from ovp_lib import arithmetic
from ovp_lib.errors import Refusal

if TYPE_CHECKING:
    from ovp_lib.lab.runs.execution import Outcome
    from ovp_lib.lab.sweeps.request import Request
    from ovp_lib.pages import Statement, Sweep

ROOT = Path(ovp_lib.__file__).parents[1]
"""Folder of the project: notebooks, results and book are found here from any directory."""

BAD_INPUT = 2
INTERRUPTED = 130

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Run, check and render the executable companion to four papers on over-parameterised "
    "networks. Exit codes: 0 all is well; 1 a notebook or a task failed, an output differs or a "
    "verdict moved; 2 bad input, nothing was started.",
)

Folder = Annotated[
    Path, typer.Option("--notebooks", help="Folder of the notebooks.", show_default=False)
]


Native = Annotated[
    bool,
    typer.Option(
        "--native",
        help="Compute as fast as this processor can; the bits are then its own. Without it the "
        "same configuration gives the same bits on every x86-64 machine.",
    ),
]


class ParameterCommand(TyperCommand):
    """A command that takes ``-p NAME VALUE``, an option of two values that may be repeated."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Join the two values of every ``-p`` to ``NAME=VALUE`` before the usual parsing."""
        joined: list[str] = []
        rest = iter(args)
        for argument in rest:
            joined.append(argument)
            if argument in ("-p", "--param"):
                name = next(rest, None)
                value = None if name is None or "=" in name else next(rest, None)
                joined += [part for part in [name if value is None else f"{name}={value}"] if part]
        return super().parse_args(ctx, joined)


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for a program.")] = False,
    notebooks: Folder = ROOT / "notebooks",
) -> None:
    """List notebooks, their parameters in every preset, and what their claims came to."""
    from ovp_lib.lab.runs.listing import describe, show
    from ovp_lib.pages import STATEMENTS

    with refusals():
        described = describe(STATEMENTS, notebooks)
    if as_json:
        typer.echo(json.dumps(described, indent=2, ensure_ascii=False))
    else:
        show(described, console())


@app.command(
    cls=ParameterCommand,
    epilog="Examples: ovp run theorem-1-two-layer -p phi 'tanh(z)' -p widths '[50, 500, 5000]' · "
    "ovp run --all --preset standard --jobs 2 --out _runs/mine · "
    "ovp run theorem-1-two-layer --out notebooks (store it)",
)
def run(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", show_default=False)
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Run every notebook.")] = False,
    preset: Annotated[
        str | None,
        typer.Option(
            help="tiny, quick, standard or paper; without it what the parameters cell says.",
            show_default=False,
        ),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(
            "-p",
            "--param",
            metavar="NAME VALUE",
            help="Set a parameter (repeatable); the value is JSON, a list may also be a,b,c.",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=1, help="Notebooks at a time; CPU threads are divided among them.")
    ] = os.cpu_count() or 1,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run.  [default: _runs/PRESET]")
    ] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda, cuda:0, ... or mps.")] = None,
    native: Native = False,
    notebooks: Folder = ROOT / "notebooks",
) -> None:
    """Run notebooks headless, each in a process of its own; a run is kept with its record."""
    from ovp_lib.errors import InputError
    from ovp_lib.lab.runs import execution as runs
    from ovp_lib.lab.runs.progress import display
    from ovp_lib.pages import STATEMENTS

    target = ROOT / "_runs" / (preset or "quick") if out is None else out
    with refusals():
        if bool(names) == all_:
            raise InputError("name the notebooks to run, or say --all (ovp list shows them)")
        chosen = runs.select(names or [], notebooks, STATEMENTS)
        given = parse_parameters(param or [], [STATEMENTS[name] for name in chosen])
        if device is not None:
            given["device"] = device
        plans = runs.plan(
            chosen,
            folder=notebooks,
            statements=STATEMENTS,
            given=given,
            out=target,
            preset=preset,
        )
    try:
        outcomes = runs.run(plans, jobs=jobs, display=display(), mode=mode_of(native=native))
    except KeyboardInterrupt:
        typer.echo(f"interrupted; what had finished is in {shown(target)}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    report(outcomes, target)


@app.command(
    epilog="Examples: ovp check · ovp check theorem-1-two-layer · ovp check my/notebooks · "
    "ovp check --exact (fail rather than compare by statistics)"
)
def check(
    what: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME or PATH]...", show_default=False)
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Notebooks at a time.")] = os.cpu_count() or 1,
    exact: Annotated[
        bool,
        typer.Option("--exact", help="Exit 1 unless every output can be compared to the byte."),
    ] = False,
    native: Native = False,
    notebooks: Folder = ROOT / "notebooks",
) -> None:
    """Execute stored notebooks again and compare every output with the stored one."""
    with refusals():
        paths = _stored(what or [], notebooks)

    from ovp_lib.lab.runs import check as checks  # what was refused has not waited for SciPy
    from ovp_lib.lab.runs.progress import display

    with refusals():
        planned = checks.plan(paths, mode_of(native=native))
    for basis in dict.fromkeys(one.basis for one in planned):
        typer.echo(basis.words)
    if exact and not all(one.basis.exact for one in planned):
        typer.echo("an exact comparison was asked for, and cannot be made", err=True)
        raise typer.Exit(1)
    try:
        agree = checks.check(planned, jobs=jobs, display=display(), mode=mode_of(native=native))
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        raise typer.Exit(INTERRUPTED) from None
    for line in (line for one in planned for line in one.report()):
        typer.echo(line)
    raise typer.Exit(0 if agree else 1)


def _stored(given: list[str], folder: Path) -> list[Path]:
    """Return the notebooks that are named, by name or by path; all of the folder if none is."""
    from ovp_lib.errors import InputError
    from ovp_lib.lab.runs.execution import select
    from ovp_lib.pages import STATEMENTS

    paths = []
    for name in given or select([], folder, STATEMENTS):
        path = Path(name) if Path(name).exists() else folder / f"{name}.ipynb"
        if not path.exists():
            raise InputError(f"{name!r} is neither a notebook in {folder} nor a path")
        paths += sorted(path.glob("*.ipynb")) if path.is_dir() else [path]
    return paths


@app.command(epilog="Examples: ovp book · ovp book --from _runs/quick")
def book(
    run_: Annotated[
        Path | None,
        typer.Option("--from", help="Take the notebooks from this run.", show_default=False),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the book.", show_default=False)] = ROOT
    / "_build",
) -> None:
    """Render the book, from the stored notebooks or from a run; warnings are errors."""
    from ovp_lib.lab.book.build import BookError, build
    from ovp_lib.pages import STATEMENTS

    typer.echo(f"rendering the book from {shown(run_ or ROOT / 'notebooks')} ...", err=True)
    with refusals():
        try:
            html = build(ROOT, STATEMENTS, run=run_, out=out)
        except BookError as error:
            typer.echo(f"the book does not render:\n{error}", err=True)
            raise typer.Exit(1) from error
    typer.echo(f"the book is ready: open {shown(html / 'index.html')} in a browser,")
    typer.echo(f"or serve it: python -m http.server -d {shown(html)} 8000")


@app.command()
def shelf() -> None:
    """Write what of the book follows from statements, inventory and library."""
    from ovp_lib.lab.book import shelf as shelves
    from ovp_lib.pages import STATEMENTS

    with refusals():
        for path in shelves.write(ROOT, STATEMENTS):
            typer.echo(path)


@app.command(epilog="Example: ovp new lemma-6-12-rademacher --row full/lemma-6-12")
def new(
    name: Annotated[str, typer.Argument(help="Stem of the page: lower case and hyphens.")],
    row: Annotated[str, typer.Option(help="Its row in book/inventory.yml.", show_default=False)],
) -> None:
    """Make a page for a statement: folder, notebook, row of the inventory, changelog."""
    from ovp_lib.lab.book.new_page import create
    from ovp_lib.pages import STATEMENTS

    with refusals():
        for path in create(ROOT, STATEMENTS, name, row):
            typer.echo(path)
    typer.echo(f"next: ovp shelf && ovp run {name} --out notebooks")


@app.command(epilog="Examples: ovp score · ovp score _runs/quick --check · ovp score --json")
def score(
    run_: Annotated[Path | None, typer.Argument(metavar="[RUN]", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for a program.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit 1 if a verdict is not the recorded one.")
    ] = False,
    record: Annotated[
        bool, typer.Option("--record", help="Put these verdicts on record, deliberately.")
    ] = False,
    recorded: Annotated[
        Path, typer.Option(help="The verdicts on record.", show_default=False)
    ] = ROOT / "results" / "verdicts.json",
    notebooks: Folder = ROOT / "notebooks",
) -> None:
    """Show all claims of the stored notebooks or of a run, and hold them against the record."""
    from ovp_lib.lab.runs import score as scores
    from ovp_lib.pages import STATEMENTS

    folder = run_ or notebooks
    with refusals():
        found = scores.collect(folder, STATEMENTS)
        if check or record:
            scores.require_defaults(folder, STATEMENTS)
        differences = scores.compare(found, scores.read_recorded(recorded)) if check else []
        if record:
            scores.record(found, recorded, STATEMENTS)
    if as_json:
        typer.echo(json.dumps(scores.to_json(found), indent=2, ensure_ascii=False))
    else:
        console().print(scores.table(found))
    for difference in differences:
        typer.echo(f"moved: {difference}", err=True)
    if differences:
        typer.echo("if that is right: ovp score RUN --record, and say why in the commit", err=True)
        raise typer.Exit(1)


@app.command(
    epilog="Examples: ovp sweep NAME --jobs 2 · ovp sweep NAME --preset paper --scheduler "
    "tcp://10.0.0.1:8786 · ovp sweep --status · ovp sweep NAME --preset paper --export · "
    "ovp sweep NAME --preset paper --restore --where width=2000,5000"
)
def sweep(
    name: Annotated[str | None, typer.Argument(metavar="NAME", show_default=False)] = None,
    preset: Annotated[str, typer.Option(help="quick, standard or paper.")] = "quick",
    scheduler: Annotated[
        str, typer.Option(help="local, or the address of a Dask scheduler (tcp://host:port).")
    ] = "local",
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Local worker processes, or tasks that a scheduler gets at a time; one for each "
            "core, or thread, if not given.",
            show_default=False,
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:0, ... or mps.")] = "auto",
    store: Annotated[
        Path,
        typer.Option(help="Folder of the shards; _runs/sweeps if not given.", show_default=False),
    ] = ROOT / "_runs" / "sweeps",
    status: Annotated[
        bool, typer.Option("--status", help="Show what is finished; compute nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The status as JSON.")] = False,
    export: Annotated[
        bool, typer.Option("--export", help="Write RESULTS/NAME/PRESET.parquet; compute nothing.")
    ] = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="Export what there is, if tasks are missing.")
    ] = False,
    results: Annotated[
        Path,
        typer.Option(
            help="Where exported tables go, and are restored from; results if not given.",
            show_default=False,
        ),
    ] = ROOT / "results",
    restore: Annotated[
        bool,
        typer.Option(
            "--restore",
            help="First take from RESULTS/NAME/*.parquet what the same code has computed; then "
            "compute only what is still missing in the arithmetic asked for.",
        ),
    ] = False,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=VALUE,...",
            help="Compute only tasks that have one of these values; for several fields repeat it.",
            show_default=False,
        ),
    ] = None,
    cheapest_first: Annotated[
        bool,
        typer.Option(
            "--cheapest-first",
            help="Start with the shortest tasks, not the longest: for a sweep that you will stop.",
        ),
    ] = False,
    native: Native = False,
) -> None:
    """Compute what is missing of a sweep, on this machine or on a cluster; kill it at any time."""
    from ovp_lib.errors import InputError
    from ovp_lib.lab.sweeps.request import Request, find
    from ovp_lib.pages import SWEEPS

    mode = mode_of(native=native)
    arithmetic.switch(mode)
    with refusals():
        if status or export:
            given = "--status" if status else "--export"
            if restore:
                raise InputError(f"--restore comes before computing: it does not go with {given}")
            if where:
                raise InputError(f"--where says what to compute: it does not go with {given}")
        if status:
            chosen = [find(name, SWEEPS)] if name else list(SWEEPS.values())
            return _sweep_status(chosen, store, mode, as_json=as_json)
        if partial and not export:
            raise InputError("--partial says what to export: it goes with --export")
        if name is None:
            raise InputError(f"name the sweep: {', '.join(SWEEPS) or 'there is none'}")
        what = find(name, SWEEPS)
        if export:
            return _sweep_export(what, preset, store, mode, results, partial=partial)
        request = Request(
            *(preset, scheduler, jobs, device, store, cheapest_first, tuple(where or ())),
            arithmetic=mode,
        )
        return _sweep_run(what, request, results if restore else None)


def _sweep_status(
    sweeps: list["Sweep[Any]"], store: Path, mode: arithmetic.Mode, *, as_json: bool
) -> None:
    from ovp_lib.lab.files.store import Store
    from ovp_lib.lab.sweeps import status as sweep_status

    rows = sweep_status.status(sweeps, Store(store), mode)
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    else:
        console().print(sweep_status.table(rows))


def _sweep_export(
    what: "Sweep[Any]",
    preset: str,
    store: Path,
    mode: arithmetic.Mode,
    results: Path,
    *,
    partial: bool,
) -> None:
    from ovp_lib.lab.files.store import Store
    from ovp_lib.lab.sweeps.plan import plan
    from ovp_lib.lab.sweeps.results import export

    planned = plan(what, preset, Store(store), mode)
    typer.echo(shown(export(planned, Store(store), results, partial=partial)))


def _sweep_run(what: "Sweep[Any]", request: "Request", results: Path | None) -> None:
    """Compute what is missing, after taking what there is of it in exported results."""
    from ovp_lib.lab.sweeps.request import prepare

    ready, its_store = prepare(what, request)

    from ovp_lib.lab.sweeps import (
        command as sweep_command,  # what was refused has not waited for pandas and Dask
    )
    from ovp_lib.lab.sweeps.loop import SweepStopped

    try:
        if results:
            ready, restored = sweep_command.restore(ready, its_store, results)
            typer.echo(restored.describe(shown(results / what.name)), err=True)
        done = sweep_command.execute(ready, its_store, request)
    except SweepStopped as error:
        typer.echo(f"stopped: {error}", err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        where = shown(request.store / what.name)
        typer.echo(f"interrupted; what had finished is in {where}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    *failures, summary = sweep_command.describe(done, its_store)
    for line in failures:
        typer.echo(line, err=True)
    typer.echo(summary)
    if failures:
        raise typer.Exit(1)


@app.command(
    hidden=True, epilog="Example: ovp restamp figure-1 --preset paper --old ../before-the-rename"
)
def restamp(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    preset: Annotated[str, typer.Option(help="quick, standard or paper.")] = "paper",
    old: Annotated[
        Path | None,
        typer.Option(help="Checkout of the code of the table, to agree with to the bit."),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(min=0.0, help="Without it: largest median deviation from the stored rows."),
    ] = 0.0,
    tasks: Annotated[int, typer.Option(min=1, help="Tasks of each kind to compute again.")] = 1,
    seconds: Annotated[float, typer.Option(help="About what one of them may take.")] = 20.0,
    seed: Annotated[int, typer.Option(help="By which they are drawn.")] = 0,
    results: Annotated[Path, typer.Option(help="Folder of the tables.", show_default=False)] = ROOT
    / "results",
) -> None:
    """Give a stored table the keys of the code of today, if a sample comes out as before."""
    from ovp_lib.lab.sweeps import restamp as sweep_restamp
    from ovp_lib.lab.sweeps.request import find
    from ovp_lib.pages import SWEEPS

    check = sweep_restamp.Check(tasks, seed, seconds, tolerance, old)
    path = results / name / f"{preset}.parquet"
    with refusals():
        found, stamp = sweep_restamp.restamp(find(name, SWEEPS), path, check)
    for each in found:
        typer.echo(each.describe())
    typer.echo(
        f"{shown(path)} has the keys of today: {stamp.checked} tasks agree with the "
        f"{stamp.against}, {stamp.equal} are equal to what is stored"
    )


@app.command("arithmetic", epilog='Example: eval "$(ovp arithmetic --env)" && python my_script.py')
def arithmetic_(
    env: Annotated[
        bool, typer.Option("--env", help="Print the environment as lines for a shell.")
    ] = False,
    native: Native = False,
) -> None:
    """Show the bits that this machine gives in the reproducible mode, or how to get into it."""
    from ovp_lib.isolation import arithmetic_in, process_environment

    mode = mode_of(native=native)
    if env:
        for name, value in arithmetic.variables(mode).items():
            typer.echo(f"export {name}={shlex.quote(value)}")
        return
    found = arithmetic_in(process_environment(mode))
    typer.echo(f"{found.mode} arithmetic, {found.threads} thread(s), probe {found.probe}")


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Print the version, if asked for."""
    if version:
        typer.echo(ovp_lib.__version__)
        raise typer.Exit


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what is wrong with the input into one clear line and exit code 2."""
    try:
        yield
    except Refusal as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(BAD_INPUT) from error


def parse_parameters(pairs: list[str], statements: list["Statement"]) -> dict[str, Any]:
    """Read ``NAME=VALUE`` pairs: JSON, or a string as it stands; for a list also ``a,b,c``.

    Raises:
        InputError: if a pair has no name or no value.
    """
    from ovp_lib.errors import InputError

    rows = [row for statement in statements for row in statement.describe()]
    lists = {row["name"] for row in rows if row["type"].startswith("list")}
    given = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals and value):
            raise InputError(f"-p takes a name and a value, got {pair!r}")
        given[name] = _value(value, is_list=name in lists)
    return given


def _value(text: str, *, is_list: bool) -> Any:
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        if is_list:
            return [_value(part.strip(), is_list=False) for part in text.split(",")]
        return text
    return [value] if is_list and not isinstance(value, list) else value


def mode_of(*, native: bool) -> arithmetic.Mode:
    """Return the arithmetic that was asked for."""
    return "native" if native else "reproducible"


def report(outcomes: list["Outcome"], target: Path) -> None:
    """Say what became of each notebook; exit 1 if one failed."""
    failed = [outcome for outcome in outcomes if outcome.failure is not None]
    for outcome in failed:
        failure = outcome.failure
        assert failure is not None
        where = "" if failure.cell is None else f" in cell {failure.cell}"
        typer.echo(f"{outcome.plan.name} failed{where}: {failure.error}", err=True)
        for line in failure.source.splitlines()[:5]:
            typer.echo(f"    {line}", err=True)
        if outcome.plan.failed.is_file():
            typer.echo(f"    as far as it came: {shown(outcome.plan.failed)}", err=True)
    typer.echo(f"{len(outcomes) - len(failed)} of {len(outcomes)} notebooks in {shown(target)}")
    if failed:
        raise typer.Exit(1)


def console() -> Console:
    """Return standard output: as wide as the terminal, or wide enough for a table in a pipe."""
    return Console(width=None if sys.stdout.isatty() else 150)


def shown(path: Path) -> str:
    """Return a path as short as it can be from here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


if __name__ == "__main__":
    sys.exit(app())
