"""The list of notebooks: statements, their parameters in every preset, their last verdicts."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ovp_lib.errors import NotebookError
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.notebooks import literal
from ovp_lib.lab.runs.score import tally
from ovp_lib.pages import Statement


def describe(statements: Mapping[str, Statement], folder: Path) -> list[dict[str, Any]]:
    """Return each statement that has a notebook in ``folder``, ready for JSON.

    Args:
        statements: every statement by name.
        folder: where the notebooks are.

    Returns:
        For each its name, title, source, presets, parameters and verdicts. ``verdicts`` counts the
        verdicts of the notebook's last run, ``None`` if it has no claims.
    """
    return [
        {
            "name": name,
            "title": statements[name].title,
            "source": statements[name].source,
            "presets": list(statements[name].presets),
            "parameters": statements[name].describe(),
            "verdicts": _verdicts(path, name),
        }
        for name, path in notebooks.discover(folder, statements).items()
    ]


def show(described: Iterable[Mapping[str, Any]], console: Console) -> None:
    """Print what :func:`describe` returns for a person.

    Args:
        described: what it returns.
        console: where it is printed.
    """
    for statement in described:
        console.print(Text(statement["name"], style="bold"), Text(statement["title"]), sep="  ")
        last = statement["verdicts"] or {}
        counts = ", ".join(f"{n} {verdict}" for verdict, n in last.items() if n)
        console.print(Text(f"{statement['source']}; last verdicts: {counts or 'none'}"))
        table = Table(box=box.SIMPLE, pad_edge=False)
        for column in ("parameter", "type", "meaning", *statement["presets"]):
            table.add_column(column, overflow="fold")
        for row in statement["parameters"]:
            values = [literal(row["values"][preset]) for preset in statement["presets"]]
            cells = (row["name"], row["type"], row["description"], *values)
            table.add_row(*map(Text, cells))
        console.print(table)


def _verdicts(path: Path, name: str) -> dict[str, int] | None:
    try:
        return tally([notebooks.claims(notebooks.read(path), name)])
    except NotebookError:
        return None
