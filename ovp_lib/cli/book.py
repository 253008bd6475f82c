"""The commands about the book: render it, generate its shelf, begin a page."""

from pathlib import Path
from typing import Annotated

import typer

from ovp_lib import home
from ovp_lib.cli.common import ROOT, refusals, shown
from ovp_lib.errors import InputError

app = typer.Typer()


def _require_checkout(command: str) -> None:
    """Refuse what needs the sources of the book, which a wheel does not carry."""
    if not home.IN_CHECKOUT:
        raise InputError(f"ovp {command} needs a checkout of the repository; a wheel has no book")


@app.command(
    epilog="Examples: ovp book · ovp book --from _runs/quick · "
    "ovp book theorem-1-two-layer --from _runs/noisy (this page alone, in half a minute)"
)
def book(
    pages: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", show_default=False)
    ] = None,
    run_: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Take the notebooks from this run, whole or not, or from one notebook.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the book.  [default: _build; of some pages _build/pages]"),
    ] = None,
) -> None:
    """Render the book, or some pages, from the stored notebooks or a run; warnings are errors."""
    from ovp_lib.lab.book.build import BookError, build
    from ovp_lib.pages import STATEMENTS

    with refusals():
        _require_checkout("book")
    typer.echo(f"rendering the book from {shown(run_ or ROOT / 'notebooks')} ...", err=True)
    with refusals():
        try:
            target = out or ROOT / ("_build/pages" if pages else "_build")
            html = build(ROOT, STATEMENTS, run=run_, only=pages or (), out=target)
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
        _require_checkout("shelf")
        for path in shelves.write(ROOT, STATEMENTS):
            typer.echo(path)


@app.command(epilog="Example: ovp new resnet-mirror-descent --row resnet/section-6")
def new(
    name: Annotated[str, typer.Argument(help="Stem of the page: lower case and hyphens.")],
    row: Annotated[str, typer.Option(help="Its row in book/inventory.yml.", show_default=False)],
) -> None:
    """Make a page for a statement: folder, notebook, row of the inventory, changelog."""
    from ovp_lib.lab.book.new_page import create
    from ovp_lib.pages import STATEMENTS

    with refusals():
        _require_checkout("new")
        for path in create(ROOT, STATEMENTS, name, row):
            typer.echo(path)
    typer.echo(f"next: ovp shelf && ovp run {name} --out notebooks")
