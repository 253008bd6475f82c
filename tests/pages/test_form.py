"""The form of a page: words first, what to see under each figure, exercises, plumbing folded."""

import re
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest

from ovp_lib.pages import STATEMENTS
from tests.notebooks.conftest import NOTEBOOKS

SECTIONS = (
    "What would count against it",
    "Parameters",
    "Exercises",
    "All claims in one table",
    "What to try next",
)
"""Sections that every page has, in this order; its parts stand between the second and the third."""

EXERCISES = 2
"""How many exercises a page has."""

PLAIN_WORDS = 50
"""How many words there are at least before the first formula that stands on a line of its own."""


def cells(name: str) -> list[Any]:
    """Return the cells of a stored notebook."""
    return list(nbformat.read(Path(NOTEBOOKS) / f"{name}.ipynb", as_version=4).cells)


def text(cell: Any) -> str:
    """Return the source of a markdown cell, and nothing for code."""
    return str(cell.source) if cell.cell_type == "markdown" else ""


def tags(cell: Any) -> set[str]:
    """Return the tags of a cell."""
    return set(cell.metadata.get("tags", []))


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_sections_of_a_page_stand_in_order(name: str) -> None:
    found = re.findall(r"^## (.*)$", "\n".join(map(text, cells(name))), re.MULTILINE)
    assert [heading for heading in found if heading in SECTIONS] == list(SECTIONS)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_page_says_first_what_to_know_and_why_one_would_doubt_it(name: str) -> None:
    everything = "\n".join(map(text, cells(name)))
    places = [
        everything.index("**What to know first**"),
        everything.lower().index("why one would doubt it"),
        everything.index("## What would count against it"),
    ]
    assert places == sorted(places)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_page_begins_with_plain_words(name: str) -> None:
    """No environment and no formula on a line of its own before the idea is told."""
    first = text(cells(name)[0])
    assert re.search(r"(?m)^# .+$", first)
    assert ":::" not in first
    assert "$$" not in first
    assert len(first.split()) >= PLAIN_WORDS


@pytest.mark.parametrize("name", STATEMENTS)
def test_what_was_changed_after_a_pilot_run_is_folded(name: str) -> None:
    """The section on what counts against a statement is short; its protocol notes are closed."""
    (section,) = [c for c in map(text, cells(name)) if c.startswith("## What would count")]
    assert section.count("<details>") == section.count("</details>") == 1
    assert "pilot" not in section.partition("<details>")[0].lower()


@pytest.mark.parametrize("name", STATEMENTS)
def test_under_each_figure_stands_what_to_see(name: str) -> None:
    every = cells(name)
    figures = [i for i, cell in enumerate(every) if "figures.publish(" in cell.source]
    assert figures
    for i in figures:
        below = next(cell for cell in every[i + 1 :] if "remove-input" not in tags(cell))
        assert text(below).startswith("**What you see.**"), every[i].id


@pytest.mark.parametrize("name", STATEMENTS)
def test_an_exercise_has_an_answer_that_was_computed(name: str) -> None:
    numbers = []
    for question, answer in pairwise(cells(name)):
        if found := re.findall(r"^### Exercise (\d): \S", text(question), re.MULTILINE):
            numbers += found
            assert tags(answer) == {"hide-cell", "exercise-answer"}
            assert answer.metadata["jupyter"]["source_hidden"]
            assert answer.outputs
    assert numbers == [str(i + 1) for i in range(EXERCISES)]


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_tables_of_all_predictions_and_all_claims_are_folded(name: str) -> None:
    for ending in ("STATEMENT.predictions", "claims.all()"):
        (cell,) = [cell for cell in cells(name) if cell.source.endswith(ending)]
        assert tags(cell) == {"hide-cell"}


def moved() -> list[tuple[str, str]]:
    """Return every claim that a command on a page says it moves, with the page."""
    pattern = re.compile(r"^ovp run .*# moves ([^:\n]*)", re.MULTILINE)
    return [
        (name, id.strip())
        for name in STATEMENTS
        for cell in cells(name)
        for said in pattern.findall(text(cell))
        for id in re.split(r", | and ", said)
        if " " not in id.strip()
    ]


@pytest.mark.parametrize(("name", "id"), moved())
def test_a_command_moves_claims_that_there_are(name: str, id: str) -> None:
    every = [prediction.id for prediction in STATEMENTS[name].predictions]
    assert any(fnmatch(each, f"*{id}") for each in every)
