"""The commands about notebooks: list, run, check and score them."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from ovp_lib import home
from ovp_lib.cli.common import INTERRUPTED, ROOT, Folder, Native, console, mode_of, refusals, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ovp_lib.evidence.claims import Claims
    from ovp_lib.lab.runs.execution import RunOutcome
    from ovp_lib.pages import Statement

app = typer.Typer()


class ParameterCommand(TyperCommand):
    """A command that takes ``-p NAME VALUE``, an option of two values that may be repeated."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Join the two values of every ``-p`` to ``NAME=VALUE`` before the usual parsing.

        Args:
            ctx: Typer gives the context of the command.
            args: Typer gives the words that follow the command.

        Returns:
            The words that the usual parsing leaves over.
        """
        joined: list[str] = []
        rest = iter(args)
        for argument in rest:
            joined.append(argument)
            if argument in ("-p", "--param"):
                name = next(rest, None)
                value = None if name is None or "=" in name else next(rest, None)
                joined += [part for part in [name if value is None else f"{name}={value}"] if part]
        return super().parse_args(ctx, joined)


@app.command("list", epilog="Examples: ovp list · ovp list lemma-6-5-coupling · ovp list --json")
def list_(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for a program.")] = False,
    notebooks: Folder = ROOT / "notebooks",
) -> None:
    """List the notebooks; of those that are named everything: parameters and what they move."""
    from ovp_lib.lab.runs.execution import select
    from ovp_lib.lab.runs.listing import brief, describe, show
    from ovp_lib.pages import STATEMENTS

    with refusals():
        chosen = {name: STATEMENTS[name] for name in select(names or [], notebooks, STATEMENTS)}
        described = describe(chosen, notebooks, ROOT / "results")
    if as_json:
        typer.echo(json.dumps(described, indent=2, ensure_ascii=False))
    elif names:
        show(described, console())
    else:
        brief(described, console())
        typer.echo("ovp list NAME shows parameters and presets, ovp run NAME runs one")


@app.command(
    epilog="Examples: ovp compare _runs/quick (with the stored notebooks) · "
    "ovp compare _runs/quick _runs/noisy · ovp compare a.ipynb b.ipynb --html both.html"
)
def compare(
    first: Annotated[Path, typer.Argument(metavar="A", show_default=False)],
    second: Annotated[Path | None, typer.Argument(metavar="[B]", show_default=False)] = None,
    page: Annotated[
        Path | None,
        typer.Option("--html", help="The page of figures.  [default: compare.html beside A]"),
    ] = None,
    notebooks: Folder = ROOT / "notebooks",
) -> None:
    """Put two runs side by side: claims here, figures on a page; one run beside what is stored."""
    from ovp_lib.errors import InputError
    from ovp_lib.lab.files import disk
    from ovp_lib.lab.files.notebooks import claims, read
    from ovp_lib.lab.runs import beside, sides
    from ovp_lib.pages import STATEMENTS

    left, right = (notebooks, first) if second is None else (first, second)
    names = ("stored" if second is None else shown(left), shown(right))
    with refusals():
        found = [sides.found(path, STATEMENTS) for path in (left, right)]
        both = {name: (found[0][name], found[1][name]) for name in found[0] if name in found[1]}
        if not both:
            raise InputError(f"{left} and {right} have no notebook in common")
        pairs = [
            pair
            for name, paths in both.items()
            for pair in sides.pairs(*(claims(read(path), name) for path in paths))
        ]
        text = beside.page(both, names)
    target = page or (first if first.is_dir() else first.parent) / "compare.html"
    console().print(beside.table(pairs, names))
    typer.echo(beside.summary(pairs))
    disk.write_text(target, text)
    typer.echo(f"figures beside each other: open {shown(target)} in a browser")


@app.command(epilog="Examples: ovp plain · ovp plain lemma-6-5-coupling")
def plain(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", show_default=False)
    ] = None,
    notebooks: Folder = ROOT / "notebooks",
) -> None:
    """Bring the text of stored notebooks into plain Markdown, without running them."""
    from ovp_lib.lab.files import form
    from ovp_lib.lab.files import notebooks as files
    from ovp_lib.lab.runs.execution import select
    from ovp_lib.pages import STATEMENTS

    with refusals():
        titles = {name: statement.title for name, statement in STATEMENTS.items()}
        stored = form.of_project(notebooks.parent, titles)
        for name in select(names or [], notebooks, STATEMENTS):
            path = notebooks / f"{name}.ipynb"
            notebook = files.read(path)
            form.plain(notebook, stored)
            files.write(path, notebook)
            typer.echo(shown(path))


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
    """Run notebooks headless, and say how their verdicts differ from the stored ones."""
    from ovp_lib.errors import InputError
    from ovp_lib.lab.runs import execution, sides
    from ovp_lib.lab.runs.progress import Bars
    from ovp_lib.pages import STATEMENTS

    target = home.runs() / (preset or "quick") if out is None else out
    with refusals():
        if bool(names) == all_:
            raise InputError("name the notebooks to run, or say --all (ovp list shows them)")
        chosen = execution.select(names or [], notebooks, STATEMENTS)
        given = parse_parameters(param or [], [STATEMENTS[name] for name in chosen])
        if device is not None:
            given["device"] = device
        plans = execution.plan(
            chosen,
            folder=notebooks,
            statements=STATEMENTS,
            given=given,
            out=target,
            preset=preset,
        )
    stored = {plan.name: sides.claims(plan.source, plan.name) for plan in plans}
    try:
        outcomes = execution.run(plans, jobs=jobs, display=Bars(), mode=mode_of(native=native))
    except KeyboardInterrupt:
        typer.echo(f"interrupted; what had finished is in {shown(target)}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    conclude(outcomes, stored, target)
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
    from ovp_lib.lab.runs.progress import Bars

    with refusals():
        planned = checks.plan(paths, mode_of(native=native))
    for basis in dict.fromkeys(one.basis for one in planned):
        typer.echo(basis.words)
    if exact and not all(one.basis.exact for one in planned):
        typer.echo("an exact comparison was asked for, and cannot be made", err=True)
        raise typer.Exit(1)
    try:
        agree = checks.check(planned, jobs=jobs, display=Bars(), mode=mode_of(native=native))
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
    why: Annotated[
        str,
        typer.Option(help="With --record: why predictions or verdicts are not those on record."),
    ] = "",
    seeds: Annotated[
        int,
        typer.Option(
            help="Run the pages at this many root seeds, and record how often each verdict is the "
            "same (half an hour for 5; what has been run is kept).",
            show_default=False,
        ),
    ] = 0,
    page: Annotated[
        list[str] | None, typer.Option(help="With --seeds: only this page (repeatable).")
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            help="With --seeds: at which preset, quick if not given; standard takes hours.",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Notebooks at a time.")] = os.cpu_count() or 1,
    results: Annotated[
        Path, typer.Option(help="Where verdicts and history are recorded.", show_default=False)
    ] = ROOT / "results",
    notebooks: Folder = ROOT / "notebooks",
) -> None:
    """Show all claims of the stored notebooks or of a run, and hold them against the record."""
    from ovp_lib.errors import InputError

    of_one_run: dict[str, object] = {"RUN": run_, "--json": as_json, "--check": check}
    of_one_run |= {"--record": record, "--why": why}
    of_several: dict[str, object] = {"--page": page, "--preset": preset}
    with refusals():
        if seeds and (given := [name for name, value in of_one_run.items() if value]):
            raise InputError(f"--seeds makes runs of its own, and takes no {', '.join(given)}")
        if not seeds and (given := [name for name, value in of_several.items() if value]):
            raise InputError(f"{', '.join(given)}: only with --seeds, the number of root seeds")
        if why and not record:
            raise InputError("--why: only with --record, which puts the reason on record")
    if seeds:
        _stability(page or [], notebooks, results, seeds, preset or "quick", jobs)
        return
    from ovp_lib.lab.runs import costs, history
    from ovp_lib.lab.runs import score as scores
    from ovp_lib.pages import STATEMENTS

    recorded = results / "verdicts.json"

    folder = run_ or notebooks
    with refusals():
        found = scores.collect(folder, STATEMENTS)
        if check or record:
            scores.require_defaults(folder, STATEMENTS)
        differences = scores.compare(found, scores.read_recorded(recorded))
        if record:
            measured = [claims.statement for claims in found]
            # First, since it refuses a change without a reason: then nothing is on record yet.
            history.append(results, STATEMENTS, measured, differences, why)
            scores.record(found, recorded, STATEMENTS)
            scores.keep_longer_runs(folder, results, STATEMENTS)
            costs.record(results, [folder], STATEMENTS)
    if as_json:
        typer.echo(json.dumps(scores.to_json(found), indent=2, ensure_ascii=False))
    else:
        console().print(scores.table(found))
    if check and differences:
        for difference in differences:
            typer.echo(f"moved: {difference}", err=True)
        typer.echo("if that is right: ovp score RUN --record --why 'the reason'", err=True)
        raise typer.Exit(1)


def _stability(
    names: list[str], folder: Path, results: Path, seeds: int, preset: str, jobs: int
) -> None:
    """Run pages at several root seeds, and record how often each verdict is the same."""
    from ovp_lib.lab.runs import costs, execution, stability
    from ovp_lib.lab.runs.progress import Bars
    from ovp_lib.pages import STATEMENTS

    out = home.runs() / ("seeds" if preset == stability.QUICK else f"seeds-{preset}")
    with refusals():
        chosen = execution.select(names, folder, STATEMENTS)
        planned = stability.plan(STATEMENTS, chosen, folder, out, seeds, preset=preset)
    for seed, plans in enumerate(planned):
        typer.echo(f"root seed {seed}: {len(plans)} of {len(chosen)} pages to run")
        if not plans:
            continue
        try:
            outcomes = execution.run(plans, jobs=jobs, display=Bars())
        except KeyboardInterrupt:
            typer.echo(f"interrupted; what had finished is in {shown(out)}", err=True)
            raise typer.Exit(INTERRUPTED) from None
        report(outcomes, out / f"seed-{seed}")
    with refusals():
        found = stability.collect(chosen, out, seeds)
        stability.record(results / "stability.json", preset, found, STATEMENTS)
        costs.record(results, [out / f"seed-{seed}" for seed in range(seeds)], STATEMENTS)
    typer.echo(stability.summary(found))
    for id, one in found.items():
        if not one.stable:
            typer.echo(f"unstable: {id}: {', '.join(one.verdicts)}")


def parse_parameters(pairs: list[str], statements: list["Statement"]) -> dict[str, Any]:
    """Read ``NAME=VALUE`` pairs: JSON, or a string as it stands; for a list also ``a,b,c``.

    Args:
        pairs: as ``-p`` takes them, each ``NAME=VALUE``.
        statements: whose parameters they are; they say which are lists.

    Returns:
        The value of each parameter by its name.

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


def conclude(
    outcomes: list["RunOutcome"], stored: "Mapping[str, Claims | None]", target: Path
) -> None:
    """Say what the verdicts are, how they differ from the stored ones, and what can be done next.

    Args:
        outcomes: how each notebook ended.
        stored: claims of the notebooks that were run, as they were before; ``None`` for no claims.
        target: folder of the run.
    """
    from ovp_lib.lab.runs import moves, sides

    finished = [outcome.plan for outcome in outcomes if outcome.failure is None]
    for plan in finished:
        found = sides.claims(plan.target, plan.name)
        if found is None:
            continue
        preset = plan.statement.nearest(plan.parameters)
        given = plan.statement.differences(plan.parameters, preset)
        seed = {"seed": plan.parameters.seed} if plan.parameters.seed else {}
        for line in sides.summary(found, stored[plan.name], {**seed, **given}):
            typer.echo(line)
        known = moves.read(ROOT / "results", plan.name)
        for name in (name for name in {**seed, **given} if name in known):
            typer.echo(f"  {name} moves {moves.in_words(known, name, len(found))} (at tiny)")
    if finished and not any(plan.stores for plan in finished):
        where = shown(target)
        typer.echo(f"next: ovp compare {where}      # claims and figures beside the stored ones")
        typer.echo(f"      ovp book --from {where}  # these pages in your own book")


def report(outcomes: list["RunOutcome"], target: Path) -> None:
    """Report the outcome of each notebook; exit 1 if one failed.

    Args:
        outcomes: how each notebook ended.
        target: folder of the run.

    Raises:
        typer.Exit: with exit code 1, if a notebook failed.
    """
    failed = [outcome for outcome in outcomes if outcome.failure is not None]
    for outcome in failed:
        failure = outcome.failure
        assert failure is not None
        where = "" if failure.cell is None else f" in cell {failure.cell}"
        typer.echo(f"{outcome.plan.name} failed{where}: {failure.error}", err=True)
        for line in failure.source.splitlines()[:5]:
            typer.echo(f"    {line}", err=True)
        if outcome.plan.failed.is_file():
            typer.echo(f"    with its outputs up to there: {shown(outcome.plan.failed)}", err=True)
    typer.echo(f"{len(outcomes) - len(failed)} of {len(outcomes)} notebooks in {shown(target)}")
    if failed:
        raise typer.Exit(1)
