"""Rendering the book, from the stored notebooks or from a run, with warnings as errors.

Nothing is written into the tree: the sources are put together in ``_build/source``, and only a book
that came out whole takes the place of the one before.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ovp_lib.errors import InputError
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.provenance import record_path
from ovp_lib.pages import Statement

PARTS = ("_config.yml", "_toc.yml", "book", "results")
"""Parts of a book beside its notebooks; those that exist are taken."""


class BookError(RuntimeError):
    """The book does not render; the message holds what Sphinx had to say."""


def build(
    root: Path, statements: Mapping[str, Statement], *, run: Path | None = None, out: Path
) -> Path:
    """Render the book.

    Args:
        root: folder of the project, with the parts of the book and the stored notebooks.
        statements: every statement by name.
        run: take the notebooks, and the records beside them, from this run.
        out: folder for the book; ``out/html`` is replaced, everything else in it is scratch.

    Returns:
        The folder of the rendered pages.

    Raises:
        InputError: if the run lacks a notebook of the book.
        BookError: if there was a warning or an error; the previous book is left as it was.
    """
    source, fresh, html, old = (out / name for name in ("source", "fresh", "html", "old"))
    found = _notebooks(root, statements, run)
    for scratch in (source, fresh, old):
        shutil.rmtree(scratch, ignore_errors=True)
    _stage(root, found, source)
    _render(source, fresh)
    if html.exists():
        html.replace(old)
    (fresh / "_build" / "html").replace(html)
    for scratch in (source, fresh, old):
        shutil.rmtree(scratch, ignore_errors=True)
    return html


def _notebooks(
    root: Path, statements: Mapping[str, Statement], run: Path | None
) -> dict[str, Path]:
    stored = notebooks.discover(root / "notebooks", statements)
    if run is None:
        return stored
    found = notebooks.discover(run, statements)
    if missing := [name for name in stored if name not in found]:
        raise InputError(f"the run {run} lacks {', '.join(missing)}; run: ovp run --all")
    return found


def _stage(root: Path, found: Mapping[str, Path], source: Path) -> None:
    source.mkdir(parents=True)
    for part in PARTS:
        if (root / part).is_dir():
            shutil.copytree(root / part, source / part)
        elif (root / part).is_file():
            shutil.copy2(root / part, source / part)
    (source / "notebooks").mkdir()
    for path in found.values():
        shutil.copy2(path, source / "notebooks")
        if record_path(path).is_file():
            shutil.copy2(record_path(path), source / "notebooks")


def _render(source: Path, fresh: Path) -> None:
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    options = ["--path-output", str(fresh.resolve()), "-W", "-n", "--keep-going", "-q"]
    command = [str(jupyter_book), "build", ".", *options]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    if done.returncode:
        said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr).splitlines()
        remarks = [line for line in said if re.search(r"WARNING|ERROR|[a-z]Error", line)]
        raise BookError("\n".join(remarks or said[-20:]))
