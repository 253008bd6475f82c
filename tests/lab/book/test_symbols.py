"""The table of symbols: each is introduced by one page, and every page names what is there."""

from pathlib import Path

import pytest
import yaml

from ovp_lib.errors import InputError
from ovp_lib.lab.book.symbols import SYMBOLS, tables
from ovp_lib.pages import Statement
from tests.lab.book.page import page

ROW = {
    "symbol": "$m$",
    "meaning": "the width",
    "identifier": "`m`",
    "module": "{py:mod}`here`",
    "equation": "(1)",
}


def project(folder: Path, **rows: object) -> Path:
    (folder / SYMBOLS).parent.mkdir()
    (folder / SYMBOLS).write_text(yaml.safe_dump({"sizes": rows}))
    return folder


def pages(**symbols: str) -> dict[str, Statement]:
    return {name: page(name, symbols=keys) for name, keys in symbols.items()}


def test_first_used_is_where_the_statement_says(tmp_path: Path) -> None:
    linked = {**ROW, "shape": "`(e,)`", "identifier": "{py:func}`f`"}
    shown = tables(project(tmp_path, m=ROW, n=linked), pages(a="n", b="m"))
    assert shown["sizes"].splitlines()[3:-1] == [
        "| $m$ | the width | `m` in {py:mod}`~here` |  | (1) | {doc}`Tiny <../notebooks/b>` |",
        "| $m$ | the width | {py:func}`f` | `(e,)` | (1) | {doc}`Tiny <../notebooks/a>` |",
    ]


@pytest.mark.parametrize(
    ("rows", "symbols", "message"),
    [
        ({"m": ROW}, {"a": "m n"}, "a uses the symbol 'n', which book/symbols.yml does not have"),
        ({"m": ROW}, {"a": "m", "b": "m"}, "b and a both say to use 'm' first"),
        ({"m": ROW, "n": ROW}, {"a": "m"}, "no statement says to use first n of"),
        ({"m": {"symbol": "$m$"}}, {"a": "m"}, "identifier"),
        ({"m": {**ROW, "meaning": ""}}, {"a": "m"}, "meaning"),
    ],
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path, rows: dict[str, object], symbols: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        tables(project(tmp_path, **rows), pages(**symbols))
