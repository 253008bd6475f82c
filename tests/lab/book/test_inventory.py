"""The inventory: states from claims, pages from claims, and what does not fit the statements."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from ovp_lib.errors import InputError
from ovp_lib.evidence.claims import Predictions
from ovp_lib.lab.book.inventory import INVENTORY, Inventory, read
from ovp_lib.pages import STATEMENTS, Statement
from tests.lab.book.page import page, prediction

ROOT = Path(__file__).parents[3]


def row(**fields: Any) -> dict[str, Any]:
    return {"label": "Lemma 1", "name": "small", "says": "it is small", **fields}


ROWS = {
    "lemma": row(claims=["tiny.*"]),
    "part": row(claims=["tiny.size"], lacks="but not how small", feeds=["lemma", "other/fact"]),
    "code": row(why="code"),
    "later": row(why="to come", needs="slides"),
    "fact": row(why="standard fact"),
}


def project(folder: Path, rows: dict[str, Any]) -> Path:
    """A project with an inventory of two documents."""
    document = {"cite": "somebody", "title": "Title", "source": "Us", "part": "Part"}
    both = {
        "paper": {**document, "rows": rows},
        "other": {**document, "rows": {"fact": row(why="definition")}},
    }
    (folder / INVENTORY).parent.mkdir(exist_ok=True)
    (folder / INVENTORY).write_text(yaml.safe_dump(both, sort_keys=False))
    return folder


def statements(**fields: Any) -> dict[str, Statement]:
    return {"tiny": page(**{"row": "paper/lemma", "feeds": (), **fields})}


def test_states_pages_and_arrows_follow_from_the_claims(tmp_path: Path) -> None:
    inventory = read(project(tmp_path, ROWS), statements(feeds=("paper/later",)))
    states = {id_: row.state for id_, row in inventory.rows.items()}
    assert states == {
        "paper/lemma": "judged",
        "paper/part": "in part",
        "paper/code": "code only",
        "paper/later": "to come",
        "paper/fact": "nothing to judge",
        "other/fact": "nothing to judge",
    }
    assert {id_ for id_, pages in inventory.pages.items() if pages == ["tiny"]} == {
        "paper/lemma",
        "paper/part",
    }
    assert inventory.feeds["paper/lemma"] == ("paper/later",)
    assert inventory.feeds["paper/part"] == ("paper/lemma", "other/fact")
    assert inventory.count()["nothing to judge"] == 2
    assert list(inventory.count(inventory.document("other")).values()) == [0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("rows", "fields", "message"),
    [
        ({}, {"row": "paper/theorem"}, "tiny: no row 'paper/theorem' in book/inventory.yml"),
        ({}, {"row": "paper/later"}, "paper/later has the page tiny, and names no claim"),
        ({}, {"feeds": ("paper/x",)}, "paper/lemma feeds paper/x, which the inventory does not"),
        ({"lemma": row(claims=["tiny.*"], feeds=["part"])}, {}, "paper/lemma has a page, whose"),
        ({"part": row(claims=["big.*"])}, {}, r"paper/part names big\.\*, which no claim is"),
        ({"code": row()}, {}, "either claims or a why"),
        ({"code": row(why="code", claims=["tiny.*"])}, {}, "either claims or a why"),
        ({"code": row(why="code", lacks="all")}, {}, "only what has claims"),
        ({"code": row(why="dull")}, {}, "why"),
        ({"code": row(why="code", label="a name that is too long for a box")}, {}, "label"),
    ],
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path, rows: dict[str, Any], fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read(project(tmp_path, {**ROWS, **rows}), statements(**fields))


def test_a_claim_that_no_row_names_is_refused(tmp_path: Path) -> None:
    rows = {**ROWS, "lemma": row(claims=["tiny.other"])}
    predictions = Predictions([prediction("tiny.size"), prediction("tiny.other")])
    del rows["part"]
    with pytest.raises(InputError, match=r"no row of .* names the claim tiny\.size$"):
        read(project(tmp_path, rows), statements(predictions=predictions))


def test_the_book_s_own_inventory_has_every_statement_and_page() -> None:
    inventory = read(ROOT, STATEMENTS)
    assert sum(inventory.count().values()) == 116
    assert {page for pages in inventory.pages.values() for page in pages} == set(STATEMENTS)
    assert isinstance(inventory, Inventory)
    for name, statement in STATEMENTS.items():
        assert inventory.pages[statement.row][0] == name
    cited = {document.cite for document in inventory.documents.values()}
    assert all(f"{{{key}," in (ROOT / "book/references.bib").read_text() for key in cited)
