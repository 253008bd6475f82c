"""A statement that takes no time, and notebooks for it."""

import hashlib
import json
from pathlib import Path
from textwrap import dedent
from typing import Any

from pydantic import Field

from ovp_lib.evidence.claims import Claims, Estimate, Prediction, Predictions
from ovp_lib.pages import Parameters, Statement

PARAMETERS = """\
seed = 0
n_seeds = 5
device = "cpu"
size = 3  # of nothing"""

CLAIMS = """\
from ovp_lib.evidence.claims import Claims, Estimate, Prediction
small = Prediction(id="tiny.size", source="here", sentence="small", statistic="size", high=10)
Claims("tiny", [small.judge(Estimate(size, 1, size, 5), preset="quick")])"""


class TinyParameters(Parameters):
    size: int = Field(ge=1, description="how big it is")


SMALL = Prediction(id="tiny.size", source="here", sentence="small", statistic="size", high=10)


def statement(name: str = "tiny") -> Statement:
    return Statement(
        name=name,
        place=1,
        title="Tiny",
        source="nowhere",
        presets={
            "quick": TinyParameters(n_seeds=5, size=3),
            "paper": TinyParameters(n_seeds=5, size=9),
        },
        predictions=Predictions([SMALL]),
    )


def code(source: str, *, outputs: list[Any] | None = None, tags: list[str] | None = None) -> Any:
    return {
        "cell_type": "code",
        "id": f"cell-{hashlib.md5(source.encode()).hexdigest()[:8]}",
        "metadata": {"tags": tags} if tags else {},
        "execution_count": None if outputs is None else 1,
        "outputs": outputs or [],
        "source": dedent(source),
    }


def notebook(*cells: str | dict[str, Any], parameters: str = PARAMETERS) -> dict[str, Any]:
    """Return a title, the parameters cell and the given code cells as a notebook."""
    title = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Tiny"}
    codes = [code(cell) if isinstance(cell, str) else cell for cell in cells]
    return {
        "cells": [title, code(parameters, tags=["parameters"]), *codes],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def with_claims(name: str = "tiny", *, measured: float = 3.0) -> dict[str, Any]:
    """Return an executed notebook, made without executing anything."""
    claims = Claims(
        name, [SMALL.judge(Estimate(measured, measured - 0.001, measured, 5), preset="quick")]
    )
    data = claims._repr_mimebundle_()
    output = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}
    return notebook(code("claims", outputs=[output]))


def write(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return path
