"""A pytest plugin that makes ``pytest --nbval notebooks/`` compare as ``ovp check`` does.

nbval runs the cells; what it would skip, sanitise or pass over is decided here instead. A cell is
compared by :mod:`ovp_lib.lab.runs.comparison`, exactly where :mod:`ovp_lib.lab.runs.basis` allows
it, and fails if :mod:`ovp_lib.lab.runs.integrity` finds a fault in it. Kernels start in the
environment of ``ovp check``. A difference is shown in a line or two, however long the outputs.

``notebooks/conftest.py`` takes the hooks from here.
"""

import os
import re
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

from ovp_lib.errors import NotebookError
from ovp_lib.isolation import kernel_environment
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.runs import integrity
from ovp_lib.lab.runs.basis import Basis, decide
from ovp_lib.lab.runs.comparison import compare_outputs
from ovp_lib.lab.runs.difference import MAX_LINES, shorten

HARMLESS = "ignore:Kernel is running over TCP"
"""A warning of kernels that are reached by a local port; this project's tests make it an error."""

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
"""Escape sequences with which IPython colours its traces."""

BASES = pytest.StashKey[dict[Path, Basis]]()
REMARKS = pytest.StashKey[list[str]]()
PROBLEMS = pytest.StashKey[dict[int | None, list[str]]]()


def pytest_configure(config: pytest.Config) -> None:
    """Make room for what is decided once a session.

    Args:
        config: pytest gives the configuration of the session.
    """
    config.stash[BASES] = {}
    config.stash[REMARKS] = []


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Set the environment of kernels and decide how a folder is compared, when it is first met.

    Args:
        collector: pytest gives what it is about to collect from; only notebooks matter here.

    Raises:
        pytest.UsageError: if a notebook of the folder cannot be read, or they do not all say the
            same about their arithmetic.
    """
    if not isinstance(collector, IPyNbFile):
        return
    bases = collector.config.stash[BASES]
    if not bases:
        scratch = tempfile.TemporaryDirectory(prefix="ovp-nbval-")
        collector.config.add_cleanup(scratch.cleanup)
        threads = os.cpu_count() or 1
        own = kernel_environment("reproducible", threads=threads, scratch=Path(scratch.name))
        os.environ.clear()
        os.environ.update(own, TQDM_DISABLE="1")
    folder = collector.path.parent
    if folder not in bases:
        try:
            bases[folder] = decide(folder)
        except NotebookError as error:
            raise pytest.UsageError(str(error)) from error


def pytest_itemcollected(item: pytest.Item) -> None:
    """Name a cell as the rest of the lab does, and let a harmless warning of its kernel pass.

    Args:
        item: pytest gives a test that it has collected; only cells matter here.
    """
    if isinstance(item, IPyNbCell):
        item.add_marker(pytest.mark.filterwarnings(HARMLESS))
        item.reportinfo = partial(where, item)
        item.repr_failure = partial(failure, item.repr_failure)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a cell of which a comparison would show nothing; let this module compare the others.

    Args:
        item: pytest gives the test that it is about to run; only cells matter here.
    """
    if not isinstance(item, IPyNbCell):
        return
    found = problems(item.parent)
    mine = found.get(index(item), []) + (found.get(None, []) if item.cell_num == 0 else [])
    if mine:
        pytest.fail("\n".join(mine), pytrace=False)
    item.compare_outputs = partial(compare, item)


def problems(notebook: IPyNbFile) -> dict[int | None, list[str]]:
    """Return what is wrong with a stored notebook, by the index of the cell.

    Args:
        notebook: the notebook as nbval collects it; it is examined once a session.

    Returns:
        The faults of each cell that has any; those of the whole notebook have the key ``None``.
    """
    if PROBLEMS not in notebook.stash:
        found = integrity.problems(notebooks.read(notebook.path), notebook.path.stem)
        texts = {cell: [f.text for f in found if f.cell == cell] for cell, _ in found}
        notebook.stash[PROBLEMS] = texts
    return notebook.stash[PROBLEMS]


def compare(item: IPyNbCell, new: list[Any], stored: list[Any], *_: Any) -> bool:
    """Compare the outputs of a cell, leaving what differs where nbval looks for it.

    Args:
        item: the cell.
        new: its outputs when it was run again.
        stored: its stored outputs.

    Returns:
        Whether nothing differs.
    """
    exact = item.config.stash[BASES][item.path.parent].exact
    found = compare_outputs(stored, new, exact=exact)
    item.comparison_traceback = found.differences
    item.config.stash[REMARKS] += [f"{item.path.stem}: {remark}" for remark in found.remarks]
    return not found.differences


def index(item: IPyNbCell) -> int:
    """Return the index of a cell among all cells; nbval counts code cells only.

    Args:
        item: the cell, a code cell.

    Returns:
        The index, from 0.
    """
    code = [i for i, cell in enumerate(item.parent.nb.cells) if cell.cell_type == "code"]
    return code[item.cell_num]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say which comparison was made, and what should be known though nothing differs.

    Args:
        terminalreporter: pytest gives what writes to the terminal.
        config: pytest gives the configuration of the session.
    """
    for words in dict.fromkeys(basis.words for basis in config.stash[BASES].values()):
        terminalreporter.write_line(words)
    for remark in config.stash[REMARKS]:
        terminalreporter.write_line(f"note: {remark}")


def where(item: IPyNbCell) -> tuple[Path, int, str]:
    """Return what pytest shows as the place of a cell.

    Args:
        item: the cell.

    Returns:
        The path of the notebook, the line 0, and the words that name the cell.
    """
    path = os.path.relpath(item.path, item.config.rootpath)
    return item.path, 0, f"{path}, cell {index(item)}"


def failure(usual: Callable[..., Any], excinfo: pytest.ExceptionInfo[Any]) -> Any:
    """Return what pytest shows of a failure: short if it is nbval's.

    Args:
        usual: the method of the cell that says it where the failure is not nbval's.
        excinfo: the exception of the failure, as pytest gives it.

    Returns:
        The text, or what ``usual`` returns.
    """
    own = isinstance(excinfo.value, NbCellError)
    return describe(excinfo.value) if own else usual(excinfo)


def describe(error: NbCellError) -> str:
    """Say what is wrong with a cell: the message, where the cell begins, the end of its trace.

    Args:
        error: the exception of nbval.

    Returns:
        The text, of a few lines that are not too long to be read.
    """
    begin = next(iter(error.source.strip().splitlines()), "")
    plain = COLOURS.sub("", error.inner_traceback or "")
    trace = [line for line in plain.splitlines() if line.strip()]
    return "\n".join(
        map(shorten, [f"{error}, in the cell that begins", begin, *trace[-MAX_LINES:]])
    )
