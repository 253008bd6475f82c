"""Every public function documents every argument."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "ovp_lib"

EXEMPT = {
    f"training/fused/{name}.py"  # what they emit is machine code, whose arguments are addresses
    for name in ("bottleneck", "shared", "three_layer", "tiles", "two_layer", "vectors")
}

MODULES = [
    path
    for path in sorted(ROOT.rglob("*.py"))
    if path.relative_to(ROOT).as_posix() not in EXEMPT and "template" not in path.parts
]


def functions(body: list[ast.stmt], owner: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    """The public functions and methods of a module, by name."""
    for node in body:
        if isinstance(node, ast.FunctionDef) and not (node.name[0] == "_" or is_command(node)):
            yield owner + node.name, node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from functions(node.body, f"{node.name}.")


def is_command(function: ast.FunctionDef) -> bool:
    """Whether it is a command, whose arguments say in their types what ``--help`` shows."""
    calls = (each.func for each in function.decorator_list if isinstance(each, ast.Call))
    return any(isinstance(f, ast.Attribute) and f.attr in ("command", "callback") for f in calls)


def arguments(function: ast.FunctionDef) -> list[str]:
    given = function.args
    single = [each for each in (given.vararg, given.kwarg) if each is not None]
    names = [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs, *single)]
    return [name for name in names if name not in ("self", "cls") and not name.startswith("_")]


def undocumented(source: str) -> dict[str, list[str]]:
    """The arguments that a docstring does not tell of, by function."""
    found = {}
    for name, function in functions(ast.parse(source).body):
        section = re.search(
            r"^Args:\n((?:[ ]{4}.*\n?|\n)*)", ast.get_docstring(function) or "", re.MULTILINE
        )
        told = re.findall(r"^ {4}\*{0,2}(\w+): \S", section[1] if section else "", re.MULTILINE)
        if left := [argument for argument in arguments(function) if argument not in told]:
            found[name] = left
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_argument_is_documented(path: Path) -> None:
    assert undocumented(path.read_text()) == {}


def test_an_argument_without_a_word_is_found() -> None:
    source = '''
def scaled(x, *, by, _private=0):
    """Return x times a number.

    Args:
        x: what is scaled; by: is no argument here.

    Returns:
        by: this is none either.
    """

class Public:
    """A class."""

    def method(self, *parts, **named):
        """Do it."""

    def _internal(self, x):
        """Do it."""
'''
    assert undocumented(source) == {"scaled": ["by"], "Public.method": ["parts", "named"]}


def test_what_is_exempt_is_there() -> None:
    assert all((ROOT / name).is_file() for name in EXEMPT)
