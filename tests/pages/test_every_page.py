"""What holds for every page, at its tiny preset: the same twice, and no parameter is idle."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from ovp_lib.pages import STATEMENTS
from tests.notebooks.conftest import NOTEBOOKS, Run, cells_runner, data, numbers, run_cells
from tests.pages.moves import RECORD, changes, moved, moves
from tests.pages.remembered import PURE, forget

__all__ = ["run_cells"]

GATE = {"nodes a line": 12.0, "names": 65, "lines a cell": 15}
"""What the code of a notebook may come to; see :func:`code`."""


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_claim_is_a_whole_sentence_wherever_it_stands(name: str) -> None:
    for claim in STATEMENTS[name].predictions:
        said = claim.sentence
        assert said.endswith("."), said
        assert not re.match(r"\.\.\.|(It|Its|That|This|There|The same)\b", said), said
        assert not said.endswith("..."), said


def whole(run: Run, what: str) -> str:
    """Return the name of a figure's data as it is, and the whole id of a claim."""
    known = {*run["published"], *numbers(run)}
    label = run["claims"][0].id.partition(".")[0]
    return what if what in known else f"{label}.{what}"


def on_record() -> dict[str, dict[str, dict[str, list[str]]]]:
    """Return what every parameter of a page moves; in the test of a new page there is no record."""
    return json.loads(RECORD.read_text()) if RECORD.is_file() else {}


def cases(run: Run) -> dict[str, int]:
    """Return how many cases are behind each claim."""
    return {claim.id: claim.n for claim in run["claims"]}


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_same_parameters_give_the_same_claims_and_data(run_cells, name: str) -> None:
    """And what is remembered is what it gives: the second run remembers of the tables alone."""
    before = run_cells(name)
    with pytest.MonkeyPatch.context() as patch:
        forget(patch, PURE)
        again = cells_runner(patch)(name)
    assert before["claims"].record() == again["claims"].record()
    assert data(before) == data(again)
    assert data(again)


@pytest.mark.parametrize(
    ("name", "parameter"), [(name, each) for name in STATEMENTS for each in moves(name)]
)
def test_a_parameter_moves_what_it_should(run_cells, name: str, parameter: str) -> None:
    before = run_cells(name)
    value, target = moves(name)[parameter]
    what = whole(before, target.removeprefix("n of "))
    after = run_cells(name, until=what, **changes(parameter, value))
    found = moved(before, after)
    if target.startswith("n of "):  # the number of cases must differ
        assert cases(before)[what] != cases(after)[what]
    else:
        assert what in found["claims"] + found["data"]
    known = on_record().get(name, {}).get(parameter, found)
    there = {"claims": numbers(after), "data": data(after)}
    for kind, ids in found.items():  # if not: python -m tests.pages.moves
        assert ids == [id_ for id_ in known[kind] if id_ in there[kind]]


def test_what_is_on_record_of_moves_is_of_parameters_and_claims_that_there_are() -> None:
    """A page may be missing: ``ovp list NAME`` then says nothing of what its parameters move."""
    assert on_record()
    for name, found in on_record().items():
        assert list(found) == list(moves(name))
        known = {prediction.id for prediction in STATEMENTS[name].predictions}
        assert all(set(each["claims"]) <= known for each in found.values())


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_parameter_is_idle(name: str) -> None:
    assert set(moves(name)) == set(STATEMENTS[name].parameters.model_fields) - {"device"}


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_parameters_cell_shows_what_a_quick_run_takes(name: str) -> None:
    (cell,) = [c for c in code(name) if "parameters" in c.metadata.get("tags", [])]
    shown = {
        node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(cell.source).body
    }
    assert shown == STATEMENTS[name].preset("quick").model_dump(mode="json")
    assert list(shown) == list(STATEMENTS[name].parameters.model_fields)


@pytest.mark.parametrize("name", STATEMENTS)
def test_cells_read_like_the_paper(name: str) -> None:
    """One idea a line, few names, and none bound to two things; plotting cells are folded."""
    shown = [cell for cell in code(name) if not set(cell.metadata.get("tags", [])) & FOLDED]
    lines = [line for cell in shown for line in cell.source.splitlines() if line.strip()]
    nodes = sum(1 for cell in shown for _ in ast.walk(ast.parse(cell.source)))
    assert nodes / len(lines) <= GATE["nodes a line"]
    every = [cell for cell in code(name) if "parameters" not in cell.metadata.get("tags", [])]
    assert max(len(cell.source.splitlines()) for cell in every) <= GATE["lines a cell"]
    bound = [name for cell in shown for name in names(ast.parse(cell.source))]
    twice = {each for each in bound if bound.count(each) > 1}
    assert twice == set()
    assert len(bound) <= GATE["names"]


FOLDED = {"hide-input", "remove-input", "hide-cell", "remove-cell", "parameters"}


def code(name: str) -> list[Any]:
    """Return the code cells of a notebook."""
    notebook = nbformat.read(Path(NOTEBOOKS) / f"{name}.ipynb", as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def names(tree: ast.Module) -> set[str]:
    """Return the names that the top level of a cell binds, but for those of imports."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            found |= stored(node) - {
                each
                for inner in ast.walk(node)
                if isinstance(inner, ast.comprehension)
                for each in stored(inner.target)
            }
    return found


def stored(tree: ast.AST) -> set[str]:
    """Return the names that are assigned anywhere in a piece of code."""
    every = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {node.id for node in every if isinstance(node.ctx, ast.Store)}
