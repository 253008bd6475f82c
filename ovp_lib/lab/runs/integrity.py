"""Integrity of stored notebooks: that nothing is left out of the check, seen without running it.

A comparison is worth as much as what it covers. So cells are executed from first to last without a
gap, no tag and no comment exempts one, the claims are there, and their table is that of their
record.
"""

import re
from collections.abc import Iterator
from typing import Any

from ovp_lib.errors import NotebookError
from ovp_lib.evidence.claims import CLAIMS_MIMETYPE, Claims
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.notebooks import Notebook
from ovp_lib.lab.runs.comparison import CellFinding, normal
from ovp_lib.lab.runs.difference import describe

MARKERS = re.compile(
    r"(nbval|pytest[-_]validate)[-_].*|raises[-_]exception|skip[-_]execution", re.IGNORECASE
)
"""Tags and comments by which nbval, or what executes notebooks, would leave a cell out."""

_COMMENT = re.compile(r"#[#\s]*(.*?)\s*$", re.MULTILINE)


def problems(notebook: Notebook, name: str) -> list[CellFinding]:
    """Return why comparing a stored notebook would not show that it can be reproduced.

    Args:
        notebook: the stored notebook.
        name: its stem, which its claims must name.

    Returns:
        What is wrong, with the cell it is found in; nothing if the comparison covers all.
    """
    return [*_markers(notebook), *_executions(notebook), *_claims(notebook, name)]


def _markers(notebook: Notebook) -> Iterator[CellFinding]:
    for i, cell in enumerate(notebook["cells"]):
        tags = cell["metadata"].get("tags", [])
        comments = _COMMENT.findall(notebooks.source(cell)) if cell["cell_type"] == "code" else []
        for marker in filter(MARKERS.fullmatch, [*map(str, tags), *comments]):
            yield CellFinding(
                i, f"nothing may be left out of the check: remove the marker {marker!r}"
            )


def _executions(notebook: Notebook) -> Iterator[CellFinding]:
    """Yield what shows that the stored outputs are not those of one run from top to bottom."""
    for expected, (i, cell) in enumerate(notebooks.code_cells(notebook), start=1):
        count = cell.get("execution_count")
        if count is None:
            yield CellFinding(
                i, "this cell was never executed: run the notebook and store its outputs"
            )
            continue
        if count != expected:
            yield CellFinding(
                i,
                f"executed as number {count}, and it is code cell number {expected}: "
                "a cell was added, removed or run by hand; run the whole notebook again",
            )
            return  # all that follow are off by as much
        for output in cell["outputs"]:
            if output.get("execution_count", count) != count:
                yield CellFinding(i, f"an output is of execution {output['execution_count']}")
            if output["output_type"] == "error":
                yield CellFinding(
                    i, f"a stored error: {output.get('ename')}: {output.get('evalue')}"
                )


def _claims(notebook: Notebook, name: str) -> Iterator[CellFinding]:
    last = [i for i, _ in notebooks.code_cells(notebook)][-1:]
    where = last[0] if last else None
    try:
        claims = notebooks.claims(notebook, name)
    except NotebookError as error:
        yield CellFinding(where, str(error))
        return
    assert where is not None
    for text in describe(_shown(notebook["cells"][where]), _table(claims)):
        yield CellFinding(where, f"the table of the claims is not that of their record: {text}")


def _shown(cell: dict[str, Any]) -> dict[str, Any]:
    shown = [o["data"] for o in normal(cell["outputs"]) if CLAIMS_MIMETYPE in o.get("data", {})]
    return {kind: content for kind, content in shown[0].items() if kind != CLAIMS_MIMETYPE}


def _table(claims: Claims) -> dict[str, Any]:
    table = claims._repr_mimebundle_()
    del table[CLAIMS_MIMETYPE]
    return table
