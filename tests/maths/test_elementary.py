import ast
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from ovp_lib.maths import elementary

ROOT = Path(__file__).parents[2]
FUNCTIONS = {"sqrt": np.sqrt, "log": np.log, "arccos": np.arccos, "arcsin": np.arcsin}

OF_MKL = {"sqrt", "log", "log10", "acos", "arccos", "asin", "arcsin", "atan", "arctan"}
"""Functions of tensors that MKL computes with approximate instructions."""

MODULES_OF_NUMBERS = {"math", "np", "numpy", "elementary", "special", "closed_form"}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_they_are_numpy_s_in_long_precision_within_units_in_the_last_place(name, dtype) -> None:
    low = 0.0 if name in ("sqrt", "log") else -1.0
    x = torch.cat([torch.linspace(low, 1, 4001), torch.tensor([1e-30, 1e-12, 1 - 1e-6])])
    x = x.to(dtype)
    with np.errstate(divide="ignore"):
        expected = FUNCTIONS[name](x.numpy().astype(np.longdouble))
    found = getattr(elementary, name)(x).numpy()
    finite = np.isfinite(expected)
    assert (found[~finite] == expected[~finite]).all()
    unit = np.spacing(np.abs(expected[finite]).astype(found.dtype))
    limit = 2 if name in ("sqrt", "log") else 4
    assert (np.abs(found[finite] - expected[finite]) <= limit * unit).all()


def test_their_derivatives_are_those_of_the_functions() -> None:
    x = torch.linspace(0.1, 0.9, 9, dtype=torch.float64, requires_grad=True)
    for name in FUNCTIONS:
        (found,) = torch.autograd.grad(getattr(elementary, name)(x).sum(), x)
        (expected,) = torch.autograd.grad(getattr(torch, name)(x).sum(), x)
        torch.testing.assert_close(found, expected)


def sources() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "ovp_lib").rglob("*.py")):
        if path.name not in ("elementary.py", "arithmetic.py"):
            yield str(path.relative_to(ROOT)), path.read_text()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text())["cells"]:
            if cell["cell_type"] == "code":
                yield path.name, "".join(cell["source"])


def calls_of_mkl(source: str) -> Iterator[str]:
    """Yield each call of one of the functions that is not one on numbers or arrays."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in OF_MKL:
            owner = node.value
            if not (isinstance(owner, ast.Name) and owner.id in MODULES_OF_NUMBERS):
                yield ast.unparse(node)


def unrepeatable(source: str) -> Iterator[str]:
    """Yield each least-squares fit by the default driver, whose pivots depend on old memory."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    for call in (call for call in calls if ast.unparse(call.func).endswith("linalg.lstsq")):
        if "driver" not in {keyword.arg for keyword in call.keywords}:
            yield ast.unparse(call)


def test_no_fit_depends_on_what_is_left_in_memory() -> None:
    assert list(unrepeatable("w = torch.linalg.lstsq(u, v).solution"))
    assert {name: found for name, s in sources() if (found := list(unrepeatable(s)))} == {}


def test_nothing_asks_mkl_for_what_depends_on_the_maker_of_the_processor() -> None:
    assert sorted(calls_of_mkl("y = x.square().sqrt() + math.sqrt(2) + torch.log(z)")) == [
        "torch.log",
        "x.square().sqrt",
    ]
    assert {name: found for name, s in sources() if (found := list(calls_of_mkl(s)))} == {}
