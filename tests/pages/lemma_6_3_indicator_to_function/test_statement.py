import re

import pytest

from ovp_lib.pages import STATEMENTS, ParameterError
from ovp_lib.proofs.indicator import MAX_DEGREE


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"accuracy": 0.0}, "accuracy: Input should be greater than 0, got 0.0"),
        ({"accuracy": 1.0}, "accuracy: Input should be less than 1, got 1.0"),
        ({"degree": 101}, "degree: Input should be less than or equal to 100, got 101"),
        ({"clip": 0.0}, "clip: Input should be greater than 0"),
        ({"phi": "tanh(2z)"}, "the Taylor series of tanh(2z) converges only for |z| < 0.785"),
        ({"phis": ["z", "sigmoid(4z)"]}, "converges only for |z| < 0.785"),
        ({"phi": "log(z)"}, "cannot read the function 'log(z)'"),
        ({"widths": [0, 10, 20]}, "widths.0: Input should be greater than or equal to 1, got 0"),
        ({"widths": [30, 20, 10]}, "sizes must increase"),
        ({"dimension": 2}, "dimension: Input should be greater than or equal to 3, got 2"),
    ],
)
def test_lemma_6_3_refuses_what_it_cannot_compute(given: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(message)):
        STATEMENTS["lemma-6-3-indicator-to-function"].resolve(**given)


def test_the_highest_degree_is_what_the_indicator_can_do() -> None:
    statement = STATEMENTS["lemma-6-3-indicator-to-function"]
    assert statement.resolve(degree=MAX_DEGREE).degree == MAX_DEGREE
    with pytest.raises(ParameterError):
        statement.resolve(degree=MAX_DEGREE + 1)
