"""The form of every page: what a reader meets in which order, and what is folded."""

import re
from fnmatch import fnmatch
from itertools import pairwise
from typing import Any

import nbformat
import pytest

from ovp_lib.pages import STATEMENTS
from tests.notebooks.conftest import NOTEBOOKS

SECTIONS = (
    "The statement",
    "What would count against it",
    "Parameters",
    "How far",
    "Exercises",
    "All claims",
    "What to try next",
)
"""How the headings begin that every page has, in this order; the parts are between them."""

EXERCISES = 2


def cells(name: str) -> list[Any]:
    """Return the cells of a stored notebook."""
    return list(nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells)


def headings(name: str) -> list[str]:
    """Return the headings of the second level."""
    prose = [cell.source for cell in cells(name) if cell.cell_type == "markdown"]
    return [found for text in prose for found in re.findall(r"(?m)^## (.+)$", text)]


def tags(cell: Any) -> set[str]:
    return set(cell.metadata.get("tags", []))


def places(name: str, text: str) -> list[int]:
    """Return the indices of the cells that have a text in them."""
    return [index for index, cell in enumerate(cells(name)) if text in cell.source]


@pytest.mark.parametrize("name", STATEMENTS)
def test_sections_stand_in_their_order(name: str) -> None:
    known = [
        section for found in headings(name) for section in SECTIONS if found.startswith(section)
    ]
    assert tuple(known) == SECTIONS


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_page_begins_with_plain_words(name: str) -> None:
    """There is no formula on a line of its own and no environment before the idea is told."""
    first = cells(name)[0].source
    assert re.search(r"(?m)^# .+$", first)
    assert ":::" not in first
    assert "$$" not in first
    assert len(first.split()) > 50


@pytest.mark.parametrize("name", STATEMENTS)
def test_each_exercise_has_an_executed_folded_answer(name: str) -> None:
    every = cells(name)
    questions = places(name, "\n### Exercise ")
    questions += [i for i in places(name, "### Exercise ") if i not in questions]
    assert len(questions) == EXERCISES
    for index in questions:
        answer = every[index + 1]
        assert tags(answer) == {"exercise-answer", "hide-cell"}
        assert answer.metadata["jupyter"]["source_hidden"]
        assert answer.execution_count
        assert answer.outputs
    assert sum("exercise-answer" in tags(cell) for cell in every) == EXERCISES


@pytest.mark.parametrize("name", STATEMENTS)
def test_under_each_figure_stands_what_one_sees(name: str) -> None:
    """Before the next part begins, and before the text of the next figure is over."""
    every = cells(name)
    seen = places(name, "**What you see.**")
    drawn = [i for i in places(name, "figures.publish(") if "figure" in every[i].metadata.mystnb]
    ends = [i for i, c in enumerate(every) if re.search(r"(?m)^## ", c.source)]
    for index in drawn:
        assert any(index < each < min(e for e in ends if e > index) for each in seen), index


@pytest.mark.parametrize("name", STATEMENTS)
def test_tables_that_repeat_what_stands_under_the_figures_are_folded(name: str) -> None:
    every = cells(name)
    for text in ("STATEMENT.predictions", "claims.all()"):
        (index,) = [i for i in places(name, text) if every[i].cell_type == "code"]
        assert "hide-cell" in tags(every[index])


@pytest.mark.parametrize("name", STATEMENTS)
def test_what_was_changed_after_a_pilot_run_is_folded(name: str) -> None:
    """The section on what counts against a statement is short; its protocol notes are closed."""
    (index,) = places(name, "## What would count against it")
    text = cells(name)[index].source
    assert text.count("<details>") == text.count("</details>") == 1
    assert "pilot" not in text.partition("<details>")[0].lower()


def test_sections_are_told_from_one_another() -> None:
    assert all(not later.startswith(one) for one, later in pairwise(SECTIONS))


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_page_says_what_to_know_and_why_one_would_doubt_it_before_anything_is_judged(
    name: str,
) -> None:
    (known,), (judged,) = places(name, "**What to know first**"), places(name, "What would count")
    doubts = [i for i, c in enumerate(cells(name)) if "why one would doubt it" in c.source.lower()]
    assert known <= doubts[0] < judged


def moved() -> list[tuple[str, str]]:
    """Return every claim that a command on a page says it moves, with the page."""
    pattern = re.compile(r"(?m)^ovp run .*# moves ([^:\n]*)")
    return [
        (name, id)
        for name in STATEMENTS
        if (NOTEBOOKS / f"{name}.ipynb").is_file()  # in the test of a new page the others are away
        for cell in cells(name)
        for said in pattern.findall(cell.source)
        for id in re.split(r", | and ", said.strip())
        if " " not in id
    ]


@pytest.mark.parametrize(("name", "id"), moved())
def test_a_command_moves_claims_that_there_are(name: str, id: str) -> None:
    predictions = STATEMENTS[name].predictions
    assert any(fnmatch(each.id, f"*{id}") for each in predictions)
