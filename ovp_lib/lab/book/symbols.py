"""The symbols: what the papers write, what it means, what the code calls it, who uses it first."""

from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ovp_lib.errors import InputError
from ovp_lib.pages import Statement

SYMBOLS = "book/symbols.yml"

COLUMNS = ("symbol", "meaning", "in the code", "shape", "first equation", "first used")

EVERYWHERE = ("data", "complexity", "learner")
"""Sections whose symbols mean the same on every page; the others are those of one page."""


class Symbol(BaseModel):
    """A symbol of a paper, in Markdown.

    Attributes:
        symbol: as the paper writes it.
        meaning: what it means, in words without formulas.
        tex: pieces of TeX by which its first use on a page is found; none if it is a word.
        not_on: pages on which it means something else and is not explained.
        identifier: as the code does.
        shape: shape and type of the array, if it is one.
        module: where it is defined.
        equation: where the paper has it first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    symbol: str = Field(min_length=1)
    meaning: str = Field(min_length=1, pattern=r"^[^$|]*$")
    tex: tuple[str, ...] = ()
    not_on: tuple[str, ...] = ()
    identifier: str = Field(min_length=1)
    shape: str = ""
    module: str = Field(min_length=1)
    equation: str = Field(min_length=1)


Sections = dict[str, dict[str, Symbol]]
"""The symbols by section and key."""


def read(root: Path) -> Sections:
    """Read the symbols of a project.

    Args:
        root: folder of the project.

    Returns:
        The symbols of every section.

    Raises:
        InputError: a symbol that lacks something.
    """
    text = (root / SYMBOLS).read_text(encoding="utf-8")
    try:
        return {
            section: {key: Symbol.model_validate(row) for key, row in symbols.items()}
            for section, symbols in yaml.safe_load(text).items()
        }
    except ValidationError as error:
        raise InputError(f"{SYMBOLS}: {error}") from error


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
    sections = read(root)
    known = [key for symbols in sections.values() for key in symbols]
    first = _first_used(known, statements)
    titles = {name: each.title.partition(":")[0] for name, each in statements.items()}
    return {section: _table(symbols, first, titles) for section, symbols in sections.items()}


def known_on(page: str, sections: Sections, statements: Mapping[str, Statement]) -> list[Symbol]:
    """Return the symbols that mean something on a page, its own before those of every page.

    Args:
        page: stem of the page.
        sections: the symbols.
        statements: every statement by name.

    Returns:
        The symbols; of two that are written alike the first is meant.
    """
    own = statements[page].symbols.split()
    every = {key: each for symbols in sections.values() for key, each in symbols.items()}
    general = [each for section in EVERYWHERE for each in sections.get(section, {}).values()]
    candidates = dict.fromkeys([every[key] for key in own if key in every] + general)
    return [symbol for symbol in candidates if page not in symbol.not_on]


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


def _table(
    symbols: Mapping[str, Symbol], first: Mapping[str, str], titles: Mapping[str, str]
) -> str:
    lines = ["::::{div} ovp-symbols", f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}"]
    for key, row in symbols.items():
        page = f"{{doc}}`{titles[first[key]]} <../notebooks/{first[key]}>`"
        cells = (row.symbol, row.meaning, _in_code(row), row.shape, row.equation, page)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "::::"])


def _in_code(row: Symbol) -> str:
    """Return the identifier; one that is no link is followed by its module."""
    if "{py:" in row.identifier:
        return row.identifier
    return f"{row.identifier} in {row.module.replace('`', '`~', 1)}".replace("`~~", "`~")
