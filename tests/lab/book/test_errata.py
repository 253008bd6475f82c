"""The errata: every entry is complete, what shows it is there, and what links to it finds it."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ovp_lib.errors import InputError
from ovp_lib.lab.book import errata, inventory
from ovp_lib.pages import STATEMENTS

ROOT = Path(__file__).parents[3]
DOCUMENTS = inventory.read(ROOT, STATEMENTS).documents
ENTRIES = errata.read(ROOT, DOCUMENTS)

ENTRY: dict[str, Any] = {
    "id": "loss-type",
    "title": "the type of the loss",
    "kind": "misprint",
    "consequence": "reading",
    "effect": "stands",
    "so": "The loss is as it was.",
    "paper": "full",
    "place": "Section 3",
    "quote": "Consider a loss.",
    "what": "The type is wrong.",
    "shown_by": ["tests/a.py::test_a", "{py:func}`b`"],
    "certainty": "certain",
    "because": "it is typed.",
}


def project(folder: Path, *entries: dict[str, Any]) -> Path:
    (folder / errata.ERRATA).parent.mkdir()
    (folder / errata.ERRATA).write_text(yaml.safe_dump(list(entries)))
    return folder


def defined(path: str) -> set[str]:
    """Return the names of the functions that a file of tests defines."""
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_the_tests_that_show_an_entry_are_there(entry: errata.Erratum) -> None:
    for test in entry.tests:
        path, name = test.split("::")
        assert name in defined(path), test


def test_every_link_to_an_entry_finds_it() -> None:
    pages = [*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("book/*.md"), ROOT / "README.md"]
    links = {
        link
        for page in pages
        for link in re.findall(r"<erratum-([a-z0-9-]+)>", page.read_text(encoding="utf-8"))
    }
    assert len(links) > 5
    assert links <= {entry.id for entry in ENTRIES}


def test_what_is_put_right_comes_first(tmp_path: Path) -> None:
    light = {**ENTRY, "id": "light"}
    false = {**ENTRY, "id": "false", "kind": "false"}
    proof = {**ENTRY, "id": "proof", "consequence": "proof"}
    mended = {**ENTRY, "id": "mended", "effect": "repaired"}
    ours = {**ENTRY, "id": "ours", "kind": "observation"}
    numbers = {**ENTRY, "id": "numbers", "kind": "condition", "effect": "depends"}
    entries = project(tmp_path, ours, light, numbers, false, proof, mended)
    read = errata.read(entries, DOCUMENTS)
    assert [entry.id for entry in read] == ["mended", "numbers", "proof", "false", "light", "ours"]
    rows = errata.blocks(entries, DOCUMENTS)["summary"].splitlines()[3:-1]
    assert [re.findall("erratum-([a-z]+)", row) for row in rows] == [[e.id] for e in read]
    assert "[repaired]{.verdict-unshown}" in rows[0]
    assert all("The loss is as it was." in row for row in rows)


def test_a_test_is_a_link_where_the_repository_has_an_address(tmp_path: Path) -> None:
    shown = errata.blocks(project(tmp_path, ENTRY), DOCUMENTS, "https://host/a/b")
    assert "- [`tests/a.py::test_a`](https://host/a/b/blob/main/tests/a.py)" in shown["errata"]


@pytest.mark.parametrize("name", ENTRY)
def test_an_entry_that_lacks_something_is_refused(tmp_path: Path, name: str) -> None:
    lacking = {key: value for key, value in ENTRY.items() if key != name}
    with pytest.raises(InputError, match=rf"book/errata.yml: (?s:.*){name}"):
        errata.read(project(tmp_path, lacking), DOCUMENTS)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([ENTRY, ENTRY], "two entries 'loss-type'"),
        ([{**ENTRY, "paper": "elsewhere"}], "loss-type is of 'elsewhere', which is no document"),
        ([{**ENTRY, "certainty": "open"}], "what is open is an observation"),
        ([{**ENTRY, "kind": "observation", "effect": "repaired"}], "an observation is no error"),
        ([{**ENTRY, "shown_by": []}], "shown_by"),
        ([{**ENTRY, "quote": ""}], "quote"),
        ([{**ENTRY, "kind": "slip"}], "kind"),
        ([{**ENTRY, "colour": "red"}], "colour"),
        ([{**ENTRY, "title": "a $\\phi$"}], "title"),
    ],
)
def test_what_is_wrong_is_refused(
    tmp_path: Path, entries: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        errata.read(project(tmp_path, *entries), DOCUMENTS)


def test_a_section_has_everything_that_an_entry_says(tmp_path: Path) -> None:
    ours = {**ENTRY, "id": "ours", "kind": "observation", "certainty": "open", "damage": "A root."}
    shown = errata.blocks(project(tmp_path, ENTRY, ours), DOCUMENTS)
    assert shown["errata"] == (
        "(erratum-loss-type)=\n### the type of the loss\n\n"
        "The conclusion: [stands]{.verdict-holds} The loss is as it was.\n\n"
        "*Misprint; nothing but the reading depends on it.* Going beyond two layers, full version "
        "{cite:p}`allenzhu2020learning`, Section 3:\n\n> Consider a loss.\n\nThe type is wrong.\n\n"
        "Shown by:\n\n- `tests/a.py::test_a`\n- {py:func}`b`\n\n"
        "*How sure we are:* certain; it is typed."
    )
    assert "(erratum-ours)=" in shown["observations"]
    assert "*Our text of it:* A root." in shown["observations"]
    meanings = [meaning for _, meaning in errata.KINDS.values()]
    for meaning in [*meanings, *(effect[-1] for effect in errata.EFFECTS.values())]:
        assert meaning in shown["kinds"]
