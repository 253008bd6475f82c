"""Notebooks as files: their parameters, their claims, their normal form.

A notebook is read as plain JSON: importing nbformat costs seconds, which only a run has to pay. Nor
does anything here need the statements, and with them torch: a worker starts without it.
"""

import ast
import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ovp_lib.arithmetic import Arithmetic
from ovp_lib.errors import InputError, NotebookError
from ovp_lib.evidence.claims import CLAIMS_MIMETYPE, NARROW_MIMETYPE, Claims
from ovp_lib.lab.files import disk

Notebook = dict[str, Any]

VOLATILE_METADATA = (
    "metadata.papermill",
    "metadata.widgets",
    "metadata.language_info.version",
    "cell.metadata.papermill",
    "cell.metadata.execution",
)
"""Metadata that differs from run to run or from machine to machine, and says nothing."""


STAMP = "ovp"
"""Under which name the metadata of a notebook say how it was executed."""

_DOWNLOAD = re.compile(
    r'download="(?P<name>[^"]+)\.csv" href="data:text/csv;base64,(?P<csv>[^"]+)"'
)


def read(path: Path) -> Notebook:
    """Read a notebook.

    Args:
        path: the file.

    Returns:
        Its content, which has a list of cells.

    Raises:
        InputError: if there is no such file.
        NotebookError: if it is not a notebook.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"there is no notebook {path}") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise NotebookError(f"{path} is no notebook: {error}") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise NotebookError(f"{path} is no notebook: it has no cells")
    return notebook


def write(path: Path, notebook: Notebook) -> None:
    """Write a notebook as Jupyter does, the whole file or nothing.

    Args:
        path: the file; what is there already is overwritten.
        notebook: what can be written as JSON.
    """
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
    disk.write_text(path, text + "\n")


def stamped(notebook: Notebook, arithmetic: Arithmetic | None) -> Notebook:
    """Return a notebook whose metadata say in which arithmetic it was executed.

    Args:
        notebook: a notebook, which is left as it is.
        arithmetic: in which it was executed; ``None`` adds nothing.

    Returns:
        A shallow copy with the stamp in its metadata.
    """
    stamp = {STAMP: {"arithmetic": asdict(arithmetic)}} if arithmetic else {}
    return {**notebook, "metadata": {**notebook["metadata"], **stamp}}


def arithmetic(notebook: Notebook) -> Arithmetic | None:
    """Return in which arithmetic a notebook was executed; ``None`` if it does not say.

    Args:
        notebook: the notebook as it is read.

    Returns:
        What its stamp says; ``None`` also for a stamp that cannot be read.
    """
    try:
        return Arithmetic(**notebook["metadata"][STAMP]["arithmetic"])
    except (KeyError, TypeError):
        return None


def discover(folder: Path, statements: Iterable[str]) -> dict[str, Path]:
    """Return the notebook of every statement that has one in ``folder``, in the statements' order.

    Args:
        folder: where to look.
        statements: their names.

    Returns:
        Paths by the name of the statement; a statement without a notebook is left out.

    Raises:
        InputError: if there is no such folder.
    """
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}")
    paths = {name: folder / f"{name}.ipynb" for name in statements}
    return {name: path for name, path in paths.items() if path.is_file()}


def source(cell: Mapping[str, Any]) -> str:
    """Return a cell's source, which is stored as a string or as lines.

    Args:
        cell: a cell of a notebook.

    Returns:
        The source as one string.
    """
    return "".join(cell["source"])


def code_cells(notebook: Notebook) -> list[tuple[int, dict[str, Any]]]:
    """Return the code cells that say something, each with its index among all cells.

    Args:
        notebook: the notebook as it is read.

    Returns:
        Index and cell, in the order of the notebook; blank cells are left out.
    """
    cells = enumerate(notebook["cells"])
    return [(i, cell) for i, cell in cells if cell["cell_type"] == "code" and source(cell).strip()]


def claims(notebook: Notebook, name: str) -> Claims:
    """Return the claims that the last code cell displays.

    Args:
        notebook: an executed notebook.
        name: its stem, which its claims must name as their statement.

    Returns:
        The claims.

    Raises:
        NotebookError: if there are none, or they are damaged or another statement's.
    """
    outputs = [o for _, cell in code_cells(notebook)[-1:] for o in cell.get("outputs", [])]
    records = [o["data"][CLAIMS_MIMETYPE] for o in outputs if CLAIMS_MIMETYPE in o.get("data", {})]
    if len(records) != 1:
        raise NotebookError(
            f"{name}: the last code cell must display the statement's Claims once, "
            f"it does {len(records)} times"
        )
    try:
        found = Claims.from_record(records[0])
    except (ValidationError, KeyError, TypeError, ValueError) as error:
        reason = in_a_line(error)
        raise NotebookError(f"{name}: the record of its claims is damaged: {reason}") from error
    if found.statement != name:
        raise NotebookError(f"{name}: its claims are those of {found.statement!r}")
    return found


def pictures(notebook: Notebook) -> dict[str, str]:
    """Return the figures that a notebook published, as SVG for a wide column, by name.

    Args:
        notebook: an executed notebook.

    Returns:
        The text of each, in the order of the notebook.
    """
    return _published(notebook, "image/svg+xml")


def narrow_pictures(notebook: Notebook) -> dict[str, str]:
    """Return the figures that a notebook published, as SVG for a phone, by name.

    Args:
        notebook: an executed notebook.

    Returns:
        The text of each that has one, in the order of the notebook.
    """
    return _published(notebook, NARROW_MIMETYPE)


def _published(notebook: Notebook, kind: str) -> dict[str, str]:
    return {
        output["metadata"]["scrapbook"]["name"]: "".join(output["data"][kind])
        for _, cell in code_cells(notebook)
        for output in cell.get("outputs", [])
        if kind in output.get("data", {}) and "scrapbook" in output["metadata"]
    }


def downloads(notebook: Notebook) -> dict[str, str]:
    """Return the tables that a notebook offers under its figures.

    Args:
        notebook: an executed notebook.

    Returns:
        CSV by name of the file, without its ending.
    """
    outputs = (each for _, cell in code_cells(notebook) for each in cell.get("outputs", []))
    texts = ("".join(each.get("data", {}).get("text/html", "")) for each in outputs)
    found = (_DOWNLOAD.search(text) for text in texts)
    return {each["name"]: base64.b64decode(each["csv"]).decode() for each in found if each}


def in_a_line(error: Exception) -> str:
    """Say in a line what is wrong with a record; pydantic takes four.

    Args:
        error: what was raised when the record was read.

    Returns:
        Of pydantic's errors the first, with its place; of any other error its message.
    """
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False)[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}".removeprefix(": ").replace("Value error, ", "")


def parameters(notebook: Notebook, name: str) -> dict[str, Any]:
    """Return names and values of the notebook's parameters cell.

    Args:
        notebook: the notebook as it is read.
        name: its stem, for messages.

    Returns:
        Values by name, in the order of the cell.

    Raises:
        NotebookError: unless there is one cell tagged ``parameters`` with plain assignments of
            literals to names.
    """
    values = _assignments(_parameters_cell(notebook, name), name)
    try:
        return {parameter: ast.literal_eval(value) for parameter, value in values.items()}
    except ValueError as error:
        raise NotebookError(f"{name}: the parameters cell may only hold literals") from error


def require_parameters(notebook: Notebook, name: str, expected: Iterable[str]) -> None:
    """Check that the parameters cell has exactly the expected names.

    Args:
        notebook: the notebook as it is read.
        name: its stem, for messages.
        expected: names of the parameters of its statement.

    Raises:
        NotebookError: naming what is missing and what is too much.
    """
    found, wanted = set(parameters(notebook, name)), set(expected)
    if found != wanted:
        raise NotebookError(
            f"{name}: its parameters cell and its statement disagree; "
            f"only in the statement: {sorted(wanted - found)}, "
            f"only in the cell: {sorted(found - wanted)}"
        )


def substitute(notebook: Notebook, name: str, given: Mapping[str, Any]) -> None:
    """Write the given values into the parameters cell, in place.

    Values that the cell has already are left as they are written, and cells that papermill once
    injected are removed, so that a notebook never shows its parameters twice.

    Args:
        notebook: the notebook, which is changed.
        name: its stem, for messages.
        given: new values, which JSON can hold, by names that the parameters cell has.
    """
    present = parameters(notebook, name)
    cell = _parameters_cell(notebook, name)
    nodes = _assignments(cell, name)
    lines = [line.encode() for line in source(cell).split("\n")]  # ast counts columns in bytes
    changed = [parameter for parameter in given if present[parameter] != given[parameter]]
    # From the last to the first, so that the positions of the others stay true.
    for parameter in sorted(
        changed, key=lambda p: (nodes[p].lineno, nodes[p].col_offset), reverse=True
    ):
        node = nodes[parameter]
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        head, tail = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
        lines[first : last + 1] = [head + literal(given[parameter]).encode() + tail]
    cell["source"] = b"\n".join(lines).decode()
    notebook["cells"] = [c for c in notebook["cells"] if "injected-parameters" not in _tags(c)]


def literal(value: Any) -> str:
    """Write a JSON-like value as Python source in the style of the project.

    Args:
        value: string, finite number, boolean, ``None``, or list, tuple or dictionary of such.

    Returns:
        An expression that evaluates to the value; a tuple becomes a list.

    Example:
        >>> literal({"phis": ["z", "tanh(z)"], "width": None})
        '{"phis": ["z", "tanh(z)"], "width": None}'
    """
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False)
        case list() | tuple():
            return f"[{', '.join(literal(element) for element in value)}]"
        case int() if not isinstance(value, bool) and abs(value) >= 10_000:
            return f"{value:_}"
        case dict():
            return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
        case _:
            return repr(value)


def normalise(notebook: Any) -> None:
    """Bring an executed notebook into its normal form, in place.

    Outputs and execution counts stay; progress bars (stderr) and :data:`VOLATILE_METADATA` go, so
    that a rerun with the same results gives the same file.

    Args:
        notebook: the notebook, which is changed: a node of nbformat.
    """
    import nbstripout  # slow to import; see the module's docstring

    nbstripout.strip_output(
        notebook,
        keep_output=True,
        keep_count=True,
        keep_id=True,
        extra_keys=list(VOLATILE_METADATA),
        drop_output_types={"stream:stderr"},
    )
    for cell in notebook["cells"]:
        if not _tags(cell):
            cell["metadata"].pop("tags", None)


def _tags(cell: Mapping[str, Any]) -> list[str]:
    return list(cell["metadata"].get("tags", []))


def _parameters_cell(notebook: Notebook, name: str) -> dict[str, Any]:
    cells: list[dict[str, Any]] = [c for c in notebook["cells"] if "parameters" in _tags(c)]
    if len(cells) != 1:
        raise NotebookError(f"{name}: one cell must be tagged 'parameters', {len(cells)} are")
    return cells[0]


def _assignments(cell: Mapping[str, Any], name: str) -> dict[str, ast.expr]:
    try:
        body = ast.parse(source(cell)).body
    except SyntaxError as error:
        raise NotebookError(f"{name}: the parameters cell is no Python: {error}") from error
    values: dict[str, ast.expr] = {}
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=ast.expr() as value):
                values[target] = value
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value):
                values[target] = value
            case _:
                raise NotebookError(
                    f"{name}: the parameters cell may only assign values to names, "
                    f"it has {ast.unparse(statement)!r}"
                )
    return values
