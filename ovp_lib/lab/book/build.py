"""Rendering the book, from the stored notebooks or from a run, with warnings as errors.

Nothing is written into the tree: the sources are put together in ``_build/source``, and only a book
that came out whole takes the place of the one before.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ovp_lib.errors import InputError, NotebookError
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.notebooks import Notebook
from ovp_lib.lab.files.provenance import record_path
from ovp_lib.lab.runs import sides
from ovp_lib.pages import ParameterError, Statement

PARTS = ("_config.yml", "_toc.yml", "book", "results")
"""Parts of a book beside its notebooks; those that exist are taken."""


BANNER = """\
:::{{admonition}} A run of your own
:class: warning
This page shows a run at the preset `{preset}`{changed}, not the stored notebook.{rest}
What the text says of numbers, and the card, are about the stored run.
:::"""
"""What a page of a run says first."""


class BookError(RuntimeError):
    """The book does not render; the message holds what Sphinx had to say."""


def build(
    root: Path,
    statements: Mapping[str, Statement],
    *,
    run: Path | None = None,
    only: Sequence[str] = (),
    out: Path,
) -> Path:
    """Render the book, or some pages of it.

    Args:
        root: folder of the project, with the parts of the book and the stored notebooks.
        statements: every statement by name.
        run: take the notebooks, and the records beside them, from this run: a folder, or one
            notebook. What it lacks is taken from what is stored; where it has other parameters
            than a preset, or is not whole, its pages say so.
        only: stems of pages; all of the book if there is none. Of a part links to what is left out
            are plain text, and warnings are no errors.
        out: folder for the book; ``out/html`` is replaced, everything else in it is scratch.

    Returns:
        The folder of the rendered pages.

    Raises:
        InputError: if the run has no notebook of the book, or a page is not there.
        BookError: if there was a warning or an error; the previous book is left as it was.
    """
    source, fresh, html, old = (out / name for name in ("source", "fresh", "html", "old"))
    taken = sides.found(run, statements) if run else {}
    found = {**notebooks.discover(root / "notebooks", statements), **taken}
    if missing := [name for name in only if name not in found]:
        raise InputError(f"no page {missing[0]!r}; there is {', '.join(found)}")
    for scratch in (source, fresh, old):
        shutil.rmtree(scratch, ignore_errors=True)
    _stage(root, found, source)
    for name in taken:
        _introduce(source / "notebooks" / f"{name}.ipynb", statements[name], len(taken), len(found))
    if only:
        _keep_only(source, only)
    _render(source, fresh, strictly=not only)
    if html.exists():
        # A rename cannot replace a folder that has files in it: the old book moves aside first.
        html.replace(old)
    (fresh / "_build" / "html").replace(html)
    for scratch in (source, fresh, old):
        shutil.rmtree(scratch, ignore_errors=True)
    return html


def _stage(root: Path, found: Mapping[str, Path], source: Path) -> None:
    source.mkdir(parents=True)
    for part in PARTS:
        if (root / part).is_dir():
            shutil.copytree(root / part, source / part)
        elif (root / part).is_file():
            shutil.copy2(root / part, source / part)
    (source / "notebooks").mkdir()
    for name, path in found.items():
        shutil.copy2(path, source / "notebooks" / f"{name}.ipynb")
        if record_path(path).is_file():
            shutil.copy2(record_path(path), source / "notebooks")


def introduction(notebook: Notebook, statement: Statement, taken: int, whole: int) -> str:
    """Say what on the page of a run is not as in the stored book.

    Args:
        notebook: of the run.
        statement: that it shows.
        taken: number of notebooks that the run has.
        whole: number of pages of the book that show a notebook.

    Returns:
        A box in MyST; nothing if the run is whole and has the parameters of a preset.
    """
    try:
        written = {**notebooks.parameters(notebook, statement.name), "device": "cpu"}
        parameters = statement.resolve(written)
    except (NotebookError, ParameterError):
        return ""  # its page says what is wrong
    preset = statement.nearest(parameters)
    seed = {"seed": parameters.seed} if parameters.seed else {}
    changed = {**seed, **statement.differences(parameters, preset)}
    if not changed and taken == whole:
        return ""
    values = ", ".join(f"`{name} = {notebooks.literal(v)}`" for name, v in changed.items())
    rest = f" Of {whole} pages {taken} are of this run; the others are the stored ones."
    return BANNER.format(
        preset=preset,
        changed=f" with {values}" if values else "",
        rest=rest if taken < whole else "",
    )


def _introduce(page: Path, statement: Statement, taken: int, whole: int) -> None:
    """Put the introduction behind the title of a page."""
    notebook = notebooks.read(page)
    text = introduction(notebook, statement, taken, whole)
    if text:
        cell = {"cell_type": "markdown", "id": "ovp-run", "metadata": {}, "source": text}
        notebook["cells"].insert(1, cell)
        notebooks.write(page, notebook)


def _keep_only(source: Path, pages: Sequence[str]) -> None:
    """Make a book of some pages."""
    first, *others = (f"notebooks/{name}" for name in pages)
    chapters = [f"- file: {name}" for name in others]
    lines = ["format: jb-book", f"root: {first}", *(["chapters:", *chapters] if others else [])]
    (source / "_toc.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _render(source: Path, fresh: Path, *, strictly: bool) -> None:
    # The command of this environment, whatever the search path of the shell finds.
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    # With --keep-going Sphinx reports all warnings, and not the first one alone.
    strict = ["-W", "-n", "--keep-going"] if strictly else []
    options = ["--path-output", str(fresh.resolve()), *strict, "-q"]
    command = [str(jupyter_book), "build", ".", *options]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    if done.returncode:
        said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr).splitlines()
        remarks = [line for line in said if re.search(r"WARNING|ERROR|[a-z]Error", line)]
        raise BookError("\n".join(remarks or said[-20:]))
