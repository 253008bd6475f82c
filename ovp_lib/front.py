"""The front door of a package: names that are public, imported when somebody asks for one.

What is public stands in the stub ``__init__.pyi`` beside the package's ``__init__.py``, as plain
import statements, which type checkers read. At run time the same stub says where each name comes
from, so that a package can be imported without what its names need (PyTorch takes seconds).
"""

import ast
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any


def door(
    package: str, file: str
) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """Return what a package needs to offer the names of its stub.

    Args:
        package: its ``__name__``.
        file: its ``__file__``, beside which the stub lies.

    Returns:
        ``__all__``, in the order of the stub, ``__getattr__`` and ``__dir__``.

    Example:
        >>> from ovp_lib import maths
        >>> "hamming" in maths.__all__
        True
        >>> maths.hamming is import_module("ovp_lib.maths.krawtchouk").hamming
        True
    """
    homes = _homes(Path(file).with_suffix(".pyi").read_text(encoding="utf-8"))

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(homes[name]), name)

    def names() -> list[str]:
        return sorted(homes)

    return list(homes), get, names


def _homes(stub: str) -> dict[str, str]:
    """Return the module of every name that a stub imports."""
    imports = [node for node in ast.parse(stub).body if isinstance(node, ast.ImportFrom)]
    return {name.name: node.module or "" for node in imports for name in node.names}
