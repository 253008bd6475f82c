"""Rendering a tiny book: what is staged, what is refused, what stays when it fails."""

import re
import shutil
from pathlib import Path

import pytest

from ovp_lib.errors import InputError
from ovp_lib.home import ROOT
from ovp_lib.lab.book.build import BookError, build, introduction
from ovp_lib.lab.files import notebooks
from ovp_lib.pages import STATEMENTS
from tests.lab.runs.test_score import NAME, claims, store

CONFIG = """
title: tiny
only_build_toc_files: true
execute:
  execute_notebooks: "off"
sphinx:
  extra_extensions: [ovp_lib.lab.book.sphinx_ext]
"""


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose book has been rendered from what it stores."""
    root = tmp_path_factory.mktemp("project")
    (root / "book").mkdir()
    (root / "_config.yml").write_text(CONFIG)
    (root / "_toc.yml").write_text(
        f"format: jb-book\nroot: book/index\nchapters:\n- file: notebooks/{NAME}\n"
    )
    (root / "book" / "index.md").write_text("# Tiny\n\n```{scoreboard}\n```\n")
    store(root / "notebooks", claims(a=1.0))
    before = sorted(path.name for path in root.iterdir())
    assert build(root, STATEMENTS, out=root / "_build") == root / "_build" / "html"
    assert sorted(path.name for path in root.iterdir()) == sorted([*before, "_build"])
    return root


@pytest.fixture
def root(rendered: Path, tmp_path: Path) -> Path:
    """A copy of that project, to be changed."""
    return Path(shutil.copytree(rendered, tmp_path / "project"))


def front_page(root: Path) -> str:
    return (root / "_build" / "html" / "book" / "index.html").read_text()


def test_a_book_that_fails_leaves_the_one_before_and_nothing_in_the_tree(root: Path) -> None:
    before = sorted(path.name for path in root.iterdir())
    assert "1 empirical claims (1 holds)" in front_page(root)
    assert [path.name for path in (root / "_build").iterdir()] == ["html"]
    (root / "book" / "index.md").write_text("# Tiny\n\n{doc}`nowhere`\n")
    with pytest.raises(BookError, match="nowhere"):
        build(root, STATEMENTS, out=root / "_build")
    assert "1 empirical claims (1 holds)" in front_page(root)
    assert sorted(path.name for path in root.iterdir()) == before


def test_a_run_without_a_notebook_is_refused_before_anything_is_built(root: Path) -> None:
    shutil.rmtree(root / "_build")
    with pytest.raises(InputError, match="no notebook of a statement"):
        build(root, STATEMENTS, run=root / "book", out=root / "_build")
    with pytest.raises(InputError, match="there is no folder"):
        build(root, STATEMENTS, run=root / "nowhere", out=root / "_build")
    with pytest.raises(InputError, match="no page 'nothing'; there is"):
        build(root, STATEMENTS, only=["nothing"], out=root / "_build")
    assert not (root / "_build").exists()


def test_the_book_shows_the_run_and_not_what_is_stored(root: Path) -> None:
    assert "1 empirical claims (1 holds)" in front_page(root)
    store(root / "run", claims(mine=-1.0))
    build(root, STATEMENTS, run=root / "run", out=root / "_build")
    assert "1 empirical claims (1 fails)" in front_page(root)
    assert [path.name for path in (root / "_build").iterdir()] == ["html"]


def test_a_run_that_is_changed_or_not_whole_says_so() -> None:
    statement = STATEMENTS["theorem-1-two-layer"]
    notebook = notebooks.read(ROOT / "notebooks" / f"{statement.name}.ipynb")
    assert introduction(notebook, statement, 10, 10) == ""
    part = introduction(notebook, statement, 1, 10)
    assert "at the preset `quick`, not the stored notebook" in part
    assert "Of 10 pages 1 are of this run" in part
    notebooks.substitute(notebook, statement.name, {"noise": 0.5, "seed": 3})
    changed = introduction(notebook, statement, 10, 10)
    assert "`quick` with `seed = 3`, `noise = 0.5`" in changed
    assert "pages" not in changed


def test_a_page_of_a_run_is_rendered_alone_and_says_so(root: Path) -> None:
    """Its links to what is left out are no errors; the rest is the stored book."""
    stored = notebooks.read(ROOT / "notebooks" / f"{NAME}.ipynb")
    notebooks.substitute(stored, NAME, {"seed": 3})
    notebooks.write(root / f"{NAME}.ipynb", stored)
    (root / "book" / "index.md").unlink()
    build(root, STATEMENTS, run=root / f"{NAME}.ipynb", only=[NAME], out=root / "pages")
    html = (root / "pages" / "html" / "notebooks" / f"{NAME}.html").read_text()
    assert "A run of your own" in html
    assert "seed = 3, not the stored notebook" in re.sub(r"<[^>]+>", "", html)
