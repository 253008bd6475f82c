"""The coverage in words, numbers and rows is that of the inventory."""

import re
from pathlib import Path

import pytest

from ovp_lib.lab.book import coverage
from ovp_lib.lab.book.drawing import anchor, place
from ovp_lib.lab.book.inventory import NEEDS, STATES, read
from ovp_lib.pages import STATEMENTS

INVENTORY = read(Path(__file__).parents[3], STATEMENTS)


def test_the_sentence_says_every_number() -> None:
    numbers = [int(number) for number in re.findall(r"\d+", coverage.sentence(INVENTORY))]
    count = INVENTORY.count()
    assert numbers[0] == len(INVENTORY.rows)
    assert sorted(numbers[1:]) == sorted(count[state] for state in STATES)


def test_the_summary_adds_up() -> None:
    lines = coverage.summary(INVENTORY).splitlines()[-len(INVENTORY.documents) - 1 :]
    numbers = [[int(n) for n in re.findall(r"\| \**(\d+)", line)] for line in lines]
    assert [sum(column) for column in zip(*numbers[:-1], strict=True)] == numbers[-1]
    assert all(sum(line[:-1]) == line[-1] for line in numbers)


@pytest.mark.parametrize("document", INVENTORY.documents)
def test_a_row_says_what_the_drawing_shows(document: str) -> None:
    lines = coverage.rows(INVENTORY, document).splitlines()
    for id_ in INVENTORY.document(document):
        row = INVENTORY.rows[id_]
        (line,) = [line for line in lines if f"{{#{anchor(id_)}}}" in line]
        assert row.says in line
        assert all(INVENTORY.rows[to].label in line for to in INVENTORY.feeds[id_])
        parts = INVENTORY.parts[id_].items()
        assert all(f'<a href="{place(page, claim)}">' in line for page, claim in parts)
        assert row.lacks in line


def test_what_is_not_executed_is_listed_with_its_reason() -> None:
    lines = coverage.missing(INVENTORY).splitlines()[3:-1]
    later = [id_ for id_, row in INVENTORY.rows.items() if row.state == "to come"]
    assert sum(int(line.split("|")[2]) for line in lines) == len(later)
    for id_ in later:
        (line,) = [line for line in lines if f'"#{anchor(id_)}"' in line]
        needs = INVENTORY.rows[id_].needs
        assert needs is not None
        assert NEEDS[needs] in line
