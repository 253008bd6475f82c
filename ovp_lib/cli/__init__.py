"""The command line ``ovp``: thin and typed; the work is done by ``ovp_lib.lab``."""

import shlex
from typing import Annotated

import typer

import ovp_lib
from ovp_lib import arithmetic
from ovp_lib.cli import book, runs, sweeps
from ovp_lib.cli.common import ROOT, Native, mode_of

__all__ = ["ROOT", "app"]

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Run, check and render the executable companion to four documents on over-parameterised "
    "networks. Exit codes: 0 all is well; 1 a notebook or a task failed, an output differs or a "
    "verdict moved; 2 bad input, nothing was started.",
)

app.add_typer(runs.app)
app.add_typer(sweeps.app, name="sweep")
app.add_typer(book.app)


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
