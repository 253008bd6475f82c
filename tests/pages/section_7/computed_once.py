"""What the notebooks of Figures 1 to 3 compute again in every run, computed once for all tests."""

import functools

import pytest

from ovp_lib.pages.figure_1 import tangents
from ovp_lib.pages.section_7 import baselines, linear_models, recomputation
from tests.notebooks.conftest import once

ONCE = [
    (recomputation, "run", once(recomputation.run)),
    (linear_models, "ridge", functools.cache(linear_models.ridge)),
    (baselines, "baselines", functools.cache(baselines.baselines)),
    (tangents, "least_errors", functools.cache(tangents.least_errors)),
]
"""What depends on the stored tables or on the seed alone, by its module and name."""


@pytest.fixture(autouse=True)
def compute_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep for all runs of notebooks what takes most of their time and no parameter changes."""
    if "run_cells" in request.fixturenames:
        for module, name, cached in ONCE:
            monkeypatch.setattr(module, name, cached)
