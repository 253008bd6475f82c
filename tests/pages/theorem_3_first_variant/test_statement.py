"""What Theorem 3 does not speak of is refused before anything is computed."""

from typing import Any

import pytest
from pydantic import ValidationError

from ovp_lib.pages.theorem_3_first_variant.statement import QUICK, STATEMENT


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"gamma": 0.3}, "gamma in"),
        ({"gamma": 0.0}, "gamma in"),
        ({"eps0": 0.02}, "eps0 in"),
        ({"widths": (1, 10)}, "widths m1, m2 >= 2"),
        ({"c0": 0.0}, "greater than 0"),
        ({"rounds": 0}, "greater than or equal to 1"),
    ],
)
def test_bad_input_is_refused_with_its_reason(change: dict[str, Any], reason: str) -> None:
    with pytest.raises((ValueError, ValidationError), match=reason):
        QUICK.but(**change)


def test_lambda_ends_where_it_should() -> None:
    for name in ("tiny", "quick", "standard", "paper"):
        p = STATEMENT.preset(name)
        assert (1 - p.decay) ** p.rounds == pytest.approx(p.last_lambda)
