import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ovp_lib.lab.book.instruments import PageSource
from ovp_lib.pages.slides_almost_linear import instrument
from ovp_lib.pages.slides_almost_linear.statement import QUICK

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def source() -> PageSource:
    return PageSource(ROOT / "notebooks" / "slides-almost-linear.ipynb", ROOT / "results")


@pytest.fixture(scope="module")
def data(source: PageSource) -> Mapping[str, Any]:
    """What travels in the page."""
    return instrument.data(source)


def test_it_has_the_losses_of_the_stored_page(data: Mapping[str, Any], source: PageSource) -> None:
    stored = source.published("slides-almost-linear-balls")
    few = stored[stored["seed"] < instrument.SEEDS]
    expected = few.groupby(["share", "R"])["least loss"].mean()
    for share in QUICK.shares:
        row = data["least"][data["shares"].index(share)]
        np.testing.assert_allclose(row, expected.loc[share].to_numpy(), atol=QUICK.tolerance)


def test_losses_and_slopes_fall_in_the_radius(data: Mapping[str, Any]) -> None:
    least, slope = np.array(data["least"]), np.array(data["slope"])
    assert least.shape == slope.shape == (len(instrument.SHARES), len(QUICK.ball_radii))
    assert (np.diff(least, axis=1) < 0).all()
    assert (slope[:, 0] > slope[:, -1]).all()
    assert len(json.dumps(data)) < 5000
