"""The pages of the API of a small library."""

from pathlib import Path

import pytest

from ovp_lib.lab.book.api_pages import INTERNALS, LIBRARY, PACKAGES, TOP, api_pages

STUB = """# Adding.
#
# >>> from ovp_lib.maths import add
# >>> add(1, 1)
# 2
from ovp_lib.maths.sums import ONE as ONE, Sum as Sum, add as add

# Taking away.
from ovp_lib.maths.differences import subtract as subtract
"""


@pytest.fixture
def pages(tmp_path: Path) -> dict[str, str]:
    library = tmp_path / LIBRARY
    for name in ("", *PACKAGES):
        (library / name).mkdir()
        (library / name / "__init__.py").write_text(f'"""What ``{name or LIBRARY}`` is."""\n')
    (library / "errors.py").touch()
    maths, lab = library / "maths", library / "lab"
    (maths / "__init__.pyi").write_text(STUB)
    (maths / "sums.py").write_text("ONE = 1\nclass Sum: ...\ndef add(a, b): ...\ndef more(): ...\n")
    (maths / "differences.py").write_text("def subtract(a, b): ...\n")
    (lab / "files").mkdir()
    for name in ("__init__", "b", "a", "_hidden"):
        (lab / "files" / f"{name}.py").touch()
    (lab / "base.py").touch()
    with (lab / "__init__.py").open("a") as init:
        init.write(
            "from ovp_lib.lab.base import Base, Hidden\nfrom ovp_lib.lab.files import b, a\n"
        )
        init.write('__all__ = ["Base", "b"]\n')
    return api_pages(tmp_path)


def test_public_names_stand_in_their_groups_with_an_example(pages: dict[str, str]) -> None:
    assert pages["book/api/maths.md"].startswith(
        "# Maths\n\nWhat `maths` is.\n\n"
        "## Adding\n\n```{code-block} pycon\n>>> from ovp_lib.maths import add\n>>> add(1, 1)\n2\n"
        "```\n\n```{eval-rst}\n.. autodata:: ovp_lib.maths.sums.ONE\n"
        ".. autoclass:: ovp_lib.maths.sums.Sum\n.. autofunction:: ovp_lib.maths.sums.add\n```\n\n"
        "## Taking away\n\n```{eval-rst}\n.. autofunction:: ovp_lib.maths.differences.subtract\n"
    )


def test_a_folded_module_leaves_out_what_stands_above(pages: dict[str, str]) -> None:
    assert pages["book/api/maths.md"].endswith(
        f"## Internals\n\n{INTERNALS}\n\n"
        ":::{dropdown} `maths.differences`\n```{eval-rst}\n"
        ".. automodule:: ovp_lib.maths.differences\n"
        "   :exclude-members: model_config, subtract\n```\n:::\n\n"
        ":::{dropdown} `maths.sums`\n```{eval-rst}\n.. automodule:: ovp_lib.maths.sums\n"
        "   :exclude-members: model_config, ONE, Sum, add\n```\n:::\n"
    )


def test_a_package_without_a_stub_shows_the_modules_of_its_all(pages: dict[str, str]) -> None:
    assert pages["book/api/lab.md"] == (
        "# Lab\n\nWhat `lab` is.\n\n"
        "## `lab.base`\n\n```{eval-rst}\n.. automodule:: ovp_lib.lab.base\n```\n\n"
        "## `lab.files.b`\n\n```{eval-rst}\n.. automodule:: ovp_lib.lab.files.b\n```\n\n"
        f"## Internals\n\n{INTERNALS}\n\n"
        ":::{dropdown} `lab.files.a`\n```{eval-rst}\n"
        ".. automodule:: ovp_lib.lab.files.a\n```\n:::\n"
    )


def test_every_package_has_a_page_and_so_has_what_is_beside_them(pages: dict[str, str]) -> None:
    assert set(pages) == {f"book/api/{name}.md" for name in (TOP, *PACKAGES)}
    assert "automodule:: ovp_lib.errors\n" in pages[f"book/api/{TOP}.md"]
    assert pages["book/api/cli.md"] == "# Command line\n\nWhat `cli` is.\n"


def test_there_is_no_page_of_a_package_that_is_gone() -> None:
    root = Path(__file__).parents[3]
    stored = {path.relative_to(root).as_posix() for path in (root / "book/api").glob("*.md")}
    assert stored == {"book/api/index.md", *api_pages(root)}
