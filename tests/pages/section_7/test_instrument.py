"""The reduced table of Figure 1: it leads to the very choices of the whole one."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ovp_lib.lab.book.instruments import PageSource, carried
from ovp_lib.lab.sweeps.results import reference
from ovp_lib.pages import STATEMENTS
from ovp_lib.pages.section_7 import instrument
from ovp_lib.pages.section_7.curves import CONVENTIONS, POINT, chosen, finished
from ovp_lib.pages.section_7.grids import LEARNERS
from tests.pages.section_7.made_up import table

ROOT = Path(__file__).parents[3]
SOURCE = PageSource(ROOT / "notebooks" / "figure-1.ipynb", ROOT / "results")


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    """What the page of Figure 1 carries."""
    return dict(instrument.figure_1(SOURCE))


@pytest.fixture(scope="module")
def stored() -> pd.DataFrame:
    """The runs that it is made of."""
    return finished(reference("figure-1", "paper"))


def choose(data: dict[str, Any], *, by: str, cap: float) -> dict[tuple, float]:
    """Choose as a reader of the page does, point by point and seed by seed."""
    found = {}
    for curve, convention, m, n, numbers, seeds in data["points"]:
        for seed, tests, places in seeds:
            scores = tests if by == "test" else places
            allowed = [
                (score, test)
                for score, test, i in zip(scores, tests, numbers, strict=True)
                if test is not None and data["rates"][i] <= cap
            ]
            if allowed:
                point = (data["curves"][curve], data["conventions"][convention], m, n, seed)
                found[point] = min(allowed)[1]
    return found


def of_library(runs: pd.DataFrame, *, by: str, cap: float) -> dict[tuple, float]:
    best = chosen(runs[runs["lr"] <= cap], by=by)
    rows = best[[*POINT, "test"]].itertuples(index=False, name=None)
    return {row[:-1]: row[-1] for row in rows if np.isfinite(row[-1])}


@pytest.mark.parametrize("by", ["validation", "test"])
@pytest.mark.parametrize("cap", [10.0, 2.0, 0.01])
def test_the_choices_are_the_library_s(data, stored, by: str, cap: float) -> None:
    expected = of_library(stored, by=by, cap=cap)
    got = choose(data, by=by, cap=cap)
    assert got.keys() == expected.keys()
    assert len(expected) > 150
    assert [got[at] for at in expected] == pytest.approx([*expected.values()], rel=1e-3)


def test_it_is_small_and_carries_the_print(data) -> None:
    about = STATEMENTS["figure-1"].instrument
    assert about is not None
    assert len(carried(about, data)) < 60_000
    assert (data["curves"], data["conventions"]) == (list(LEARNERS), list(CONVENTIONS))
    assert len(data["printed"]["a"]["3layer"]) == 6
    assert "2layer(NTK)" not in data["printed"]["b"]


def test_what_diverged_has_neither_error_nor_place() -> None:
    runs = finished(table())
    runs.loc[runs["lr"] == 0.05, ["test", "validation"]] = np.nan
    data = instrument.reduced(runs)
    *_, numbers, seeds = data["points"][0]
    _, tests, places = seeds[0]
    gone = [data["rates"][i] == 0.05 for i in numbers]
    assert any(gone)
    assert [test is None for test in tests] == gone
    assert [place is None for place in places] == gone
    ended = [place for place in places if place is not None]
    assert sorted(ended) == list(range(len(ended)))
