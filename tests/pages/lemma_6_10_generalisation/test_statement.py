import re

import pytest

from ovp_lib.pages import STATEMENTS, ParameterError

PAGE = STATEMENTS["lemma-6-10-generalisation"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"widths": [3, 8, 16]}, "widths.0: Input should be greater than or equal to 4, got 3"),
        ({"widths": [8, 16]}, "widths: Tuple should have at least 3 items"),
        ({"real_widths": [8, 8, 16]}, "sizes must increase"),
        ({"plane_sample_sizes": [9, 8, 16]}, "sizes must increase"),
        ({"n_signs": 0}, "n_signs: Input should be greater than or equal to 1, got 0"),
        ({"steps": 0}, "steps: Input should be greater than or equal to 1, got 0"),
        ({"tau_v": 0.0}, "tau_v: Input should be greater than 0, got 0"),
        ({"dimension": 2}, "dimension: Input should be greater than or equal to 3, got 2"),
    ],
    ids=str,
)
def test_bad_parameters_are_refused_in_one_line(given: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(message)) as refusal:
        PAGE.resolve(**given)
    assert "\n" not in str(refusal.value)
