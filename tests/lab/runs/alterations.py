"""Ways to alter a stored notebook so that it no longer shows what its cells compute.

Each returns whether the notebook had what it alters.
"""

import base64
import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

from ovp_lib.evidence.claims import CLAIMS_MIMETYPE, NARROW_MIMETYPE, Claims

Notebook = dict[str, Any]
Alter = Callable[[Notebook], bool]

DOWNLOAD = re.compile(r"(data:text/csv[^,]*,)([A-Za-z0-9+/=]+)")
DIGIT = re.compile(r"(\d)(\D*)$", re.DOTALL)


def outputs(notebook: Notebook) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield every output with its cell."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            yield cell, output


def with_kind(notebook: Notebook, kind: str) -> Iterator[dict[str, Any]]:
    """Yield the data of every output that has a representation of this kind."""
    return (o["data"] for _, o in outputs(notebook) if kind in o.get("data", {}))


def text(value: Any) -> str:
    return value if isinstance(value, str) else "".join(value)


def next_digit(found: re.Match[str]) -> str:
    return str((int(found[1]) + 1) % 10) + found[2]


def csv_download(notebook: Notebook) -> bool:
    """The last digit of the data under a figure."""

    def other(found: re.Match[str]) -> str:
        data = DIGIT.sub(next_digit, base64.b64decode(found[2]).decode())
        return found[1] + base64.b64encode(data.encode()).decode()

    for data in with_kind(notebook, "text/html"):
        if DOWNLOAD.search(text(data["text/html"])):
            data["text/html"] = DOWNLOAD.sub(other, text(data["text/html"]), count=1)
            return True
    return False


def svg(notebook: Notebook) -> bool:
    """One digit of a path in a drawing."""
    for data in with_kind(notebook, "image/svg+xml"):
        before = text(data["image/svg+xml"])
        data["image/svg+xml"] = re.sub(r"(\d)(\D*?\" clip-path)", next_digit, before, count=1)
        return bool(data["image/svg+xml"] != before)
    return False


def narrow(notebook: Notebook) -> bool:
    """One digit of a drawing for phones."""
    for data in with_kind(notebook, NARROW_MIMETYPE):
        before = text(data[NARROW_MIMETYPE])
        data[NARROW_MIMETYPE] = re.sub(r"(\d)(\D*?\" clip-path)", next_digit, before, count=1)
        return bool(data[NARROW_MIMETYPE] != before)
    return False


def png(notebook: Notebook) -> bool:
    """One byte of an image."""
    for data in with_kind(notebook, "image/png"):
        content = bytearray(base64.b64decode(text(data["image/png"])))
        content[-20] ^= 1
        data["image/png"] = base64.b64encode(content).decode()
        return True
    return False


def claim(notebook: Notebook, **changes: Any) -> bool:
    """Change the numbers of the first claim that holds, and nothing else."""
    for data in with_kind(notebook, CLAIMS_MIMETYPE):
        for one in data[CLAIMS_MIMETYPE]["claims"]:
            if one["verdict"] == "holds":
                one.update(changes)
                return True
    return False


def widened_claim(notebook: Notebook) -> bool:
    """A claim that holds whatever was measured."""
    return claim(notebook, measured=1.13, interval=[-1e7, 1e7])


def moved_claim(notebook: Notebook) -> bool:
    """A claim with other numbers from which its verdict does follow, and a table to match."""
    for data in with_kind(notebook, CLAIMS_MIMETYPE):
        record = data[CLAIMS_MIMETYPE]
        for one in record["claims"]:
            low, high = one["interval"]
            if low != high and one["measured"] not in (low, high):
                one["measured"] = low
                data.update(Claims.from_record(record)._repr_mimebundle_())
                return True
    return False


def table_of_claims(notebook: Notebook) -> bool:
    """The table that a reader sees, and not the record."""
    for data in with_kind(notebook, CLAIMS_MIMETYPE):
        data["text/html"] = text(data["text/html"]).replace("fails", "holds", 1) + " "
        return True
    return False


def printed_digit(notebook: Notebook) -> bool:
    """The last digit of a table."""
    for data in with_kind(notebook, "text/plain"):
        if CLAIMS_MIMETYPE not in data and DIGIT.search(text(data["text/plain"])):
            data["text/plain"] = DIGIT.sub(next_digit, text(data["text/plain"]))
            return True
    return False


def name_of_a_figure(notebook: Notebook) -> bool:
    """The name under which a figure is shown elsewhere."""
    for _, output in outputs(notebook):
        if "scrapbook" in output.get("metadata", {}):
            output["metadata"]["scrapbook"]["name"] += "-2"
            return True
    return False


def appended_output(notebook: Notebook) -> bool:
    """A line that no cell printed."""
    cell = next(cell for cell, _ in outputs(notebook))
    cell["outputs"].append({"output_type": "stream", "name": "stdout", "text": ["all is well\n"]})
    return True


def removed_output(notebook: Notebook) -> bool:
    """Something that a cell shows."""
    cell = next(cell for cell, _ in outputs(notebook))
    del cell["outputs"][0]
    return True


def swapped_outputs(notebook: Notebook) -> bool:
    """Two figures, each in the other's place."""
    shown = list(with_kind(notebook, "image/svg+xml"))
    if len(shown) < 2:
        return False
    first, second = shown[0]["image/svg+xml"], shown[1]["image/svg+xml"]
    shown[0]["image/svg+xml"], shown[1]["image/svg+xml"] = second, first
    return True


def code_cells(notebook: Notebook) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def removed_cell(notebook: Notebook) -> bool:
    """A cell in the middle."""
    codes = code_cells(notebook)
    notebook["cells"].remove(codes[len(codes) // 2])
    return True


def removed_last_cell(notebook: Notebook) -> bool:
    """The claims."""
    notebook["cells"].remove(code_cells(notebook)[-1])
    return True


def added_cell(notebook: Notebook) -> bool:
    """A cell that was not run with the others."""
    codes = code_cells(notebook)
    other = copy.deepcopy(codes[1])
    other.update(id="added", outputs=[], source=["x = 1"])
    notebook["cells"].insert(notebook["cells"].index(codes[2]), other)
    return True


def never_executed(notebook: Notebook) -> bool:
    """A cell without a number, and so without outputs."""
    code_cells(notebook)[1].update(execution_count=None, outputs=[])
    return True


def tag(notebook: Notebook) -> bool:
    """What makes nbval ignore a cell's outputs."""
    code_cells(notebook)[2]["metadata"].setdefault("tags", []).append("nbval-ignore-output")
    return True


def skip_tag(notebook: Notebook) -> bool:
    """What makes papermill skip a cell."""
    code_cells(notebook)[2]["metadata"].setdefault("tags", []).append("skip-execution")
    return True


def comment(notebook: Notebook) -> bool:
    """The same for nbval as a comment, which is a change of a cell that changes no output."""
    cell = code_cells(notebook)[2]
    cell["source"] = "# NBVAL_IGNORE_OUTPUT\n" + text(cell["source"])
    return True


KINDS: tuple[Alter, ...] = (
    csv_download,
    svg,
    narrow,
    png,
    widened_claim,
    moved_claim,
    table_of_claims,
    printed_digit,
    name_of_a_figure,
    appended_output,
    removed_output,
    swapped_outputs,
    removed_cell,
    removed_last_cell,
    added_cell,
    never_executed,
    tag,
    skip_tag,
    comment,
)
"""One alteration of each kind."""

RARE = {png}
"""Kinds of which not every notebook has what is altered."""
