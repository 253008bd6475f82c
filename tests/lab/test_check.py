import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from ovp_lib.evidence.claims import CLAIMS_MIMETYPE
from ovp_lib.lab.check import check
from ovp_lib.lab.nbval_plugin import differences, shorten
from ovp_lib.lab.notebooks import InputError, NotebookError
from tests.lab import tiny

SHOW = """\
import sys
from IPython.display import HTML, SVG, display
print("size is", 0.25)
print("42%", file=sys.stderr)
display(HTML('<a href="data:text/csv;base64,MC4x">data</a>'))
SVG('<svg xmlns="http://www.w3.org/2000/svg" id="a1"/>')"""

SHOWN, CLAIMED = 2, 3
"""Indices of the cells with these outputs, among all cells."""

# Kernels warn that a local port is not encrypted.
pytestmark = pytest.mark.filterwarnings("ignore:Kernel is running over TCP")


@pytest.fixture(scope="module")
def stored() -> str:
    """Return an executed notebook as it is stored."""
    draft = nbformat.from_dict(tiny.notebook(SHOW, tiny.CLAIMS))
    NotebookClient(draft, timeout=60).execute()
    return nbformat.writes(draft)


def outputs(notebook: dict[str, Any], cell: int) -> list[dict[str, Any]]:
    return notebook["cells"][cell]["outputs"]


def alter_number(notebook: dict[str, Any]) -> None:
    outputs(notebook, SHOWN)[0]["text"] = ["size is 0.26\n"]


def alter_record(notebook: dict[str, Any]) -> None:
    outputs(notebook, CLAIMED)[0]["data"][CLAIMS_MIMETYPE]["claims"][0]["measured"] = 4.5


def move_a_number_where_it_varies(notebook: dict[str, Any]) -> None:
    notebook["cells"][SHOWN]["metadata"]["tags"] = ["varies"]
    outputs(notebook, SHOWN)[0]["text"] = ["size is 0.34\n"]


def forget_to_execute(notebook: dict[str, Any]) -> None:
    notebook["cells"][SHOWN].update(execution_count=None, outputs=[])


def end_without_claims(notebook: dict[str, Any]) -> None:
    notebook["cells"].append(tiny.code("print('bye')", outputs=[]))


def leave_claims_unchecked(notebook: dict[str, Any]) -> None:
    notebook["cells"][CLAIMED]["metadata"]["tags"] = ["nbval-ignore-output"]


def claim_for_another(notebook: dict[str, Any]) -> None:
    outputs(notebook, CLAIMED)[0]["data"][CLAIMS_MIMETYPE]["statement"] = "huge"


def raise_an_error(notebook: dict[str, Any]) -> None:
    notebook["cells"][SHOWN]["source"] = ["1 / 0"]


BAD: list[tuple[Callable[[dict[str, Any]], None], int, str]] = [
    (alter_number, SHOWN, "stored 'size is 0.26', now 'size is 0.25'"),
    (move_a_number_where_it_varies, SHOWN, "stored 'size is 0.34', now 'size is 0.25'"),
    (alter_record, CLAIMED, ".claims[0].measured: stored 4.5, now 3.0"),
    (forget_to_execute, SHOWN, "this cell was never executed"),
    (end_without_claims, 4, "must display the statement's Claims once, it does 0 times"),
    (leave_claims_unchecked, CLAIMED, "the claims of a notebook must be compared"),
    (claim_for_another, CLAIMED, "its claims are those of 'huge'"),
    (raise_an_error, SHOWN, "ZeroDivisionError: division by zero"),
]


def test_each_way_to_differ_fails_and_its_message_names_the_cell(
    stored: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    paths = []
    for alter, _, _ in BAD:
        notebook = json.loads(stored)
        alter(notebook)
        paths.append(tiny.write(tmp_path / alter.__name__ / "tiny.ipynb", notebook))
    assert check(paths) == 1
    shown = capfd.readouterr().out
    headings = [line.strip("_ ") for line in shown.splitlines() if line.startswith("___")]
    failed = {heading.removeprefix("ERROR at setup of ") for heading in headings}
    assert failed == {f"{alter.__name__}/tiny.ipynb, cell {cell}" for alter, cell, _ in BAD}
    for _, _, message in BAD:
        assert message in shown
    assert "\x1b" not in shown
    assert len(shown.splitlines()) < 100


def test_a_stored_notebook_passes_and_so_do_bars_pictures_data_and_what_varies(
    stored: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    same, other, quiet = (json.loads(stored) for _ in range(3))
    text, bar, data, picture = outputs(other, SHOWN)
    bar["text"] = ["43%\n"]
    data["data"]["text/html"] = ['<a href="data:text/csv;base64,MC4y">data</a>']
    picture["data"]["image/svg+xml"] = ['<svg xmlns="http://www.w3.org/2000/svg" id="b2"/>']
    assert all(output not in outputs(same, SHOWN) for output in (bar, data, picture))
    assert text in outputs(same, SHOWN)
    outputs(quiet, SHOWN).remove(outputs(same, SHOWN)[1])
    near = json.loads(stored)
    near["cells"][SHOWN]["metadata"]["tags"] = ["varies"]
    outputs(near, SHOWN)[0]["text"] = ["size is 0.26\n"]
    named = {"same": same, "other": other, "quiet": quiet, "near": near}
    paths = [tiny.write(tmp_path / name / "tiny.ipynb", nb) for name, nb in named.items()]
    assert check(paths) == 0
    # The parameters, SHOW and the claims, four times:
    assert "12 passed" in capfd.readouterr().out


def test_a_cell_that_takes_too_long_fails(
    stored: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    notebook = json.loads(stored)
    notebook["cells"][SHOWN]["source"] = ["import time; time.sleep(60)"]
    assert check([tiny.write(tmp_path / "tiny.ipynb", notebook)], timeout=0.5) == 1
    shown = capfd.readouterr().out
    assert "tiny.ipynb, cell 2" in shown
    assert "Timeout of 0.5 seconds exceeded" in shown


def test_what_cannot_be_checked_is_refused_before_a_kernel_starts(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no notebook .*nowhere\.ipynb"):
        check([tmp_path / "nowhere.ipynb"])
    with pytest.raises(InputError, match="no notebook to check"):
        check([])
    prose = {**tiny.notebook(), "cells": []}
    with pytest.raises(NotebookError, match="no code to execute"):
        check([tiny.write(tmp_path / "prose.ipynb", prose)])


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


def test_long_lines_are_cut() -> None:
    assert len(shorten("x" * 1000)) == 200
    assert shorten("x" * 200) == "x" * 200
