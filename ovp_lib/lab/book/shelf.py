"""What of the book follows from the library, so that nobody types it: the pages of the API.

Every package of the library has a page, every module a section on it, in the order of their names.
The words at the top are the docstring of the package. ``ovp shelf`` writes the pages, and a test
compares them with what is stored.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

LIBRARY = "ovp_lib"

PACKAGES = (
    *("maths", "models", "proofs", "kernels", "training", "experiments"),
    *("evidence", "pages", "lab"),
)
"""Packages with a page of their own, from the ground up."""

TOP = "top"
"""The page of the modules that belong to no package."""


def api_pages(root: Path) -> dict[str, str]:
    """Return the text of every page of the API by its path.

    Args:
        root: folder of the project.
    """
    library = root / LIBRARY
    pages = {TOP: _page(library, sorted(library.glob("[!_]*.py")), "Beside the packages")}
    for name in PACKAGES:
        modules = sorted((library / name).rglob("[!_]*.py"))
        pages[name] = _page(library / name, modules, name.capitalize())
    return {f"book/api/{name}.md": text for name, text in pages.items()}


def write(root: Path) -> list[str]:
    """Write what is not as it should be, and return the paths of what was written."""
    changed = []
    for path, text in api_pages(root).items():
        file = root / path
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


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
