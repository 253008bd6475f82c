import re

import pytest

from ovp_lib.pages import STATEMENTS, ParameterError

BOUND = STATEMENTS["kernel-lower-bound"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"dimension": 15}, "dimension: Input should be less than or equal to 14, got 15"),
        ({"subset_size": 1}, "subset_size: Input should be greater than or equal to 2, got 1"),
        ({"subset_size": 10}, "subset_size: no dimension may be below it, got 10"),
        ({"span_sizes": [20, 71]}, "span_sizes: at most C(8, 4) = 70, got 71"),
        ({"span_sizes": [20, 10]}, "sizes must increase"),
        ({"alpha": 0.0}, "alpha: Input should be greater than 0"),
        ({"common_dimensions": [9, 12, 10]}, "common_dimensions must increase, and stay below"),
        ({"common_dimensions": [11, 13, 30]}, "common_dimensions must increase, and stay below"),
        ({"common_dimensions": [11, 13]}, "at least 3 items"),
        ({"common_dimensions": [13, 20, 57]}, "less than or equal to 56, got 57"),
        ({"common_dimensions": [15, 16, 20]}, "the first must be at most 14"),
        ({"share_subset_size": 4}, "must exceed paper_dimension and be at least 50, got 27"),
        ({"crossing_kernels": ["arcsin"]}, "crossing_kernels.0: Input should be 'NTK, 2 hidden'"),
        ({"sample_factors": [3, 6, 8]}, "sample_factors: a batch has 50 samples, got 33"),
        ({"power_dimension": 8}, "sample_factors: a batch has 50 samples, got 40"),
        ({"epochs": 1}, "epochs: Input should be greater than or equal to 2, got 1"),
        ({"step_sizes": []}, "at least 1 item"),
        ({"step_sizes": [-0.1]}, "greater than 0"),
        ({"k": 4}, "has no parameter 'k'"),
    ],
    ids=str,
)
def test_bad_parameters_are_refused_in_one_line(given: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(message)) as refusal:
        BOUND.resolve(**given)
    assert "\n" not in str(refusal.value)


def test_inequalities_predict_no_violation_and_exponents_are_the_papers() -> None:
    regions = {p.id.removeprefix("kernel-lower-bound."): p.region() for p in BOUND.predictions}
    for name, region in regions.items():
        if name.endswith("violations"):
            assert region == (0, 0)
    proved = {
        p.id.removeprefix("kernel-lower-bound.") for p in BOUND.predictions if not p.is_evidence
    }
    assert {name for name in regions if name.endswith("violations")} < proved
    assert {"kernels.share", "rank.defect", "tightness.parities", "tightness.mixtures"} < proved
    assert regions["crossing.kernel-exponent"] == (2.0, float("inf"))
    assert regions["crossing.network-exponent"] == (-float("inf"), 1.0)
    assert regions["kernels.share"][0] == 0.99
    assert regions["crossing.growth"] == (0.0, float("inf"))


def test_the_statement_on_99_percent_has_more_samples_than_coordinates() -> None:
    for preset in ("quick", "standard", "paper"):
        parameters = BOUND.preset(preset)
        assert parameters.few > parameters.paper_dimension
