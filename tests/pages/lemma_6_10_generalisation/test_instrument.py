"""The numbers of the instrument are those of the page, and of the library."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ovp_lib.lab.book.instruments import PageSource
from ovp_lib.models import inputs, three_layer
from ovp_lib.pages.lemma_6_10_generalisation import analysis, instrument
from ovp_lib.pages.lemma_6_10_generalisation.statement import QUICK
from ovp_lib.training.samples import streams

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def data() -> Mapping[str, Any]:
    """What travels in the page."""
    source = PageSource(ROOT / "notebooks" / "lemma-6-10-generalisation.ipynb", ROOT / "results")
    return instrument.data(source)


def at(data: Mapping[str, Any], name: str, m: int, n: int) -> float:
    [found] = [each["points"] for each in data["series"] if each["name"] == name]
    [value] = [value for *place, value in found if place == [m, n]]
    return value


@pytest.mark.parametrize(("m", "n"), [(25, 100), (100, 200)])
def test_frozen_gates_are_the_library_s_at_the_radii_that_are_told(
    data: Mapping[str, Any], m: int, n: int
) -> None:
    assert (data["w"], QUICK.tau_v) == (0.75, 1.0)
    sources = (streams(0, QUICK.n_seeds, purpose) for purpose in ("init", "train", "signs"))
    init, points, signs = sources
    net = three_layer.init_three_layer(init, d=QUICK.dimension, m1=m, m2=m)
    sphere = inputs.padded_sphere(QUICK.dimension)
    expected = analysis.frozen(net, analysis.draw(sphere, n, QUICK.n_draws, points, signs), 1.0)
    assert at(data, "frozen gates with Σ", m, n) == pytest.approx(expected["with"].mean(), rel=1e-3)
    least = expected["without"].mean()
    assert at(data, "frozen gates without Σ", m, n) == pytest.approx(least, rel=1e-3)


def test_every_size_is_there_once(data: Mapping[str, Any]) -> None:
    points = {each["name"]: [tuple(each[:2]) for each in each["points"]] for each in data["series"]}
    by_width = [(m, data["samples"]) for m in data["m"]]
    by_samples = [(data["width"], n) for n in QUICK.sample_sizes if n != data["samples"]]
    assert points["frozen gates with Σ"] == points["frozen gates without Σ"]
    assert points["frozen gates with Σ"] == by_width + by_samples
    assert points["ascent with Σ"] == [(m, data["samples"]) for m in QUICK.real_widths]


def test_a_point_is_the_mean_of_its_seeds() -> None:
    class Made:
        def published(self, name: str) -> pd.DataFrame:
            if name == "lemma-6-10-samples":
                return pd.DataFrame(columns=["series", "seed", "N", "value"])
            rows = [("real with", 0, 8, 1.0), ("real with", 1, 8, 2.0), ("other", 0, 8, 7.0)]
            return pd.DataFrame(rows, columns=["series", "seed", "m", "value"])

        def sweep(self, name: str, preset: str) -> pd.DataFrame:
            raise AssertionError(f"{name} {preset} is not needed")

    points = {each["name"]: each["points"] for each in instrument.data(Made())["series"]}
    assert points["ascent with Σ"] == [[8, QUICK.samples, 1.5]]
    assert points["frozen gates with Σ"] == []
