from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ovp_lib.lab.book.instruments import PageSource
from ovp_lib.lab.sweeps.results import reference
from ovp_lib.pages.kernel_lower_bound import instrument
from ovp_lib.pages.kernel_lower_bound.statement import QUICK
from ovp_lib.pages.resnet_separation import analysis

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def data() -> Mapping[str, Any]:
    """What travels in the page."""
    source = PageSource(ROOT / "notebooks" / "kernel-lower-bound.ipynb", ROOT / "results")
    return instrument.data(source)


def test_networks_are_those_of_the_stored_sweep(data: Mapping[str, Any]) -> None:
    where = {"target": "hard", "alpha": 0.3, "beta": 1.0, "network": "bottleneck", "width": 100}
    stored = reference("resnet-separation", "paper")
    errors = analysis.curve(stored, "samples", trained="hidden", **where).mean()
    expected = errors / (4 * 0.3**2)
    got = dict(data["errors"]["ResNet"])
    assert list(got) == list(expected.index)
    np.testing.assert_allclose(list(got.values()), expected, rtol=1e-3)


def test_every_kernel_is_where_the_page_measured_it(data: Mapping[str, Any]) -> None:
    assert data["at"] == {"d": 30, "k": 4, "alpha": 0.3}
    assert set(QUICK.sample_sizes) < {n for n, _ in data["errors"]["best kernel"]}
    assert all(error > 1 for _, error in data["errors"]["best kernel"])
    assert [n for n, _ in data["errors"]["best NTK"]] == [150, 300]
    assert [d for d, _ in data["crossings"]["ResNet"]] == list(QUICK.network_dimensions)


def test_the_best_kernel_is_the_best_of_each_seed() -> None:
    class Made:
        def published(self, name: str) -> pd.DataFrame:
            if name == "kernel-lower-bound-paper":
                series = ["best of all kernels", "other"]
                return pd.DataFrame({"series": series, "seed": 0, "N": 60, "value": [1.5, 9.0]})
            rows = [("a", 0, 1.0), ("a", 1, 4.0), ("b", 0, 3.0), ("b", 1, 2.0), ("ResNet", 0, 7.0)]
            return pd.DataFrame(rows, columns=["series", "seed", "value"]).assign(d=11)

        def sweep(self, name: str, preset: str) -> pd.DataFrame:
            return reference(name, preset)

    data = instrument.data(Made())
    assert data["crossings"] == {"best kernel": [[11.0, 1.5]], "ResNet": [[11.0, 7.0]]}
    assert data["errors"]["best kernel"] == [[60.0, 1.5]]
