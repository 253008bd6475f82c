import re

import pytest

from ovp_lib.evidence import published
from ovp_lib.evidence.predictions import slug
from ovp_lib.pages import ParameterError
from ovp_lib.pages.resnet_separation.statement import METHODS, STATEMENT


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sample_sizes": [40, 300]}, "batches of 50 need sample_sizes of at least 50, got 40"),
        ({"sample_sizes": [300]}, "sample_sizes: Tuple should have at least 2 items"),
        ({"sample_sizes": [300, 150]}, "sizes must increase"),
        ({"step_sizes": [0.2]}, "step_sizes: Tuple should have at least 2 items"),
        ({"step_sizes": [0.5, 0.2]}, "numbers must be positive and increase"),
        ({"decays": [0.0, 0.1]}, "numbers must be positive and increase"),
        ({"decays": []}, "decays: Tuple should have at least 1 item"),
        ({"alpha": 0.0}, "alpha: Input should be greater than 0"),
        ({"alpha": 1.5}, "alpha: Input should be less than or equal to 1"),
        ({"dimension": 4}, "dimension: Input should be greater than or equal to 5, got 4"),
        ({"epochs": 1}, "epochs: Input should be greater than or equal to 2, got 1"),
        ({"width": 0}, "width: Input should be greater than or equal to 1, got 0"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_parameters_are_refused_in_one_line(given: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(message)) as refusal:
        STATEMENT.resolve(**given)
    assert "\n" not in str(refusal.value)


def test_every_curve_of_the_papers_figure_is_compared_with_it() -> None:
    assert set(published.points("resnet-figure-2a").series) == set(METHODS)
    ids = {prediction.id for prediction in STATEMENT.predictions}
    for method in METHODS:
        assert f"resnet-figure-2.paper.{slug(method)}" in ids


def test_agreement_with_the_paper_is_two_sided_and_its_sentence_is_judged_on_its_figure() -> None:
    regions = {prediction.id: prediction.region() for prediction in STATEMENT.predictions}
    assert regions["resnet-figure-2.paper.3resnet"] == (0.8, 1.25)
    assert regions["resnet-figure-2.plain"] == (1.0, float("inf"))
    assert regions["resnet-hard.plain-learns"] == (float("-inf"), 0.5)
    assert regions["resnet-theorem-1.ratio"] == (2.0, float("inf"))
