"""The pages of the API of a small library."""

from pathlib import Path

from ovp_lib.lab.book.api_pages import LIBRARY, PACKAGES, TOP, api_pages


def test_a_page_has_the_words_of_its_package_and_a_section_for_each_module(tmp_path: Path) -> None:
    for name in ("", *PACKAGES):
        folder = tmp_path / LIBRARY / name
        folder.mkdir()
        (folder / "__init__.py").write_text(f'"""What ``{name or LIBRARY}`` is."""\n')
    (tmp_path / LIBRARY / "errors.py").touch()
    deep = tmp_path / LIBRARY / "lab" / "files"
    deep.mkdir()
    for name in ("__init__", "b", "a", "_hidden"):
        (deep / f"{name}.py").touch()
    pages = api_pages(tmp_path)
    assert set(pages) == {f"book/api/{name}.md" for name in (TOP, *PACKAGES)}
    assert pages["book/api/lab.md"] == (
        "# Lab\n\nWhat `lab` is.\n\n"
        "## `lab.files.a`\n\n```{eval-rst}\n.. automodule:: ovp_lib.lab.files.a\n```\n\n"
        "## `lab.files.b`\n\n```{eval-rst}\n.. automodule:: ovp_lib.lab.files.b\n```\n"
    )
    assert "automodule:: ovp_lib.errors\n" in pages[f"book/api/{TOP}.md"]


def test_there_is_no_page_of_a_package_that_is_gone() -> None:
    root = Path(__file__).parents[3]
    stored = {path.relative_to(root).as_posix() for path in (root / "book/api").glob("*.md")}
    assert stored == {"book/api/index.md", *api_pages(root)}
