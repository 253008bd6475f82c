import numpy as np
import pytest

from ovp_lib.experiments.network_task import NetworkTask
from ovp_lib.pages.figure_1 import tangents
from ovp_lib.pages.figure_1.tangents import INPUTS, TANGENTS, least_errors, readings
from ovp_lib.pages.section_7 import linear_models
from ovp_lib.pages.section_7.linear_models import PENALTIES


@pytest.fixture
def small(monkeypatch) -> None:
    """Fewer points: nothing here depends on their number."""
    monkeypatch.setattr(tangents, "SAMPLES", 60)


@pytest.mark.usefixtures("small")
def test_the_first_reading_is_that_of_the_figure_at_its_best_penalty() -> None:
    task = NetworkTask(
        target="sine",
        convention="padded",
        network="three-layer",
        trained="ntk",
        width=12,
        samples=60,
        seeds=(3,),
        **linear_models.UNUSED,
    )
    errors = linear_models.kernel_ridge.errors(task, PENALTIES)
    found = least_errors("padded", 12, 3)
    assert list(found) == list(TANGENTS)
    assert found["W and V"] == pytest.approx(errors["test"].min(), rel=1e-6)
    assert len(set(found.values())) == 3


@pytest.mark.usefixtures("small")
def test_biases_in_w_make_other_features_than_frozen_ones() -> None:
    errors = {inputs: least_errors(inputs, 12, 0)["W"] for inputs in INPUTS}
    assert len({round(error, 6) for error in errors.values()}) == 3


@pytest.mark.usefixtures("small")
def test_readings_are_geometric_means_over_seeds() -> None:
    both, *alone = (readings(12, seeds) for seeds in ((0, 1), (0,), (1,)))
    assert list(both.index) == list(INPUTS)
    np.testing.assert_allclose(both, np.sqrt(alone[0] * alone[1]))
