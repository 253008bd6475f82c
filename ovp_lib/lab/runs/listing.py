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
from ovp_lib.lab.runs import moves
from ovp_lib.lab.runs.score import tally
from ovp_lib.pages import Statement

SHORT = {"within tolerance": "within", "not shown at this scale": "not shown"}
"""Verdicts in a word or two."""


def describe(
    statements: Mapping[str, Statement], folder: Path, results: Path | None = None
) -> list[dict[str, Any]]:
    """Return each statement that has a notebook in ``folder``, ready for JSON.

    Args:
        statements: every statement by name.
        folder: where the notebooks are.
        results: folder of the record of what parameters move; nothing is said of it if ``None``.

    Returns:
        For each its name, title, source, presets, parameters and verdicts. ``verdicts`` counts the
        verdicts of the notebook's last run, ``None`` if it has no claims. Each parameter says in
        ``moves`` which claims it moves.
    """
    return [
        {
            "name": name,
            "title": statements[name].title,
            "source": statements[name].source,
            "presets": list(statements[name].presets),
            "parameters": _parameters(statements[name], results),
            "verdicts": _verdicts(path, name),
        }
        for name, path in notebooks.discover(folder, statements).items()
    ]


def brief(described: Iterable[Mapping[str, Any]], console: Console) -> None:
    """Print a line for each statement.

    Args:
        described: what :func:`describe` returns.
        console: where it is printed.
    """
    lines = [(s["name"], _counts(s), s["title"]) for s in described]
    made = Table(box=None, pad_edge=False, show_header=False)
    for column in range(2):  # only titles may be cut
        made.add_column(no_wrap=True, min_width=max(len(line[column]) for line in lines))
    made.add_column(no_wrap=True, overflow="ellipsis")
    for name, *rest in lines:
        made.add_row(Text(name, style="bold"), *map(Text, rest))
    console.print(made)


def show(described: Iterable[Mapping[str, Any]], console: Console) -> None:
    """Print everything about statements.

    Args:
        described: what :func:`describe` returns.
        console: where it is printed.
    """
    for statement in described:
        console.print(Text(statement["name"], style="bold"), Text(statement["title"]), sep="  ")
        console.print(Text(f"{statement['source']}; last verdicts: {_counts(statement)}"))
        table = Table(box=box.SIMPLE, pad_edge=False)
        columns = ("parameter", "type", "meaning", *statement["presets"], "moves (at tiny)")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in statement["parameters"]:
            values = [literal(row["values"][preset]) for preset in statement["presets"]]
            cells = (row["name"], row["type"], row["description"], *values, row["moves"])
            table.add_row(*map(Text, cells))
        console.print(table)


def _counts(statement: Mapping[str, Any]) -> str:
    last = statement["verdicts"] or {}
    return ", ".join(f"{n} {SHORT.get(v, v)}" for v, n in last.items() if n) or "no verdicts"


def _parameters(statement: Statement, results: Path | None) -> list[dict[str, Any]]:
    found = moves.read(results, statement.name) if results else {}
    claims = len(statement.predictions)
    rows = statement.describe()
    return [{**row, "moves": moves.in_words(found, row["name"], claims)} for row in rows]


def _verdicts(path: Path, name: str) -> dict[str, int] | None:
    try:
        return tally([notebooks.claims(notebooks.read(path), name)])
    except NotebookError:
        return None
