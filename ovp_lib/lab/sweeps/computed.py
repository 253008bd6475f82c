"""The computing part of a module's source: its syntax tree as text, without messages.

Left out are comments and formatting, docstrings and other strings that stand alone, ``pass``, the
import statements, and the words of messages: text in what is raised, the message of an ``assert``,
the ``description`` of a pydantic ``Field``, lines that only log or warn. That something is
raised, of which type and when, decides where a program goes, and stays; so does text that a
function returns, since other code may compare it.

An imported name is written as *what it means*, not as it is called here: ``from x import f`` and
``from y import f`` differ, ``import numpy as np`` and ``import numpy`` do not. Such a place is a
:class:`Meant`, to be filled by a caller that knows what is in ``x``.

The text is the same on every Python that parses the source to the same program: fields that are
empty are left out, as those that a newer Python adds are in an older program.
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

SPEAKERS = {
    "LOG": frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"}),
    "warnings": frozenset({"warn"}),
}
"""Methods that only speak: a statement that calls one computes nothing."""

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Meant(NamedTuple):
    """The meaning of an imported name: a module, or a name in it.

    Attributes:
        module: dotted name of the module.
        name: what is taken from it; empty for the module itself.
    """

    module: str
    name: str = ""


Import = ast.Import | ast.ImportFrom
Meaning = Callable[[Import], Mapping[str, Meant]]
"""Tells of an import statement what each name means that it binds."""

Scope = Mapping[str, frozenset[Meant]]
Piece = str | frozenset[Meant]
"""Text, or what an imported name means; several things, if a module imports it more than once."""


def pieces(tree: ast.Module, meaning: Meaning) -> Iterator[Piece]:
    """Return what a module computes, as text with places for what imported names mean.

    Args:
        tree: the module; it is not changed.
        meaning: what its import statements bind.

    Example:
        >>> tree = ast.parse("import math as m; m.pi  # of a circle")
        >>> text = list(pieces(tree, lambda _: {"m": Meant("math")}))
        >>> [piece for piece in text if not isinstance(piece, str)]
        [frozenset({Meant(module='math', name='')})]
    """
    found: list[Piece] = []
    _add_node(found, tree, _bound(tree.body, meaning), meaning)
    return iter(found)


def bindings(tree: ast.Module, meaning: Meaning) -> Scope:
    """Return what the import statements of a module bind outside its functions.

    Args:
        tree: the module; it is not changed.
        meaning: what its import statements bind.

    Returns:
        What each name means; several things if it is imported more than once.
    """
    return _bound(tree.body, meaning)


def statements(body: Iterable[ast.AST], skip: tuple[type[ast.AST], ...] = ()) -> Iterator[ast.AST]:
    """Yield statements and those inside them; expressions are passed over, since they hold none.

    Args:
        body: where to begin.
        skip: types of statements that are not entered.
    """
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, skip):
            inside = ast.iter_child_nodes(node)
            waiting += [child for child in inside if not isinstance(child, ast.expr)]


def _bound(body: Iterable[ast.AST], meaning: Meaning) -> dict[str, frozenset[Meant]]:
    """Return what is imported in some statements, but for functions inside them."""
    found: dict[str, frozenset[Meant]] = {}
    for node in statements(body, skip=FUNCTIONS):
        if isinstance(node, Import):
            for name, meant in meaning(node).items():
                found[name] = found.get(name, frozenset()) | {meant}
    return found


def _add_node(found: list[Piece], node: ast.AST, scope: Scope, meaning: Meaning) -> None:
    if isinstance(node, FUNCTIONS):
        scope = {**scope, **_bound(node.body, meaning)}
    found.append(f"({type(node).__name__}")
    for name, value in _fields(node):
        if isinstance(node, ast.Name) and node.id in scope and name == "id":
            found.append(scope[node.id])
        elif value is not None and value != []:
            found.append(f" {name}=")
            _add(found, value, scope, meaning)
    found.append(")")


def _add(found: list[Piece], value: object, scope: Scope, meaning: Meaning) -> None:
    if isinstance(value, ast.AST):
        _add_node(found, value, scope, meaning)
    elif isinstance(value, list):
        found.append("[")
        for element in value:
            _add(found, element, scope, meaning)
        found.append("]")
    else:
        found.append(repr(value))


def _fields(node: ast.AST) -> Iterator[tuple[str, object]]:
    """Yield the fields of a node that compute something."""
    for name, value in ast.iter_fields(node):
        match node, name:
            case _, "kind" | "type_comment" | "type_ignores":
                continue
            case ast.Raise(exc=ast.Call() as raised), "exc":
                yield name, _without_words(raised)
            case (ast.Raise(), "cause") | (ast.Assert(), "msg"):
                continue
            case ast.Call(func=ast.Name(id="Field"), keywords=words), "keywords":
                yield name, [word for word in words if word.arg != "description"]
            case ast.JoinedStr(values=parts), "values":
                yield name, list(_joined(parts))
            case ast.FormattedValue(format_spec=ast.JoinedStr(values=[])), "format_spec":
                continue  # as newer Pythons read f"{x:}"
            case _:
                yield name, _computing(value) if _is_body(value) else value


def _joined(parts: Iterable[ast.expr]) -> Iterator[ast.expr]:
    """Yield the parts of an f-string, neighbouring texts as one: Pythons cut them differently."""
    text = ""
    for part in parts:
        if isinstance(part, ast.Constant):
            text += str(part.value)
            continue
        yield from [ast.Constant(text)] if text else []
        yield part
        text = ""
    yield from [ast.Constant(text)] if text else []


def _is_body(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(part, ast.stmt) for part in value)


def _computing(body: object) -> list[ast.stmt]:
    """Return the statements of a body that do more than speak or import."""
    assert isinstance(body, list)
    return [statement for statement in body if not _is_idle(statement)]


def _is_idle(statement: ast.stmt) -> bool:
    match statement:
        case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=method))):
            return method in SPEAKERS.get(owner, ())
    return False


def _without_words(call: ast.Call) -> ast.Call:
    """Return a call without those of its arguments that are text."""
    return ast.Call(call.func, [each for each in call.args if not _is_text(each)], call.keywords)


def _is_text(node: ast.expr) -> bool:
    match node:
        case ast.JoinedStr() | ast.Constant(value=str()):
            return True
        case ast.BinOp(left=left, right=right):
            return _is_text(left) or _is_text(right)
    return False
