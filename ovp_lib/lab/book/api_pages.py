"""The pages of the API: every package of the library has one, every module a section on it.

They are in the order of their names; the words at the top are the docstring of the package.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

LIBRARY = "ovp_lib"

PACKAGES = (
    *("maths", "models", "proofs", "kernels", "training", "experiments"),
    *("evidence", "pages", "lab", "cli"),
)
"""Packages with a page of their own, from the ground up."""

TITLES = {"cli": "Command line"}
"""Titles that are not the name of the package."""

TOP = "top"
"""The page of the modules that belong to no package."""


def api_pages(root: Path) -> dict[str, str]:
    """Return the text of every page of the API by its path.

    Args:
        root: folder of the project.

    Returns:
        Texts in Markdown by path from ``root``.
    """
    library = root / LIBRARY
    pages = {TOP: _page(library, sorted(library.glob("[!_]*.py")), "Beside the packages")}
    for name in PACKAGES:
        modules = sorted((library / name).rglob("[!_]*.py"))
        pages[name] = _page(library / name, modules, TITLES.get(name, name.capitalize()))
    return {f"book/api/{name}.md": text for name, text in pages.items()}


def _page(folder: Path, modules: list[Path], title: str) -> str:
    return "\n".join(_lines(folder, modules, title))


def _lines(folder: Path, modules: list[Path], title: str) -> Iterator[str]:
    yield f"# {title}\n"
    yield f"{_docstring(folder / '__init__.py')}\n"
    for module in modules:
        parts = module.with_suffix("").parts
        name = ".".join(parts[parts.index(LIBRARY) :])
        yield f"## `{name.removeprefix(f'{LIBRARY}.')}`\n"
        yield f"```{{eval-rst}}\n.. automodule:: {name}\n```\n"


def _docstring(module: Path) -> str:
    """Return the docstring of a package, without importing it, as Markdown."""
    text = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    return text.replace("``", "`").replace("::\n", ":\n")
