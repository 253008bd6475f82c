"""The pages of the API: what each package offers, by purpose, and its modules folded below.

The words at the top are the docstring of the package. A package with a stub shows its public names
in the groups of the stub, each with an example; another one shows the modules that its ``__all__``
speaks of. All else is under "Internals", where it can be linked to and read.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ovp_lib.lab.book import offer

LIBRARY = "ovp_lib"

PACKAGES = (
    *("maths", "models", "datasets", "proofs", "kernels", "training", "experiments"),
    *("evidence", "pages", "lab", "cli"),
)
"""Packages with a page of their own, from the ground up."""

TITLES = {"cli": "Command line"}
"""Titles that are not the name of the package."""

COMMANDS = "cli"
"""The package that nobody imports: ``ovp --help`` shows what it offers."""

TOP = "top"
"""The page of the modules that belong to no package."""

NEVER = ("model_config",)
"""Members that no page shows, since they say nothing."""

INTERNALS = "These modules do the work. A script should not need them, and their names may change."


def api_pages(root: Path) -> dict[str, str]:
    """Return the text of every page of the API by its path.

    Args:
        root: folder of the project.

    Returns:
        Texts in Markdown by path from ``root``.
    """
    library = root / LIBRARY
    parts = [f"# Beside the packages\n\n{_docstring(library)}\n"]
    parts += [_open(_name(module)) for module in sorted(library.glob("[!_]*.py"))]
    pages = {TOP: "\n".join(parts)}
    for name in PACKAGES:
        title = TITLES.get(name, name.capitalize())
        pages[name] = "\n".join(_lines(library / name, title))
    return {f"book/api/{name}.md": text for name, text in pages.items()}


def _lines(folder: Path, title: str) -> Iterator[str]:
    """Yield the parts of the page of a package."""
    yield f"# {title}\n\n{_docstring(folder)}\n"
    groups = offer.of_package(folder)
    modules = {_name(path): path for path in sorted(folder.rglob("[!_]*.py"))}
    for group in groups:
        yield _group(group, modules)
    public = {} if groups or folder.name == COMMANDS else _public_modules(folder, modules)
    for name in public:
        yield _open(name)
    if internal := [name for name in modules if name not in public]:
        homes = {name: home for group in groups for name, home in group.homes.items()}
        yield f"## Internals\n\n{INTERNALS}\n"
        for name in internal:
            yield _folded(name, [each for each, home in homes.items() if home == name])


def _group(group: offer.Purpose, modules: Mapping[str, Path]) -> str:
    """Return the section of a group: its example, and what each of its names is."""
    kinds = {name: _kind(modules[home], name) for name, home in group.homes.items()}
    shown = [f".. {kinds[name]}:: {home}.{name}" for name, home in group.homes.items()]
    example = f"```{{code-block}} pycon\n{group.example}\n```\n\n" if group.example else ""
    return f"## {group.title}\n\n{example}```{{eval-rst}}\n" + "\n".join(shown) + "\n```\n"


def _kind(module: Path, name: str) -> str:
    """Return the directive that documents a name, found without importing its module."""
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return "autoclass"
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return "autofunction"
    return "autodata"


def _public_modules(folder: Path, modules: Iterable[str]) -> dict[str, None]:
    """Return the modules that ``__all__`` names, or from which it takes a name."""
    tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    names = {
        each.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        for each in ast.walk(node.value)
        if isinstance(each, ast.Constant)
    }
    imports = [
        (f"{node.module}.{each.name}", node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for each in node.names
        if each.name in names
    ]
    return {name: None for name in modules if any(name in both for both in imports)}


def _open(name: str) -> str:
    return f"## `{_short(name)}`\n\n```{{eval-rst}}\n.. automodule:: {name}\n```\n"


def _folded(name: str, public: list[str]) -> str:
    """Return a module in a box that is closed, without what is shown above."""
    without = f"   :exclude-members: {', '.join([*NEVER, *public])}\n" if public else ""
    module = f"```{{eval-rst}}\n.. automodule:: {name}\n{without}```"
    return f":::{{dropdown}} `{_short(name)}`\n{module}\n:::\n"


def _name(module: Path) -> str:
    parts = module.with_suffix("").parts
    return ".".join(parts[len(parts) - 1 - parts[::-1].index(LIBRARY) :])


def _short(name: str) -> str:
    return name.removeprefix(f"{LIBRARY}.")


def _docstring(folder: Path) -> str:
    """Return the docstring of a package, without importing it, as Markdown."""
    tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").replace("``", "`").replace("::\n", ":\n")
