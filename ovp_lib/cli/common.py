"""Parts that all commands share: folders, exit codes, refusals, and how a path is shown."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ovp_lib import arithmetic
from ovp_lib.errors import Refusal
from ovp_lib.home import ROOT as ROOT

BAD_INPUT = 2
INTERRUPTED = 130

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


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what is wrong with the input into one clear line and exit code 2."""
    try:
        yield
    except Refusal as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(BAD_INPUT) from error


def mode_of(*, native: bool) -> arithmetic.Mode:
    """Return the arithmetic that was asked for.

    Args:
        native: whether ``--native`` was given.

    Returns:
        ``native`` if it was, else ``reproducible``.
    """
    return "native" if native else "reproducible"


def console() -> Console:
    """Return standard output: as wide as the terminal, or wide enough for a table in a pipe."""
    return Console(width=None if sys.stdout.isatty() else 150)


def shown(path: Path) -> str:
    """Return a path as short as it can be from here.

    Args:
        path: any path, absolute or relative.

    Returns:
        The path from the current folder if it lies in it, else the path as it is given.
    """
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
