"""The notebook of Figure 3 at tiny sizes: parameters change the live part, and only it."""

from typing import Any

import pytest

from ovp_lib.pages.section_7 import panels
from tests.notebooks.conftest import data, numbers, once

NAME = "figure-3"
TINY: dict[str, Any] = {
    "n_seeds": 2,
    "width": 10,
    "samples": 100,
    "epochs": 20,
    "lrs": [0.01],
    "decays": [0.5],
    "strengths": [1e-2, 1.0],
}
LIVE = {"figure-3.live.error", "figure-3.live.strength"}

_run = once(panels.run)


@pytest.fixture(autouse=True)
def _recompute_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train runs of the table again once for all parameters."""
    monkeypatch.setattr(panels, "run", _run)


@pytest.mark.parametrize(
    "change",
    [{"seed": 1}, {"width": 12}, {"samples": 150, "epochs": 10}, {"lrs": [0.02], "decays": [0.1]}],
    ids=str,
)
def test_parameters_change_what_is_computed_live_and_nothing_that_is_stored(
    run_cells, tiny, change
) -> None:
    if not tiny:
        tiny |= run_cells(NAME, **TINY)
    run = run_cells(NAME, **(TINY | change))
    before, after = numbers(tiny), numbers(run)
    assert before["figure-3.live.error"] != after["figure-3.live.error"]
    assert {name: before[name] for name in before if name not in LIVE} == {
        name: after[name] for name in after if name not in LIVE
    }
    assert data(tiny) == data(run)
    assert set(data(run)) == {"figure-3", "figure-3-tuning"}


def test_a_strong_regulariser_makes_the_weights_more_even(run_cells) -> None:
    run = run_cells(NAME, **(TINY | {"epochs": 40, "strengths": [1e-4, 1e-3, 1e-2]}))
    assert numbers(run)["figure-3.live.strength"][0] < 0
