"""One alteration of each kind on every stored notebook in turn: the check sees each.

Running all notebooks for each of them would take hours. A check is what can be seen of the stored
notebook alone, and a comparison with what a run gave; here the run is taken to have given what is
stored. That a real run is compared in this way is what ``test_check.py`` is about.
"""

import base64
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from ovp_lib.errors import NotebookError
from ovp_lib.lab.runs import basis, integrity
from ovp_lib.lab.runs.comparison import CellFinding, compare
from tests.lab import tiny
from tests.lab.runs import alterations

NOTEBOOKS = sorted((Path(__file__).parents[3] / "notebooks").glob("*.ipynb"))
PNG = b"\x89PNG" + bytes(100)


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture(scope="module")
def stored(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


def check(notebook: dict[str, Any], run: dict[str, Any], name: str) -> list[CellFinding]:
    """Return what a check finds, if running the notebook gives ``run``."""
    return integrity.problems(notebook, name) or compare(notebook, run, exact=True).differences


def test_every_stored_notebook_passes_as_it_is(path: Path, stored: dict[str, Any]) -> None:
    assert check(stored, copy.deepcopy(stored), path.stem) == []
    assert compare(stored, copy.deepcopy(stored), exact=False) == ([], [])


@pytest.mark.parametrize("alter", alterations.KINDS, ids=lambda alter: alter.__name__)
def test_each_kind_of_alteration_is_seen_on_every_notebook(
    path: Path, stored: dict[str, Any], alter: alterations.Alter
) -> None:
    altered = copy.deepcopy(stored)
    if not alter(altered):
        assert alter in alterations.RARE
        return
    # What a run of the altered notebook would give: its cells as they are, with the true outputs.
    run = copy.deepcopy(altered)
    true = {cell["id"]: cell.get("outputs", []) for cell in stored["cells"]}
    for cell in run["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = copy.deepcopy(true.get(cell["id"], []))
    found = check(altered, run, path.stem)
    assert found
    assert all(len(finding.text) < 400 and "\n" not in finding.text for finding in found)


@pytest.mark.parametrize(
    "alter",
    [
        alterations.table_of_claims,
        alterations.widened_claim,
        alterations.name_of_a_figure,
        alterations.appended_output,
        alterations.removed_output,
    ],
    ids=lambda alter: alter.__name__,
)
def test_what_is_no_number_is_seen_by_statistics_too(
    path: Path, stored: dict[str, Any], alter: alterations.Alter
) -> None:
    altered = copy.deepcopy(stored)
    assert alter(altered)
    assert (
        integrity.problems(altered, path.stem) or compare(altered, stored, exact=False).differences
    )


def test_a_byte_of_an_image_is_seen(stored: dict[str, Any]) -> None:
    """No notebook has an image of pixels yet; one that had would be compared by its content."""
    data = {"image/png": base64.b64encode(PNG).decode() + "\n"}
    image = {"output_type": "display_data", "metadata": {}, "data": data}
    with_image = copy.deepcopy(stored)
    alterations.code_cells(with_image)[0]["outputs"] = [image]
    altered = copy.deepcopy(with_image)
    assert compare(with_image, altered, exact=True).differences == []
    assert alterations.png(altered)
    (found,) = compare(altered, with_image, exact=True).differences
    assert "stored 104 bytes, now 104; the first that differs is number 85" in found.text


@pytest.mark.parametrize(
    "said",
    [None, {"mode": "native", "probe": "0", "threads": 1}, {"mode": "reproducible"}],
    ids=["nothing", "native", "no-probe"],
)
def test_what_one_notebook_says_about_its_arithmetic_cannot_be_altered(
    path: Path, tmp_path: Path, said: dict[str, Any] | None
) -> None:
    """Not even so that all others fall back to statistics."""
    for other in NOTEBOOKS:
        content = json.loads(other.read_text())
        own = {"mode": "reproducible", "probe": "0" * 16, "threads": 1}
        content["metadata"]["ovp"] = {"arithmetic": said if other == path else own}
        content["cells"] = []
        tiny.write(tmp_path / other.name, content)
    with pytest.raises(NotebookError, match=rf"not stored in one arithmetic: {path.name} say"):
        basis.decide(tmp_path)


def test_the_stored_notebooks_are_of_one_arithmetic() -> None:
    basis.agreed(NOTEBOOKS[0].parent)
