import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ovp_lib.evidence.claims import Claim, Estimate
from ovp_lib.evidence.predictions import at_least, at_most, between, equal_to, under

SAID = ("It is so.", "a statistic")
NUMBERS = st.floats(-10.0, 10.0)


@given(bound=NUMBERS, within=st.floats(0.0, 1.0), value=st.floats(-20.0, 20.0))
def test_a_region_is_what_its_constructor_says(bound: float, within: float, value: float) -> None:
    point = Estimate(value, value, value, 3)
    for prediction, inside in (
        (at_most("a", bound, *SAID, within=within), value <= bound + within),
        (at_least("a", bound, *SAID, within=within), value >= bound - within),
        (equal_to("a", bound, *SAID, within=within), bound - within <= value <= bound + within),
        (between("a", bound, bound + 1, *SAID), bound <= value <= bound + 1),
    ):
        assert (prediction.verdict_of(point) in ("holds", "within tolerance")) == inside


def test_open_ends_are_infinite() -> None:
    assert at_most("a", 1.0, *SAID).region() == (-math.inf, 1.0)
    assert at_least("a", 1.0, *SAID).region() == (1.0, math.inf)


def test_under_labels_ids_and_names_the_source_of_those_that_have_none() -> None:
    first, second = under(
        "lemma-1", "the lemma", at_most("x.y", 0.0, *SAID), at_least("z", 0, *SAID, source="proof")
    )
    assert (first.id, first.source) == ("lemma-1.x.y", "the lemma")
    assert (second.id, second.source) == ("lemma-1.z", "proof")


@pytest.mark.parametrize("id", ["", "A", "a..b", ".a", "a b", "a.b."])
def test_an_id_is_lower_case_words_between_dots(id: str) -> None:
    with pytest.raises(ValidationError, match="id"):
        at_most(id, 0.0, *SAID)


def test_a_relative_id_is_no_claims() -> None:
    with pytest.raises(ValidationError, match="id"):
        at_most("risk", 0.0, *SAID).judge(Estimate(0, -1, 1, 2), preset="quick")
    (named,) = under("theorem-1", "here", at_most("risk", 0.0, *SAID))
    assert isinstance(named.judge(Estimate(0, -1, 1, 2), preset="quick"), Claim)
