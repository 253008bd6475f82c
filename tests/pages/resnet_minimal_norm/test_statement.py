import math
import re

import pytest
import torch

from ovp_lib.evidence import published
from ovp_lib.pages import STATEMENTS, ParameterError
from ovp_lib.pages.resnet_minimal_norm.statement import CLAIMED_ERROR, COMPARABLE_NORM
from ovp_lib.proofs import parity_network as best

FIGURE = STATEMENTS["resnet-minimal-norm"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"subset_size": 5}, "subset_size: Input should be a multiple of 2, got 5"),
        ({"dimension": 15}, "dimension: Input should be greater than or equal to 16, got 15"),
        ({"dimension": 65}, "dimension: Input should be less than or equal to 64, got 65"),
        ({"widths": [201]}, "widths.0: Input should be a multiple of 2, got 201"),
        ({"widths": [400, 200]}, "sizes must increase"),
        ({"samples": 60, "batch_size": 61}, "samples must be at least batch_size 61, got 60"),
        ({"epochs": 12}, "epochs: Input should be a multiple of 5, got 12"),
        ({"step_sizes": [1.0, 1.0]}, "step_sizes: holds a value twice: (1.0, 1.0)"),
        ({"step_sizes": [0.0]}, "step_sizes.0: Input should be greater than 0"),
        ({"decays": [-1e-5]}, "decays.0: Input should be greater than or equal to 0"),
        ({"init": "large"}, "init: Input should be 'small' or 'unit', got 'large'"),
        ({"hand_steps": 4}, "hand_steps: Input should be greater than or equal to 5, got 4"),
        ({"step_size": [1.0]}, "no parameter 'step_size' (did you mean 'step_sizes'?)"),
    ],
    ids=str,
)
def test_bad_parameters_are_refused_in_one_line(given: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(message)) as refusal:
        FIGURE.resolve(**given)
    assert "\n" not in str(refusal.value)


def test_the_claimed_error_is_that_of_the_figure() -> None:
    points = published.points("resnet-figure-1")
    least = points[points.series.str.contains("test error") & points.series.str.contains("SGD")]
    assert math.floor(100 * least.error.min()) / 100 == CLAIMED_ERROR


def test_comparable_includes_what_the_paper_made_by_hand() -> None:
    points = published.points("resnet-figure-1")
    hand = points[points.series.str.contains("by hand")]
    ratio = torch.tensor(hand.frobenius_norm.values) / best.norm_at(
        torch.tensor(hand.error.values), 40, 6
    )
    assert 1 < ratio.min() < ratio.max() < COMPARABLE_NORM


def test_what_is_proved_is_a_check_and_the_figures_error_bounds_every_budget() -> None:
    predictions = {p.id.removeprefix("resnet-minimal-norm."): p for p in FIGURE.predictions}
    checks = {name for name, prediction in predictions.items() if not prediction.is_evidence}
    assert {"construction.error", "bound.neuron", "sgd.frontier", "sweep.frontier"} < checks
    assert predictions["sweep.again"].kind == "recomputation"
    budgets = [name for name in predictions if name.startswith("sweep.steps-")]
    assert len(budgets) == 4
    for name in budgets:
        assert predictions[name].region() == (0.69, math.inf)
        assert "Section 9.2" in predictions[name].caveat
    assert predictions["sgd.objective"].region() == (1.0, math.inf)
    assert predictions["hand.norm"].region() == (1.0, 1.25)
