"""What is said of a difference: where it is, in a line."""

import base64
from typing import Any

import pytest

from ovp_lib.lab.runs.difference import describe, differences, shorten


@pytest.mark.parametrize(
    ("stored", "new", "lines"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"b": 1}, ["stored {'a': 1}, now {'b': 1}"]),
        ([{"b": 1}, 2], [{"b": 0}, 3], ["[0].b: stored 1, now 0", "[1]: stored 2, now 3"]),
        ([1], [1, 2], ["stored [1], now [1, 2]"]),
        ("same\nold", "same\nold\nmore", ["stored 'old', now 'old\\nmore'"]),
        ("first 1\nlast", "first 2\nlast", ["stored 'first 1', now 'first 2'"]),
        (
            "x" * 99 + "1" * 99,
            "x" * 99 + "2",
            [f"stored '{'x' * 30}{'1' * 60}', now '{'x' * 30}2'"],
        ),
    ],
)
def test_differences_are_few_and_short(stored: Any, new: Any, lines: list[str]) -> None:
    assert list(differences(stored, new)) == lines


def link(content: bytes) -> str:
    data = base64.b64encode(content).decode()
    return f'<a href="data:text/csv;charset=utf-8;base64,{data}" download="x.csv">data</a>'


def test_a_download_is_decoded() -> None:
    rows = [f"{i},{i * i}" for i in range(1000)]
    stored = "\n".join(rows).encode()
    rows[500] = "500,250001"
    (line,) = describe(link(stored), link("\n".join(rows).encode()), "html")
    assert line == "html text/csv: stored '500,250000', now '500,250001'"
    (line,) = describe(link(stored), link(stored + b"\n1000,0"), "html")
    assert line == "html text/csv: stored '999,998001', now '999,998001\\n1000,0'"
    (line,) = describe(link(stored), link(stored).replace("x.csv", "y.csv"))
    assert "x.csv" in line
    assert "y.csv" in line


def test_an_image_is_told_by_its_bytes() -> None:
    stored = b"\x89PNG" + bytes(range(256))
    new = stored[:100] + b"\xff\xfe" + stored[102:]
    pair = [base64.b64encode(image).decode() for image in (stored, new)]
    assert describe(*pair, "png") == [
        "png: stored 260 bytes, now 260; the first that differs is number 101"
    ]


def test_long_lines_are_cut_and_many_left_out() -> None:
    assert len(shorten("x" * 1000)) == 200
    assert shorten("x" * 200) == "x" * 200
    assert len(describe(list(range(100)), list(range(1, 101)))) == 20
