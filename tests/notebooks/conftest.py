"""Run a notebook's cells in this process, at sizes that take seconds, with other parameters."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest
import torch

from ovp_lib.evidence import figures
from ovp_lib.evidence.claims import Claims

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.fixture
def run_cells(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., dict[str, Any]]]:
    """Give ``(stem, **parameters) -> namespace``, with the claims under ``claims``."""
    published: dict[str, Any] = {}
    monkeypatch.setenv("TQDM_DISABLE", "1")
    monkeypatch.setattr(figures, "publish", lambda *_: None)
    monkeypatch.setattr(figures, "download", lambda data, name: published.update({name: data}))

    def run(stem: str, **parameters: Any) -> dict[str, Any]:
        notebook = nbformat.read(NOTEBOOKS / f"{stem}.ipynb", as_version=4)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        namespace: dict[str, Any] = {}
        for cell in cells[:-1]:
            exec(compile(cell.source, cell.id, "exec"), namespace)
            if "parameters" in cell.metadata.get("tags", []):
                unknown = set(parameters) - set(namespace)
                assert not unknown, f"not in the parameters cell: {unknown}"
                namespace.update(parameters)
        claims = eval(compile(cells[-1].source, cells[-1].id, "eval"), namespace)
        assert isinstance(claims, Claims)
        return namespace | {"claims": claims, "published": dict(published)}

    threads = torch.get_num_threads()
    yield run
    torch.set_num_threads(threads)
    plt.close("all")


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    """Hold the numbers of a module's tiny run, once a test has made them."""
    return {}


@pytest.fixture(scope="module")
def tiny() -> dict[str, Any]:
    """Hold a module's tiny run, once a test has made it."""
    return {}


def once(function: Callable[..., pd.DataFrame]) -> Callable[..., pd.DataFrame]:
    """Return a function that computes once for the same arguments, which decide its result.

    What a notebook computes live has other arguments in every run; what it computes again of the
    stored tables has the same in all of them, and takes most of the time.
    """
    cached = functools.cache(function)
    return lambda *arguments: cached(*arguments).copy()


def data(run: dict[str, Any], digits: str | None = None) -> dict[str, str]:
    """Return what a reader downloads, by the names of the files, to so many digits."""
    return {name: frame.to_csv(float_format=digits) for name, frame in run["published"].items()}


def numbers(run: dict[str, Any]) -> dict[str, Any]:
    """Return what a run measured, claim by claim."""
    return {claim.id: (claim.measured, claim.interval) for claim in run["claims"]}
