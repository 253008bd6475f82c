"""The commands ``ovp sweep ...``: run a grid of tasks, look at it, export it, restore it.

Each command imports what it needs when it is called, so that neither ``--help`` nor a refusal waits
for pandas and Dask.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ovp_lib import arithmetic, home
from ovp_lib.cli.common import INTERRUPTED, ROOT, Native, console, mode_of, refusals, shown

if TYPE_CHECKING:
    from ovp_lib.pages import Sweep

app = typer.Typer(
    no_args_is_help=True,
    help="Compute grids of tasks that take hours; kill them at any time, what is finished stays.",
)

Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]
Preset = Annotated[str, typer.Option(help="quick, standard or paper.")]
StoreFolder = Annotated[
    Path,
    typer.Option(
        "--store", help="Folder of the shards; _runs/sweeps if not given.", show_default=False
    ),
]
Results = Annotated[
    Path,
    typer.Option(help="Folder of the exported tables; results if not given.", show_default=False),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FIELD=VALUE,...",
        help="Only tasks that have one of these values; for several fields repeat it.",
        show_default=False,
    ),
]

STORE = home.runs() / "sweeps"
RESULTS = ROOT / "results"


@app.command(
    epilog="Examples: ovp sweep run NAME --jobs 2 · ovp sweep run NAME --preset paper --scheduler "
    "tcp://10.0.0.1:8786 · ovp sweep run NAME --preset paper --restore --where width=2000,5000"
)
def run(
    name: Name,
    preset: Preset = "quick",
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
    where: Where = None,
    cheapest_first: Annotated[
        bool,
        typer.Option(
            "--cheapest-first",
            help="Start with the shortest tasks, not the longest: for a sweep that you will stop.",
        ),
    ] = False,
    restore_: Annotated[
        bool, typer.Option("--restore", help="First do what `ovp sweep restore` does.")
    ] = False,
    store: StoreFolder = STORE,
    results: Results = RESULTS,
    native: Native = False,
) -> None:
    """Compute what is missing of a sweep, on this machine or on a cluster."""
    from ovp_lib.lab.sweeps.request import Request, prepare

    mode = mode_of(native=native)
    arithmetic.switch(mode)  # the workers inherit it from this process
    with refusals():
        request = Request(
            preset,
            store=store,
            where=tuple(where or ()),
            arithmetic=mode,
            scheduler=scheduler,
            jobs=jobs,
            device=device,
            cheapest_first=cheapest_first,
        )
        planned, its_store = prepare(found(name), request)

        from ovp_lib.lab.sweeps import command  # a refusal has not waited for pandas and Dask

        with stops(store / name):
            if restore_:
                planned, restored = command.restore(planned, its_store, results)
                typer.echo(restored.describe(shown(results / name)), err=True)
            report = command.execute(planned, its_store, request)
    *failures, summary = command.describe(report, its_store)
    for line in failures:
        typer.echo(line, err=True)
    typer.echo(summary)
    if failures:
        raise typer.Exit(1)


@app.command(epilog="Examples: ovp sweep status · ovp sweep status NAME --json")
def status(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for a program.")] = False,
    store: StoreFolder = STORE,
    native: Native = False,
) -> None:
    """Show what is finished and missing of every preset of a sweep, or of all sweeps."""
    from ovp_lib.lab.files.store import Store
    from ovp_lib.lab.sweeps import status as statuses
    from ovp_lib.pages import SWEEPS

    with refusals():
        chosen = list(SWEEPS.values()) if name is None else [found(name)]
        rows = statuses.status(chosen, Store(store), mode_of(native=native))
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    else:
        console().print(statuses.table(rows))


@app.command(
    epilog="Examples: ovp sweep export NAME --preset paper · ovp sweep export NAME --preset paper "
    "--partial"
)
def export(
    name: Name,
    preset: Preset = "quick",
    partial: Annotated[
        bool, typer.Option("--partial", help="Export what there is, if tasks are missing.")
    ] = False,
    store: StoreFolder = STORE,
    results: Results = RESULTS,
    native: Native = False,
) -> None:
    """Write the table of a preset to RESULTS/NAME/PRESET.parquet, to be committed."""
    from ovp_lib.lab.files.store import Store
    from ovp_lib.lab.sweeps.plan import plan

    with refusals():
        planned = plan(found(name), preset, Store(store), mode_of(native=native))

        from ovp_lib.lab.sweeps.results import export as write  # a refusal did not wait for pandas

        path = write(planned, Store(store), results, partial=partial)
    typer.echo(shown(path))


@app.command(epilog="Example: ovp sweep restore NAME --preset paper --where width=2000,5000")
def restore(
    name: Name,
    preset: Preset = "quick",
    where: Where = None,
    store: StoreFolder = STORE,
    results: Results = RESULTS,
    native: Native = False,
) -> None:
    """Take from the tables in RESULTS/NAME what the same code has computed; compute nothing."""
    from ovp_lib.lab.sweeps.request import Request, prepare

    mode = mode_of(native=native)
    with refusals():
        request = Request(preset, store=store, where=tuple(where or ()), arithmetic=mode)
        planned, its_store = prepare(found(name), request)

        from ovp_lib.lab.sweeps import command  # a refusal has not waited for pandas

        with stops(store / name):
            _, restored = command.restore(planned, its_store, results)
    typer.echo(restored.describe(shown(results / name)))


@app.command(
    hidden=True,
    epilog="Example: ovp sweep restamp figure-1 --preset paper --old ../before-the-rename",
)
def restamp(
    name: Name,
    preset: Preset = "paper",
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
    results: Results = RESULTS,
) -> None:
    """Give a stored table the keys of the code of today, if a sample comes out as before."""
    from ovp_lib.lab.sweeps import restamp as restamping

    rule = restamping.Rule(tasks, seed, seconds, tolerance, old)
    path = results / name / f"{preset}.parquet"
    with refusals():
        again, stamp = restamping.restamp(found(name), path, rule)
    for each in again:
        typer.echo(each.describe())
    typer.echo(
        f"{shown(path)} has the keys of today: {stamp.checked} tasks agree with the "
        f"{stamp.against}, {stamp.equal} are equal to what is stored"
    )


def found(name: str) -> "Sweep[Any]":
    """Return the sweep of this name.

    Args:
        name: as ``ovp sweep status`` shows it.

    Returns:
        The sweep.

    Raises:
        InputError: if there is none.
    """
    from ovp_lib.lab.sweeps.request import find
    from ovp_lib.pages import SWEEPS

    return find(name, SWEEPS)


@contextmanager
def stops(folder: Path) -> Iterator[None]:
    """Turn the end of a sweep that was stopped into one line and an exit code.

    Args:
        folder: where the finished tasks are.

    Raises:
        typer.Exit: with the exit code.
    """
    from ovp_lib.lab.sweeps.loop import SweepStopped

    try:
        yield
    except SweepStopped as error:
        typer.echo(f"stopped: {error}", err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        typer.echo(f"interrupted; what had finished is in {shown(folder)}", err=True)
        raise typer.Exit(INTERRUPTED) from None
