"""The notebooks of Figures 1 and 2 at tiny sizes: parameters change the live part, and only it."""

from typing import Any

import numpy as np
import pytest

from ovp_lib.experiments import kernel_ridge
from ovp_lib.pages.section_7 import panels
from tests.notebooks.conftest import data, numbers, once

STEMS = {"figure-1": "figure-1", "figure-2": "figure-2"}
TINY: dict[str, Any] = {
    "n_seeds": 2,
    "samples": 100,
    "widths": [8],
    "epochs": 4,
    "lrs": [0.005, 0.01],
    "decays": [1e-5],
}


_ridge, _run = once(kernel_ridge.errors), once(panels.run)


@pytest.fixture(autouse=True)
def _recompute_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fit by ridge, and train runs of the table again, once for all parameters."""
    monkeypatch.setattr(kernel_ridge, "errors", lambda task, by, on: _ridge(task, tuple(by), on))
    monkeypatch.setattr(panels, "run", _run)


@pytest.fixture
def base(run_cells, tiny, figure):
    """The tiny run of a figure's notebook, made once."""
    if figure not in tiny:
        tiny[figure] = run_cells(STEMS[figure], **TINY)
    return tiny[figure]


@pytest.mark.parametrize("figure", STEMS)
def test_parameters_change_what_is_computed_live_and_nothing_that_is_stored(
    run_cells, base, figure
) -> None:
    live = f"{figure}.live.order"
    for change in (
        {"seed": 1, "samples": 150, "epochs": 2},
        {"widths": [9, 12], "lrs": [0.02], "decays": [1e-3]},
        {"convention": "plain", "target": {"figure-1": "tanh", "figure-2": "sine"}[figure]},
    ):
        run = run_cells(STEMS[figure], **(TINY | change))
        before, after = numbers(base), numbers(run)
        assert before.pop(live) != after.pop(live)
        assert before == after
        assert data(base) == data(run)
    assert set(data(base)) == {f"{figure}a", f"{figure}b", f"{figure}-tuning"}
    assert {name for name, _ in base["live"]} == {"3layer", "2layer"}


@pytest.mark.parametrize("figure", ["figure-1"])
def test_the_first_figure_s_points_are_compared_where_both_have_one(base) -> None:
    ratio, printed = base["ratio"], base["printed"]
    assert list(ratio.index) == list(printed.index)
    ours = base["ours"]["a", "2layer"][100]
    expected = np.exp(np.log(ours).mean()) / 4.757
    assert ratio["a", "2layer", 100] == pytest.approx(expected)


@pytest.mark.parametrize("figure", STEMS)
def test_last_layers_could_have_learned_more_than_sgd_makes_them(base) -> None:
    errors = base["at_1000"]
    for kernel in ("2layer(last)", "3layer(last)"):
        assert (errors[f"{kernel} by ridge"] < 0.8 * errors[kernel]).all()
    for kernel in (name for name in errors if "(" in name):
        network = kernel.split("(")[0]
        assert (errors[network] < errors[kernel]).all(), "networks err less than every kernel"
