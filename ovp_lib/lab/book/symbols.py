"""The table of symbols: what the papers write, what the code calls it, which page uses it first."""

from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ovp_lib.errors import InputError
from ovp_lib.pages import Statement

SYMBOLS = "book/symbols.yml"

COLUMNS = ("symbol", "identifier", "shape", "module", "first equation", "first used")


class Symbol(BaseModel):
    """A symbol of a paper, in Markdown.

    Attributes:
        symbol: as the paper writes it.
        identifier: as the code does.
        shape: shape and type of the array, if it is one.
        module: where it is defined.
        equation: where the paper has it first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    symbol: str = Field(min_length=1)
    identifier: str = Field(min_length=1)
    shape: str = ""
    module: str = Field(min_length=1)
    equation: str = Field(min_length=1)


def tables(root: Path, statements: Mapping[str, Statement]) -> dict[str, str]:
    """Return the table of every section of the symbols.

    Args:
        root: folder of the project.
        statements: every statement by name, in the order of the book.

    Returns:
        Markdown, by the name of the section in ``book/symbols.yml``.

    Raises:
        InputError: a symbol that no statement says to use first, or more than one; a statement
            that names one that is not there; a symbol that lacks something.
    """
    text = (root / SYMBOLS).read_text(encoding="utf-8")
    try:
        sections = {
            section: {key: Symbol.model_validate(row) for key, row in symbols.items()}
            for section, symbols in yaml.safe_load(text).items()
        }
    except ValidationError as error:
        raise InputError(f"{SYMBOLS}: {error}") from error
    known = [key for symbols in sections.values() for key in symbols]
    first = _first_used(known, statements)
    return {section: _table(symbols, first) for section, symbols in sections.items()}


def _first_used(known: list[str], statements: Mapping[str, Statement]) -> dict[str, str]:
    first: dict[str, str] = {}
    for name, statement in statements.items():
        for key in statement.symbols.split():
            if key not in known:
                raise InputError(f"{name} uses the symbol {key!r}, which {SYMBOLS} does not have")
            if key in first:
                raise InputError(f"{name} and {first[key]} both say to use {key!r} first")
            first[key] = name
    if unused := [key for key in known if key not in first]:
        raise InputError(f"no statement says to use first {', '.join(unused)} of {SYMBOLS}")
    return first


def _table(symbols: Mapping[str, Symbol], first: Mapping[str, str]) -> str:
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}"]
    for key, row in symbols.items():
        page = f"{{doc}}`../notebooks/{first[key]}`"
        cells = (row.symbol, row.identifier, row.shape, row.module, row.equation, page)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
