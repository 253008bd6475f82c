"""A pytest plugin that makes nbval strict where it is lenient, and lenient where runs must differ.

Strict: a cell that was never executed, or a notebook that ends without its claims, fails; nbval
passes both. Lenient: progress bars, the random ids in an SVG and the last digits of the data that
comes with a figure do not count, and machines may differ as :mod:`ovp_lib.lab.agreement` says. A
difference is shown in a line or two, however long the outputs.
"""

import re
from collections.abc import Callable, Generator, Iterator
from functools import partial
from itertools import chain, islice
from typing import Any

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

from ovp_lib.lab import notebooks
from ovp_lib.lab.agreement import VARIES, align

SKIPPED = ("stderr", "image/svg+xml")
"""Outputs that are not compared, beside those that nbval skips."""

SANITISED = {r'href="data:[^"]*"': 'href="data:"'}
"""What is replaced in stored and in new outputs before they are compared."""

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
"""Escape sequences with which IPython colours its traces."""

MAX_LINES = 20
"""Lines shown of one cell's difference or traceback."""

MAX_WIDTH = 200
"""Characters shown of a line."""


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Tell nbval what not to compare."""
    if isinstance(collector, IPyNbFile):
        collector.skip_compare += SKIPPED
        collector.sanitize_patterns.update(SANITISED)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a cell that nbval would pass without comparing anything."""
    if isinstance(item, IPyNbCell):
        problem = vacuous(item)
        if problem:
            pytest.fail(problem, pytrace=False)
        item.compare_outputs = partial(compare, item, item.compare_outputs)


def compare(
    item: IPyNbCell, exactly: Callable[..., bool], new: list[Any], stored: list[Any], *rest: Any
) -> bool:
    """Compare the outputs of a cell exactly, but for what may vary between machines."""
    tags = item.cell.metadata.get("tags", [])
    for output, aligned in zip(new, align(stored, new, varies=VARIES in tags), strict=True):
        output.update(aligned)
    return exactly(new, stored, *rest)


def vacuous(item: IPyNbCell) -> str | None:
    """Return why comparing this cell would show nothing, or ``None``."""
    if item.cell.source.strip() and item.cell.execution_count is None:
        return "this cell was never executed: run the notebook and store its outputs"
    cells = notebooks.code_cells(item.parent.nb)
    if not cells or cells[-1][0] != index(item):
        return None
    if item.options["skip"] or not item.options["check"]:
        return "the claims of a notebook must be compared: remove nbval's marker from this cell"
    try:
        notebooks.claims(item.parent.nb, item.path.stem)
    except notebooks.NotebookError as error:
        return str(error)
    return None


def index(item: IPyNbCell) -> int:
    """Return the index of a cell among all cells; nbval counts code cells only."""
    code = [i for i, cell in enumerate(item.parent.nb.cells) if cell.cell_type == "code"]
    return code[item.cell_num]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Name the cell as the rest of the lab does, and keep what is shown of it short."""
    report = yield
    if isinstance(item, IPyNbCell):
        path, line, _ = report.location
        report.location = (path, line, f"{path}, cell {index(item)}")
        if call.excinfo and isinstance(call.excinfo.value, NbCellError):
            report.longrepr = describe(call.excinfo.value)
    return report


def describe(error: NbCellError) -> str:
    """Say what is wrong with a cell: the message, where the cell begins, the end of its trace."""
    begin = next(iter(error.source.strip().splitlines()), "")
    plain = COLOURS.sub("", error.inner_traceback or "")
    trace = [line for line in plain.splitlines() if line.strip()]
    return "\n".join(
        map(shorten, [f"{error}, in the cell that begins", begin, *trace[-MAX_LINES:]])
    )


@pytest.hookimpl(tryfirst=True)
def pytest_assertrepr_compare(left: object, right: object) -> list[str]:
    """Show where a stored and a new output differ; nbval takes the first answer it gets."""
    return list(islice(differences(left, right), MAX_LINES))


def differences(stored: Any, new: Any, where: str = "") -> Iterator[str]:
    r"""Yield a line for every place where two outputs differ.

    Example:
        >>> print(*differences({"a": [1, 2], "b": "x"}, {"a": [1, 3], "b": "x"}), sep="; ")
        .a[1]: stored 2, now 3
        >>> print(*differences("loss 0.5\nend", "loss 0.7\nend"))
        stored 'loss 0.5', now 'loss 0.7'
    """
    match stored, new:
        case dict(), dict() if stored.keys() == new.keys():
            yield from chain(*(differences(stored[k], new[k], f"{where}.{k}") for k in stored))
        case list(), list() if len(stored) == len(new):
            pairs = enumerate(zip(stored, new, strict=True))
            yield from chain(*(differences(*pair, f"{where}[{i}]") for i, pair in pairs))
        case str(), str() if stored != new:
            yield _difference(where, *_around_first_difference(stored, new))
        case _ if stored != new:
            yield _difference(where, stored, new)


def shorten(line: str) -> str:
    """Cut a line that is too long to be read."""
    return line if len(line) <= MAX_WIDTH else f"{line[: MAX_WIDTH - 4]} ..."


def _difference(where: str, stored: Any, new: Any) -> str:
    return f"{where}: stored {stored!r}, now {new!r}".removeprefix(": ")


def _around_first_difference(stored: str, new: str, before: int = 30) -> tuple[str, str]:
    """Cut two strings to where they first differ: to the line, and in it to a few characters."""
    pairs = enumerate(zip(stored, new, strict=False))
    first = next((i for i, (a, b) in pairs if a != b), min(len(stored), len(new)))
    start = max(stored.rfind("\n", 0, first) + 1, first - before)
    tails = (text[first : first + 2 * before] for text in (stored, new))
    left, right = (stored[start:first] + t[:1] + t[1:].split("\n")[0] for t in tails)
    return left, right
