"""Comparison of a notebook that was run again with the stored one: every output of every cell.

Exactly, where both were computed in equal arithmetic (:mod:`ovp_lib.lab.runs.basis`): texts,
tables, figures and downloads are equal to the byte (of a PNG the pixels), and so is the metadata of
outputs. Elsewhere claims are compared by :mod:`ovp_lib.lab.runs.agreement`, all other outputs in
number, order and kind. What a cell writes to standard error (progress bars, warnings) is never
stored and never compared.
"""

import base64
import hashlib
import io
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ovp_lib.evidence.claims import CLAIMS_MIMETYPE
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.notebooks import Notebook
from ovp_lib.lab.runs import agreement
from ovp_lib.lab.runs.difference import describe

Output = Mapping[str, Any]


class CellFinding(NamedTuple):
    """Something found in a cell.

    Attributes:
        cell: its index among all cells; ``None`` if it is the notebook's.
        text: what, in a line.
    """

    cell: int | None
    text: str


class Comparison(NamedTuple):
    """The outcome of a comparison: differences, and remarks on what agrees."""

    differences: list[CellFinding]
    remarks: list[CellFinding]


def compare(stored: Notebook, new: Notebook, *, exact: bool) -> Comparison:
    """Compare a stored notebook with the same one, run again.

    Args:
        stored: the stored notebook.
        new: the other.
        exact: whether both were computed in equal arithmetic.

    Returns:
        What differs, and what should be known though it agrees, by cell.
    """
    before, now = _sources(stored), _sources(new)
    if before != now:
        return Comparison([CellFinding(None, f"other cells: {describe(before, now)[0]}")], [])
    differences, remarks = [], []
    for i, pair in enumerate(zip(stored["cells"], new["cells"], strict=True)):
        found = compare_outputs(*(cell.get("outputs", []) for cell in pair), exact=exact)
        differences += [CellFinding(i, text) for text in found.differences]
        remarks += [CellFinding(i, text) for text in found.remarks]
    return Comparison(differences, remarks)


def compare_outputs(
    stored: Iterable[Output], new: Iterable[Output], *, exact: bool
) -> agreement.Findings:
    """Compare the outputs of one cell; see :func:`compare`.

    Args:
        stored: the stored outputs of the cell, as the notebook has them.
        new: its outputs when it was run again.
        exact: whether both were computed in equal arithmetic.

    Returns:
        A line for each difference, and one for each remark on what agrees.
    """
    before, now = normal(stored), normal(new)
    kinds = [_kind(output) for output in before], [_kind(output) for output in now]
    if kinds[0] != kinds[1]:
        words = [", ".join(side) or "nothing" for side in kinds]
        return agreement.Findings([f"other outputs: stored {words[0]}; now {words[1]}"], [])
    if exact:
        return agreement.Findings(describe(before, now), [])
    differences, remarks = [], []
    for i, (x, y) in enumerate(zip(before, now, strict=True)):
        differences += describe(x.get("metadata"), y.get("metadata"), f"[{i}].metadata")
        if CLAIMS_MIMETYPE in x.get("data", {}):
            found = agreement.compare(x["data"][CLAIMS_MIMETYPE], y["data"][CLAIMS_MIMETYPE])
            differences += found.differences
            remarks += found.remarks
    return agreement.Findings(differences, remarks)


def normal(outputs: Iterable[Output]) -> list[dict[str, Any]]:
    """Return outputs as they are compared.

    Standard error goes, pieces of one stream are joined and so are lines of a text, and numbers of
    executions go: :mod:`ovp_lib.lab.runs.integrity` checks them.

    Args:
        outputs: the outputs of one cell, as the notebook has them; they are not changed.

    Returns:
        New outputs, which are equal where the given ones differ in nothing that counts.
    """
    found: list[dict[str, Any]] = []
    for output in outputs:
        plain = {key: _joined(output[key]) for key in output if key != "execution_count"}
        if plain["output_type"] == "stream" and plain["name"] == "stderr":
            continue
        if "data" in plain:
            plain["data"] = {kind: _content(kind, plain["data"][kind]) for kind in plain["data"]}
        stream = plain["output_type"] == "stream"
        if stream and found and found[-1].get("name") == plain["name"]:
            found[-1]["text"] += plain["text"]
        else:
            found.append(plain)
    return found


def _sources(notebook: Notebook) -> list[list[str]]:
    return [[cell["cell_type"], notebooks.source(cell)] for cell in notebook["cells"]]


def _content(kind: str, value: Any) -> Any:
    """Return one representation of an output: JSON as it is, text joined, base64 in one line."""
    if kind.endswith("json"):
        return value
    text = _joined(value)
    if kind == "image/png":
        return _pixels("".join(text.split()))
    return "".join(text.split()) if kind.startswith("image/") and "svg" not in kind else text


def _pixels(encoded: str) -> str:
    """Return size and hash of the pixels of a PNG: of equal ones, packers make different bytes."""
    from PIL import Image  # loads slowly, and few outputs need it

    try:
        picture = Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGBA")
    except (ValueError, OSError):
        return encoded
    digest = hashlib.sha256(picture.tobytes()).hexdigest()[:16]
    return f"{picture.width} x {picture.height} pixels, {digest}"


def _joined(value: Any) -> Any:
    lines = isinstance(value, list) and all(isinstance(line, str) for line in value)
    return "".join(value) if lines else value


def _kind(output: Output) -> str:
    if output["output_type"] == "stream":
        return str(output["name"])
    if output["output_type"] == "error":
        return f"error {output.get('ename')}"
    return f"{output['output_type']} ({' + '.join(sorted(output.get('data', {})))})"
