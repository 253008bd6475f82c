"""Run a notebook's cells in this process, at sizes that take seconds, with other parameters."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import nbformat
import pytest
import torch

from ovp_lib.evidence import figures
from ovp_lib.evidence.claims import Claims
from ovp_lib.evidence.judging import OpenClaims
from ovp_lib.pages import STATEMENTS

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

Run = dict[str, Any]
"""The namespace of a run; the gathered claims are ``claims``, the data ``published``."""

TINY: dict[str, Run] = {}
"""The tiny run of each page, made once in a process."""


@pytest.fixture
def run_cells(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Run]]:
    """Give ``(stem, **changes) -> namespace`` of a run at the tiny preset with some changes.

    With ``until``, the id of a claim or the name of a file, the run ends once that is there. The
    tiny run without changes is made once in a process: nobody may change what it gives.
    """
    threads = torch.get_num_threads()
    run = cells_runner(monkeypatch)

    def at_most_once(stem: str, until: str | None = None, **changes: Any) -> Run:
        if until or changes:
            return run(stem, until, **changes)
        if stem not in TINY:
            TINY[stem] = run(stem)
        return TINY[stem]

    yield at_most_once
    torch.set_num_threads(threads)
    plt.close("all")


def cells_runner(monkeypatch: pytest.MonkeyPatch, *, lenient: bool = False) -> Callable[..., Run]:
    """Return what :func:`run_cells` gives; a lenient run goes on behind a cell that fails."""
    published: dict[str, Any] = {}
    monkeypatch.setenv("TQDM_DISABLE", "1")
    monkeypatch.setattr(figures, "publish", lambda *_: None)
    monkeypatch.setattr(figures, "download", lambda data, name: published.update({name: data}))

    def gathered(claims: OpenClaims, until: str | None) -> Claims:
        return (
            claims.all()
            if until is None and not lenient
            else Claims(claims.statement, claims.judged())
        )

    def run(stem: str, until: str | None = None, **changes: Any) -> Run:
        published.clear()
        notebook = nbformat.read(NOTEBOOKS / f"{stem}.ipynb", as_version=4)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        parameters = STATEMENTS[stem].preset("tiny").but(**changes).model_dump(mode="json")
        namespace: Run = {}
        for cell in cells[:-1]:
            with contextlib.suppress(Exception if lenient else ()):
                exec(compile(cell.source, cell.id, "exec"), namespace)
            if "parameters" in cell.metadata.get("tags", []):
                assert set(parameters) <= set(namespace), "the parameters cell lacks some"
                namespace.update(parameters)
            claims = namespace.get("claims")
            judged = {claim.id for claim in claims.judged()} if claims else set()
            if until in judged or until in published:
                break
        plt.close("all")
        assert cells[-1].source == "claims.all()"
        assert isinstance(claims, OpenClaims)
        return namespace | {"claims": gathered(claims, until), "published": dict(published)}

    return run


def data(run: Run, digits: str | None = None) -> dict[str, str]:
    """Return what a reader downloads, by the names of the files, to so many digits."""
    return {name: frame.to_csv(float_format=digits) for name, frame in run["published"].items()}


def numbers(run: Run) -> dict[str, Any]:
    """Return what a run measured, claim by claim."""
    return {claim.id: (claim.measured, claim.interval) for claim in run["claims"]}
