import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from ovp_lib.errors import InputError, NotebookError
from ovp_lib.evidence.claims import CLAIMS_MIMETYPE
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.disk import write_text
from tests.lab import tiny


def parameters_source(notebook: dict[str, Any]) -> str:
    (cell,) = [c for c in notebook["cells"] if c["metadata"].get("tags") == ["parameters"]]
    return notebooks.source(cell)


@pytest.mark.parametrize("content", ["{", "[]", '{"cells": 3}', "\udcff"])
def test_a_file_that_is_no_notebook_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "broken.ipynb"
    path.write_text(content, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(NotebookError, match=r"broken\.ipynb is no notebook"):
        notebooks.read(path)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no notebook .*none\.ipynb"):
        notebooks.read(tmp_path / "none.ipynb")
    with pytest.raises(InputError, match=r"there is no folder .*none"):
        notebooks.discover(tmp_path / "none", {})


def test_notebooks_are_found_in_the_order_of_the_statements(tmp_path: Path) -> None:
    for name in ("a", "b", "stranger"):
        tiny.write(tmp_path / f"{name}.ipynb", tiny.notebook())
    statements = {name: tiny.statement(name) for name in ("b", "missing", "a")}
    assert list(notebooks.discover(tmp_path, statements)) == ["b", "a"]


def test_claims_come_from_the_last_cell_that_says_something() -> None:
    notebook = tiny.with_claims()
    notebook["cells"].append(tiny.code(" \n", outputs=[]))
    assert [claim.measured for claim in notebooks.claims(notebook, "tiny")] == [3.0]
    notebook["cells"].append(tiny.code("1", outputs=[]))
    with pytest.raises(NotebookError, match="display the statement's Claims once, it does 0"):
        notebooks.claims(notebook, "tiny")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda record: record["claims"][0].pop("verdict"), "damaged: .*verdict"),
        (lambda record: record.pop("claims"), "damaged: 'claims'"),
        (lambda record: record["claims"].append(record["claims"][0]), "must be distinct"),
        (lambda record: record.update(statement="other"), "its claims are those of 'other'"),
    ],
)
def test_damaged_claims_are_refused(damage: Any, message: str) -> None:
    notebook = tiny.with_claims()
    damage(notebook["cells"][-1]["outputs"][0]["data"][CLAIMS_MIMETYPE])
    with pytest.raises(NotebookError, match=rf"(?s)^tiny: .*{message}"):
        notebooks.claims(notebook, "tiny")


def test_parameters_are_read_as_they_are_written() -> None:
    notebook = tiny.notebook(parameters='preset: str = "paper"\nwidths = [1, -2]\nsize = None')
    read = notebooks.parameters(notebook, "tiny")
    assert read == {"preset": "paper", "widths": [1, -2], "size": None}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("size = 2 * 3", "may only hold literals"),
        ("size =", "is no Python"),
        ("import math", "may only assign values to names, it has 'import math'"),
        ("a = b = 3", "it has 'a = b = 3'"),
    ],
)
def test_a_parameters_cell_that_computes_is_refused(source: str, message: str) -> None:
    with pytest.raises(NotebookError, match=re.escape(message)):
        notebooks.parameters(tiny.notebook(parameters=source), "tiny")


def test_there_is_one_parameters_cell() -> None:
    twice = tiny.notebook(tiny.code("x = 1", tags=["parameters"]))
    for notebook, found in ((twice, 2), ({**twice, "cells": []}, 0)):
        with pytest.raises(NotebookError, match=f"one cell must be tagged .*, {found} are"):
            notebooks.parameters(notebook, "tiny")


def test_a_parameters_cell_that_disagrees_with_its_statement_is_refused() -> None:
    notebook = tiny.notebook()
    notebooks.require_parameters(notebook, "tiny", tiny.TinyParameters.model_fields)
    expected = {"seed", "n_seeds", "device", "width"}
    with pytest.raises(NotebookError, match=r"\['width'\], only in the cell: \['size'\]"):
        notebooks.require_parameters(notebook, "tiny", expected)


def test_given_values_take_the_place_of_those_in_the_cell_and_nothing_else_changes() -> None:
    notebook = tiny.notebook(
        tiny.code("size = 1", tags=["injected-parameters"]),
        "size",
        parameters='size = [\n    1,\n]  # how big\nname = "µ"; seed = 0  # why\nlast = None',
    )
    given = {"size": [4], "name": "longer", "seed": 7, "last": None}
    notebooks.substitute(notebook, "tiny", given)
    assert parameters_source(notebook) == (
        'size = [4]  # how big\nname = "longer"; seed = 7  # why\nlast = None'
    )
    assert [notebooks.source(c) for c in notebook["cells"][2:]] == ["size"]


@pytest.mark.parametrize("value", ["a\"b'", "tab\t\\", [1, [2.5, None]], {"a": True}, -1e-300])
def test_a_literal_reads_back_as_the_value(value: Any) -> None:
    notebook = tiny.notebook()
    notebooks.substitute(notebook, "tiny", {"size": value})
    assert notebooks.parameters(notebook, "tiny")["size"] == value


def test_the_normal_form_keeps_results_and_drops_what_differs_from_run_to_run() -> None:
    def executed(duration: float) -> Any:
        notebook = tiny.with_claims()
        notebook["metadata"] |= {"papermill": {"duration": duration}, "widgets": {}}
        cell = notebook["cells"][-1]
        cell["metadata"] = {"papermill": duration, "execution": {}, "tags": [], "mystnb": {"x": 1}}
        cell["outputs"].append(
            {"output_type": "stream", "name": "stderr", "text": f"{duration} s"},
        )
        return nbformat.from_dict(notebook)

    one, two = executed(1.0), executed(2.0)
    assert one != two
    notebooks.normalise(one)
    notebooks.normalise(two)
    assert one == two
    assert one["cells"][-1]["metadata"] == {"mystnb": {"x": 1}}
    assert one["cells"][-1]["execution_count"] == 1
    assert one["cells"][1]["metadata"] == {"tags": ["parameters"]}
    assert one["cells"][-1]["id"] == tiny.with_claims()["cells"][-1]["id"]
    assert notebooks.claims(one, "tiny").record() == notebooks.claims(two, "tiny").record()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.json"
    write_text(path, json.dumps("ä"))
    assert json.loads(path.read_text(encoding="utf-8")) == "ä"
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "half \udcff")
    assert json.loads(path.read_text(encoding="utf-8")) == "ä"
    assert list(path.parent.iterdir()) == [path]
