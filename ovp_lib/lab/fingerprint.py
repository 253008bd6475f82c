"""A fingerprint of the science code that a number depends on.

It covers the module that defines a sweep's ``run`` and every module of the same packages that this
one imports, directly or not, found by reading the sources and not by running them. Comments,
docstrings and formatting do not count. Neither do

- versions of other packages: they, like the processor, move the last digits, and weeks of computing
  should not be void after an upgrade; every shard records them instead;
- the ``__init__`` of a package above an imported module, unless a name is taken from it: a registry
  that lists every sweep would tie them all together;
- :data:`PLUMBING`, through which numbers pass unchanged.

What is imported by a name made up at run time, or read from a data file, is not seen.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "ovp_lib"
"""The package whose modules count, beside that of the module asked about."""

PLUMBING = frozenset({"ovp_lib.sweeps.base"})
"""Modules that carry numbers and do not make them."""


def fingerprint(module: str) -> str:
    """Return the fingerprint of a module and of what it imports, as 64 hexadecimal digits.

    A process reads each source once: what it has loaded does not change when the file does.

    Args:
        module: dotted name of a module that can be imported.

    Raises:
        ModuleNotFoundError: if there is no such module, or it has no source.

    Example:
        >>> fingerprint("ovp_lib.maths.hermite") == fingerprint("ovp_lib.maths.smooth")
        False
    """
    parts = {name: digest(name) for name in sorted(dependencies(module))}
    text = "".join(f"{name} {value}\n" for name, value in parts.items())
    return hashlib.sha256(text.encode()).hexdigest()


def dependencies(module: str) -> set[str]:
    """Return the module and every module of the packages that count which it imports."""
    packages = {PACKAGE, module.partition(".")[0]}
    found: set[str] = set()
    waiting = {module}
    while waiting:
        name = waiting.pop()
        found.add(name)
        news = (new for new in imports(name) if new.partition(".")[0] in packages)
        waiting |= {new for new in news if new not in found and new not in PLUMBING}
    return found


@cache
def digest(module: str) -> str:
    """Return the hash of a module's code, without its comments and docstrings."""
    text = "".join(_tokens(_without_docstrings(_tree(module))))
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def imports(module: str) -> frozenset[str]:
    """Return the modules that a module names in its import statements, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= set(_imported_from(node, module))
    return frozenset(found)


def forget() -> None:
    """Forget what was read, so that changed sources are read again."""
    for remembered in (digest, imports, _tree):
        remembered.cache_clear()


def _imported_from(node: ast.ImportFrom, module: str) -> Iterator[str]:
    """Yield for each name the submodule that it is, or else the module that it is taken from."""
    base = node.module or ""
    if node.level:
        own = module if _source(module).name == "__init__.py" else module.rpartition(".")[0]
        parents = own.split(".")[: len(own.split(".")) - node.level + 1]
        base = ".".join([*parents, *filter(None, [node.module])])
    if base.partition(".")[0] not in {PACKAGE, module.partition(".")[0]}:
        return
    for alias in node.names:
        submodule = f"{base}.{alias.name}"
        yield submodule if _is_module(submodule) else base


def _is_module(name: str) -> bool:
    return _find(name) is not None


def _source(module: str) -> Path:
    path = _find(module)
    if path is None:
        raise ModuleNotFoundError(f"there is no module {module!r} with a source", name=module)
    return path


def _find(module: str) -> Path | None:
    """Return the source of a module, without importing its parents as ``find_spec`` would."""
    top, *rest = module.split(".")
    spec = find_spec(top)
    if not rest and spec is not None and (spec.origin or "").endswith(".py"):
        return Path(str(spec.origin))
    for folder in (spec and spec.submodule_search_locations) or []:
        path = Path(folder, *rest)
        for source in (path / "__init__.py", path.with_name(f"{path.name}.py")):
            if source.is_file():
                return source
    return None


@cache
def _tree(module: str) -> ast.Module:
    path = _source(module)
    return ast.parse(path.read_bytes(), filename=str(path))


def _without_docstrings(tree: ast.Module) -> ast.Module:
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, owners) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return tree


def _tokens(node: object) -> Iterator[str]:
    """Yield a tree as text; empty fields are left out, so that a newer Python's change nothing."""
    if isinstance(node, ast.AST):
        yield f"({type(node).__name__}"
        for name, value in ast.iter_fields(node):
            if value is not None and value != []:
                yield f" {name}="
                yield from _tokens(value)
        yield ")"
    elif isinstance(node, list):
        yield "["
        for element in node:
            yield from _tokens(element)
        yield "]"
    else:
        yield repr(node)
