"""A fingerprint of the science code that a number depends on.

It covers the module that defines a sweep's ``run`` and every module of the same packages that this
one imports, directly or not, found by reading the sources and not by running them. Of each it
takes what is computed, as :mod:`ovp_lib.lab.sweeps.computed` says: comments, docstrings,
formatting, the words of messages and the import statements do not count. Nor do the names of the
modules: a file may be moved or renamed, since an imported name counts as what is in the module that
it comes from. So two functions of one name in two modules are told apart. What does not count
either:

- versions of other packages: they, like the processor, move the last digits, and weeks of computing
  should not be void after an upgrade; every shard records them instead;
- the ``__init__`` of a package above an imported module, unless a name is taken from it: a registry
  that lists every sweep would tie them all together;
- :data:`PLUMBING`, through which numbers pass unchanged.

What is imported by a name made up at run time, or read from a data file, is not seen: a sweep's
``version`` is for what a fingerprint cannot know (:class:`ovp_lib.experiments.base.Sweep`).
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from ovp_lib.lab.sweeps.computed import Import, Meant, Scope, bindings, pieces, statements

PACKAGE = "ovp_lib"
"""The package whose modules count, beside that of the module asked about."""

PLUMBING = {
    "ovp_lib.arithmetic": "says what libraries may use of a processor; the mode is in every key",
    "ovp_lib.experiments.base": "declares tasks and columns, and refuses what does not fit them",
}
"""Modules that carry numbers and do not make them, and why that is so."""


class Content(NamedTuple):
    """The computing part of a module.

    Attributes:
        text: hash of its own text.
        meant: what its imported names mean, in the order of their use.
    """

    text: str
    meant: tuple[frozenset[Meant], ...]


@cache
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
    known = digests({name: content(name) for name in dependencies(module)})
    # Sorted by hash: the order of the names would let a renamed module count.
    return _hash([known[module], *sorted(known.values())])


def digests(contents: Mapping[str, Content]) -> dict[str, str]:
    """Return for each module a hash of what it computes, with what its imported names mean.

    The hash of a module takes in the texts of those that it names; once more, those of what these
    name; and so on until no two modules are told apart that were not before. (They may import each
    other in circles, so that there is no last one to begin with.)

    Args:
        contents: what each module computes, by its dotted name.

    Returns:
        The hashes by dotted name, each of 64 hexadecimal digits.
    """
    known, told_apart = {name: content.text for name, content in contents.items()}, 0
    tops = {PACKAGE, *(_top(name) for name in contents)}
    while len(set(known.values())) > told_apart:
        told_apart = len(set(known.values()))
        known = {
            name: _hash([content.text, *(_said(meant, known, tops) for meant in content.meant)])
            for name, content in contents.items()
        }
    return known


def dependencies(module: str) -> set[str]:
    """Return the module and every module of the packages that count which it imports.

    Args:
        module: dotted name of a module that can be imported.

    Returns:
        Dotted names, without :data:`PLUMBING` unless it is the module itself.

    Raises:
        ModuleNotFoundError: if one of them does not exist, or has no source.
    """
    found: set[str] = set()
    waiting = {module}
    while waiting:
        name = waiting.pop()
        found.add(name)
        news = (new for new in imports(name) if _counts(new, module))
        waiting |= {new for new in news if new not in found and new not in PLUMBING}
    return found


@cache
def content(module: str) -> Content:
    """Return what a module computes.

    Args:
        module: dotted name of a module that can be imported.

    Returns:
        A hash of its own text, and what its imported names mean.

    Raises:
        ModuleNotFoundError: if there is no such module, or it has no source.
    """
    found = list(pieces(_tree(module), partial(_meaning, module)))
    # No Python source has a null byte, so no text can be mistaken for an imported name.
    text = "".join(piece if isinstance(piece, str) else "\0" for piece in found)
    meant = (piece for piece in found if not isinstance(piece, str))
    origin = partial(_origin, module)
    return Content(_hash([text]), tuple(frozenset(map(origin, each)) for each in meant))


@cache
def imports(module: str) -> frozenset[str]:
    """Return the modules that a module names in its import statements, anywhere in it.

    Args:
        module: dotted name of a module that can be imported.

    Returns:
        Dotted names, of any package; those of the standard library too.

    Raises:
        ModuleNotFoundError: if there is no such module, or it has no source.
    """
    found: set[str] = set()
    for node in statements(_tree(module).body):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {meant.module for _, meant in _from(module, node)}
    return frozenset(found)


def forget() -> None:
    """Forget what was read, so that changed sources are read again."""
    for remembered in (fingerprint, content, imports, _handed_on, _find, _tree):
        remembered.cache_clear()


def _said(meant: frozenset[Meant], known: Mapping[str, str], tops: Set[str]) -> str:
    """Return what a name means as text: without the names of modules that are known."""
    return " or ".join(sorted(f"{_named(each.module, known, tops)}:{each.name}" for each in meant))


def _named(module: str, known: Mapping[str, str], tops: Set[str]) -> str:
    """Return what stands for a module: its hash, nothing if it is plumbing, or its own name.

    Args:
        module: dotted name.
        known: the hash of every module that counts.
        tops: the packages whose modules count.
    """
    if module in known:
        return known[module]
    return "" if _top(module) in tops else module


def _origin(module: str, meant: Meant) -> Meant:
    """Follow a name to the module that defines it, through those that only hand it on."""
    seen = {meant}
    while meant.name and _counts(meant.module, module):
        only = _handed_on(meant.module).get(meant.name, frozenset())
        if len(only) != 1 or seen & only:
            return meant
        (meant,) = only
        seen.add(meant)
    return meant


@cache
def _handed_on(module: str) -> Scope:
    return bindings(_tree(module), partial(_meaning, module))


def _meaning(module: str, node: Import) -> dict[str, Meant]:
    """Return what each name means that an import statement of a module binds."""
    return dict(_from(module, node) if isinstance(node, ast.ImportFrom) else _whole(node))


def _whole(node: ast.Import) -> Iterator[tuple[str, Meant]]:
    for alias in node.names:
        top = _top(alias.name)
        yield alias.asname or top, Meant(alias.name if alias.asname else top)


def _from(module: str, node: ast.ImportFrom) -> Iterator[tuple[str, Meant]]:
    """Yield for each name the submodule that it is, or else what it is in its module."""
    base = _base(node, module)
    for alias in node.names:
        submodule = f"{base}.{alias.name}"
        is_module = _counts(base, module) and _is_module(submodule)
        yield alias.asname or alias.name, Meant(submodule) if is_module else Meant(base, alias.name)


def _base(node: ast.ImportFrom, module: str) -> str:
    """Return the module that is named after ``from``, of a relative import as well."""
    if not node.level:
        return node.module or ""
    own = module if _source(module).name == "__init__.py" else module.rpartition(".")[0]
    parents = own.split(".")[: len(own.split(".")) - node.level + 1]
    return ".".join([*parents, *filter(None, [node.module])])


def _counts(name: str, module: str) -> bool:
    """Return whether a module is of the packages that count where another one is asked about."""
    return _top(name) in {PACKAGE, _top(module)}


def _top(name: str) -> str:
    """Return the package that a dotted name begins with."""
    return name.partition(".")[0]


def _is_module(name: str) -> bool:
    return _find(name) is not None


def _source(module: str) -> Path:
    path = _find(module)
    if path is None:
        raise ModuleNotFoundError(f"there is no module {module!r} with a source", name=module)
    return path


@cache
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


def _hash(texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
