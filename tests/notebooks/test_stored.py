"""Every stored notebook executed again: what `ovp check` does, one notebook after the other.

As tests of the one queue of `make test`, kernels leave no core without work at its end.
"""

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ovp_lib.isolation import process_environment
from ovp_lib.lab.runs import check as checks
from ovp_lib.lab.runs import warm
from ovp_lib.lab.runs.check import Check
from ovp_lib.lab.runs.progress import Bars
from ovp_lib.lab.runs.warm import Python

FOLDER = Path(__file__).parents[2] / "notebooks"
STORED = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
EXACT = bool(os.environ.get("OVP_EXACT"))
"""Whether nothing less than a comparison to the byte will do: the Makefile knows where it holds."""

pytestmark = pytest.mark.stored


@functools.cache
def planned() -> dict[str, Check]:
    """Return the check of each notebook; which comparison can be made is found out once."""
    return {one.path.stem: one for one in checks.plan([FOLDER / f"{n}.ipynb" for n in STORED])}


@pytest.fixture(scope="module")
def python() -> Iterator[Python]:
    """Start the process of which the kernels are forks: imports are made once."""
    with warm.python(process_environment("reproducible"), processes=len(STORED)) as python:
        yield python


@pytest.mark.parametrize("name", STORED)
def test_every_output_comes_out_again(python: Python, name: str) -> None:
    one = planned()[name]
    assert one.basis.exact or not EXACT, one.basis.words
    checks.check([one], jobs=1, threads=1, display=Bars(), python=python)
    assert one.agrees, "\n".join([one.basis.words, *one.report()])
