import re

import pytest

from ovp_lib.pages import STATEMENTS, ParameterError

LEMMA = STATEMENTS["lemma-6-5-coupling"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"widths": [0, 8, 16]}, "widths.0: Input should be greater than or equal to 8, got 0"),
        ({"widths": [8, 16]}, "widths: Tuple should have at least 3 items"),
        ({"first_widths": [100, 50, 200]}, "sizes must increase"),
        ({"trained_widths": [8, 8, 16]}, "sizes must increase"),
        ({"smoothed_width": 7}, "smoothed_width: Input should be greater than or equal to 8"),
        ({"smoothed_widths": [8, 16]}, "smoothed_widths: Tuple should have at least 3 items"),
        ({"steps": 0}, "steps: Input should be greater than or equal to 1, got 0"),
        ({"n_networks": 0}, "n_networks: Input should be greater than or equal to 1, got 0"),
        ({"n_points": 0}, "n_points: Input should be greater than or equal to 1, got 0"),
        ({"n_signs": 1}, "n_signs: Input should be greater than or equal to 16, got 1"),
        ({"n_smoothings": 9}, "n_smoothings: Input should be greater than or equal to 100, got 9"),
        ({"dimension": 2}, "dimension: Input should be greater than or equal to 3, got 2"),
        ({"phi": "log(z)"}, "cannot read the function 'log(z)'"),
        ({"width": [8, 16, 32]}, "no parameter 'width' (did you mean 'widths'?)"),
    ],
    ids=str,
)
def test_bad_parameters_are_refused_in_one_line(given: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(message)) as refusal:
        LEMMA.resolve(**given)
    assert "\n" not in str(refusal.value)


def test_attained_bounds_are_two_sided_and_upper_bounds_are_not() -> None:
    regions = {prediction.id: prediction.widened() for prediction in LEMMA.predictions}
    assert regions["lemma-6-5.sign-changes-w.tau-exponent"] == pytest.approx((0.75, 0.85))
    assert regions["lemma-6-5.sign-changes-v.through-w-exponent"] == pytest.approx(
        (7 / 6 - 0.05, 7 / 6 + 0.05)
    )
    assert regions["lemma-6-5.sign-changes-w.sgd-exponent"] == (-float("inf"), 0.05)
    assert regions["lemma-6-9.smoothing.exponent"] == (1.9, float("inf"))
