"""Numbers of a table stand under one another."""

import re

import pandas as pd
import pytest

from ovp_lib.lab.book import numbers
from ovp_lib.lab.book.numbers import Number


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0.31", Number("0", ".31", "")),
        ("-12", Number("−12", "", "")),
        ("593,775", Number("593,775", "", "")),
        ("7.5e+05", Number("7", ".5e+05", "")),
        ("10^-5.8", Number("10", "^-5.8", "")),
        ("31.1 [-31.0, 31.3]", Number("31", ".1", " [−31.0, 31.3]")),
        ("-0.62 ± 0.045", Number("−0", ".62", " ± 0.045")),
        ("1.05 (0 of 6 seeds)", Number("1", ".05", " (0 of 6 seeds)")),
        ("10 of 12, 2.20", None),
        ("not run", None),
        ("2layer", None),
        ("", None),
    ],
)
def test_a_number_is_taken_apart(text: str, found: Number | None) -> None:
    assert numbers.number(text) == found


def test_the_parts_of_a_column_are_equally_wide_and_text_is_left_alone() -> None:
    table = pd.DataFrame({"a": ["-1.5", "10.25", "none"], "b(last)": ["3", "", "4"]}).to_html()
    made = numbers.aligned(f"<p>1.5</p>{table}")
    assert made.startswith("<p>1.5</p>")
    assert re.findall(r'class="ovp-whole" style="min-width:(\d+)ch">([^<]*)', made) == [
        *(("2", "−1"), ("1", "3"), ("2", "10"), ("1", "4"))
    ]
    assert re.findall(r'class="ovp-decimals" style="min-width:(\d+)ch">([^<]*)', made) == [
        *(("3", ".5"), ("3", ".25"))
    ]
    assert "<td>none</td>" in made
    assert "b<wbr>(last)" in made
    assert re.sub(r"</?(?:span|wbr)[^>]*>", "", made).count("<td") == table.count("<td")


def test_other_tables_are_left_alone() -> None:
    assert numbers.aligned("<table><tr><td>1.5</td></tr></table>") == (
        "<table><tr><td>1.5</td></tr></table>"
    )
