"""A new page in a copy of the project: it runs, it is tested, and the book is built with it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ovp_lib.errors import InputError
from ovp_lib.lab.book import inventory
from ovp_lib.lab.book.new_page import create
from ovp_lib.lab.files import notebooks
from ovp_lib.pages import STATEMENTS

ROOT = Path(__file__).parents[3]
NAME, ROW = "resnet-mirror-descent", "resnet/section-6"  # the example that is given
STEM = NAME.replace("-", "_")
PARTS = ("ovp_lib", "tests", "book", "_config.yml", "_toc.yml", "pyproject.toml")
FILES = ("README.md", "CHANGELOG.md", "CITATION.cff")
IGNORED = shutil.ignore_patterns("mathjax", "__pycache__")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project without notebooks."""
    for part in (*PARTS, *FILES):
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, tmp_path / part, ignore=IGNORED)
        else:
            shutil.copy(ROOT / part, tmp_path)
    (tmp_path / "notebooks").mkdir()
    return tmp_path


def python(project: Path, *arguments: str) -> str:
    """Run Python in the copy, with the copy's library."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_example_that_is_given_would_run() -> None:
    example = f"ovp new {NAME} --row {ROW}"
    row = inventory.read(ROOT, STATEMENTS).rows[ROW]
    assert (row.state, row.claims) == ("to come", ()), "choose another example, here and there"
    for path in ("CONTRIBUTING.md", "ovp_lib/cli/book.py"):
        assert example in (ROOT / path).read_text(encoding="utf-8")


def test_a_page_is_one_folder_one_notebook_and_a_line(project: Path) -> None:
    before = {path: (project / path).read_text() for path in ("book/inventory.yml", *FILES)}
    assert create(project, STATEMENTS, NAME, ROW) == [
        f"ovp_lib/pages/{STEM}/__init__.py",
        f"ovp_lib/pages/{STEM}/statement.py",
        f"tests/pages/{STEM}/__init__.py",
        f"notebooks/{NAME}.ipynb",
        "book/inventory.yml",
        "CHANGELOG.md",
    ]
    old = before["book/inventory.yml"].splitlines()
    new = (project / "book/inventory.yml").read_text().splitlines()
    assert [line for line in new if line not in old] == [f"      claims: [{NAME}.*]"]
    assert len(old) - len(new) == 2  # what it feeds is in its statement; it needs nothing
    added = set((project / "CHANGELOG.md").read_text().splitlines()) - set(
        before["CHANGELOG.md"].splitlines()
    )
    assert f"(`{NAME}`)" in "".join(added)
    notebook = notebooks.read(project / "notebooks" / f"{NAME}.ipynb")
    assert "@" not in json.dumps(notebook)
    shown = notebooks.parameters(notebook, NAME)
    assert shown["dimension"] == 6
    (project / "book/inventory.yml").write_text(before["book/inventory.yml"])
    with pytest.raises(InputError, match="there already"):
        create(project, STATEMENTS, NAME, ROW)


@pytest.mark.parametrize(
    ("name", "row", "message"),
    [
        ("Lemma_6", ROW, "a page is named like resnet-mirror-descent, not 'Lemma_6'"),
        ("figure-1", ROW, "there is a page figure-1 already"),
        (NAME, "full/lemma-9", "no row 'full/lemma-9' in book/inventory.yml; to come are"),
        (NAME, "full/lemma-6-3", "is judged by lemma-6-3-indicator-to-function already"),
    ],
)
def test_what_cannot_be_a_page_is_refused(project: Path, name: str, row: str, message: str) -> None:
    before = sorted(project.rglob("*"))
    with pytest.raises(InputError, match=message):
        create(project, STATEMENTS, name, row)
    assert sorted(project.rglob("*")) == before


@pytest.mark.slow
def test_a_new_page_runs_is_tested_and_is_in_the_book(project: Path) -> None:
    ovp = ("-m", "ovp_lib.cli")
    python(project, *ovp, "new", NAME, "--row", ROW)
    with _what_is_stored(project):
        changed = python(project, *ovp, "shelf").split()
    assert {"_toc.yml", "README.md", "book/map.md", "book/api/pages.md"} <= set(changed)
    assert f"../notebooks/{NAME}.html" in (project / "book/map.md").read_text()
    python(project, *ovp, "run", NAME, "--preset", "tiny", "--out", "run")
    made = (f"ovp_lib/pages/{STEM}", f"tests/pages/{STEM}", f"notebooks/{NAME}.ipynb")
    python(project, "-m", "ruff", "check", *made)
    python(project, "-m", "ruff", "format", "--check", *made)
    tests = ("tests/pages/test_every_page.py", "tests/pages/test_form.py")
    python(project, "-m", "pytest", "-q", *tests, "-k", f"{NAME} and not executed")
    _only_this_page(project)
    python(project, *ovp, "book", "--from", "run", "--out", "out")
    page = (project / f"out/html/notebooks/{NAME}.html").read_text()
    assert "Table 1, Section 6.1: how the proof goes" in page
    assert "To be replaced: the mean of N points" in page
    assert "To be replaced: what the statement says" in page.partition('class="ovp-card"')[2]


@contextmanager
def _what_is_stored(project: Path) -> Iterator[None]:
    """Lend the stored notebooks and results, from which the front page tells what was found."""
    results = project / "results"
    lent = [project / "notebooks" / path.name for path in (ROOT / "notebooks").glob("*.ipynb")]
    for path in (results, *lent):
        path.symlink_to(ROOT / path.relative_to(project))
    yield
    for path in (results, *lent):
        path.unlink()


def _only_this_page(project: Path) -> None:
    """Leave of the book what the page refers to."""
    (project / "_toc.yml").write_text(
        f"format: jb-book\nroot: book/index\nchapters:\n"
        f"- file: notebooks/{NAME}\n- file: book/verdicts\n- file: book/references\n"
    )
    for name in ("index", "verdicts"):
        (project / f"book/{name}.md").write_text(f"# {name.capitalize()}\n")
