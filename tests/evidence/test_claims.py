import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from ovp_lib.evidence.claims import (
    CLAIMS_MIMETYPE,
    Claim,
    Claims,
    Estimate,
    Prediction,
    Predictions,
)


def prediction(**fields) -> Prediction:
    words = {"id": "lemma.part", "source": "paper", "sentence": "a < b", "statistic": "mean"}
    return Prediction(**(words | fields))


def verdict(estimate: Estimate, **fields) -> str:
    return prediction(**fields).judge(estimate, preset="quick").verdict


numbers = st.floats(-10, 10).map(lambda x: round(x, 2))


@given(
    ends=st.tuples(numbers, numbers).map(sorted),
    interval=st.tuples(numbers, numbers).map(sorted).filter(lambda ends: ends[0] < ends[1]),
    tolerance=st.floats(0, 2).map(lambda x: round(x, 2)),
)
def test_verdict_is_where_the_interval_lies(ends, interval, tolerance: float) -> None:
    low, high = ends[0] - tolerance, ends[1] + tolerance
    estimate = Estimate(sum(interval) / 2, *interval, n=5)
    got = verdict(estimate, low=ends[0], high=ends[1], tolerance=tolerance)
    if interval[1] < low or interval[0] > high:
        assert got == "fails"
    elif not all(low <= end <= high for end in interval):
        assert got == "not shown at this scale"
    elif all(ends[0] <= end <= ends[1] for end in interval) or (
        ends[0] == ends[1] and interval[0] <= ends[0] <= interval[1]
    ):
        assert got == "holds"
    else:
        assert got == "within tolerance"


def test_a_prediction_that_was_missed_within_its_tolerance_does_not_hold() -> None:
    """The exponent of Theorem 1's page, as it was stored before: at most -.5, tolerance .1."""
    missed = Estimate(-0.438, -0.452, -0.423, 8)
    assert verdict(missed, high=-0.5, tolerance=0.1) == "within tolerance"
    across = missed._replace(low=-0.55)
    assert verdict(across, high=-0.5, tolerance=0.1) == "within tolerance"
    assert verdict(missed, high=-0.5) == "fails"


def test_of_a_point_the_tolerance_says_what_is_equal() -> None:
    point = {"low": 1.0, "high": 1.0, "tolerance": 0.1}
    assert verdict(Estimate(1.01, 0.95, 1.05, 5), **point) == "holds"
    assert verdict(Estimate(1.05, 1.02, 1.08, 5), **point) == "within tolerance"
    assert verdict(Estimate(1.05, 0.95, 1.2, 5), **point) == "not shown at this scale"


ZERO_WIDTH = Estimate(1.0, 1.0, 1.0, 5)


def test_an_interval_of_a_sampled_quantity_has_a_width() -> None:
    with pytest.raises(ValueError, match="no width"):
        verdict(ZERO_WIDTH, low=0.99)
    assert verdict(ZERO_WIDTH, low=0.99, computed=True) == "holds"
    assert verdict(ZERO_WIDTH, low=0.99, kind="proved") == "holds"


def test_rounding_keeps_a_width() -> None:
    claim = prediction(low=0.99).judge(Estimate(1.00001, 1.0, 1.00002, 5), preset="quick")
    assert claim.interval == (1.0, 1.00002)


def test_evidence_and_checks_are_told_apart() -> None:
    check = prediction(id="a.check", low=0.0, kind="identity", caveat="By algebra.")
    claims = Claims(
        "s",
        [
            part.judge(Estimate(1, 0.5, 1.5, 5), preset="quick", note="Five.")
            for part in (prediction(low=0.0), check)
        ],
    )
    assert [claim.id for claim in claims.of_kind(evidence=True)] == ["lemma.part"]
    assert [claim.id for claim in claims.of_kind(evidence=False)] == ["a.check"]
    evidence, checks = claims._repr_html_().split("Checks of the code")
    assert "By algebra. Five." in checks
    assert "identity" in checks
    assert "identity" not in evidence


def test_open_ends() -> None:
    assert verdict(Estimate(-9, -10, -8, 5), high=0.0) == "holds"
    assert verdict(Estimate(9, 8, 10, 5), high=0.0) == "fails"
    assert verdict(Estimate(9, 8, 10, 5), low=0.0) == "holds"
    assert verdict(Estimate(0, -1, 1, 5), low=0.0) == "not shown at this scale"


def test_what_could_not_be_measured_is_not_shown() -> None:
    claim = prediction(high=1.0).judge(Estimate(math.nan, math.nan, math.nan, 5), preset="quick")
    assert claim.verdict == "not shown at this scale"
    assert claim.measured is None
    assert "not measurable" in repr(Claims("s", [claim]))


def test_the_verdict_can_be_recomputed_from_the_record() -> None:
    """Judged as shown: 0.10004 is recorded as 0.1 and so does not exceed 0.1."""
    claim = prediction(high=0.1).judge(Estimate(0.05, 0.04, 0.10004, 5), preset="quick")
    assert claim.interval == (0.04, 0.1)
    assert claim.verdict == "holds"


INF, NAN = math.inf, math.nan


@pytest.mark.parametrize("numbers", [(3, -INF, 5), (INF, 3, INF), (NAN, 3, 5), (4, 3, NAN)])
def test_an_interval_that_is_not_finite_shows_nothing(numbers: tuple[float, float, float]) -> None:
    claim = prediction(high=10.0).judge(Estimate(*numbers, 5), preset="quick")
    assert claim.verdict == "not shown at this scale"
    assert Claim.model_validate_json(claim.model_dump_json()) == claim


@given(
    numbers=st.tuples(*[st.floats(-1e3, 1e3, allow_subnormal=False)] * 3).map(sorted),
    end=numbers,
    tolerance=st.floats(0, 2),
)
def test_every_judged_claim_validates_as_it_is_stored(numbers, end, tolerance) -> None:
    low, value, high = numbers
    assume(low < high)
    for ends in ({"low": end}, {"high": end}):
        estimate = Estimate(value, low, high, 5)
        claim = prediction(**ends, tolerance=tolerance).judge(estimate, preset="quick")
        assert Claim.model_validate_json(claim.model_dump_json()) == claim


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"measured": 1.13, "interval": [-2.62, 2.75]}, "gives 'not shown at this scale', its"),
        ({"measured": 55, "interval": [44, 66]}, "gives 'fails', its record says 'holds'"),
        ({"measured": None, "interval": [None, None]}, "not measurable against ≤ 0.1 gives"),
        ({"interval": [None, 0.06]}, "gives 'not shown at this scale'"),
        ({"verdict": "fails"}, "gives 'holds', its record says 'fails'"),
        ({"high": 0.01}, "gives 'fails', its record says 'holds'"),
        ({"measured": 0.07}, r"\[0.04, 0.06\] does not contain the measured value 0.07"),
        ({"interval": [0.06, 0.04]}, "does not contain"),
        ({"interval": [0.055, None]}, "does not contain"),
    ],
    ids=str,
)
def test_a_record_whose_verdict_does_not_follow_from_its_numbers_is_refused(
    changes: dict[str, Any], message: str
) -> None:
    claim = prediction(high=0.1).judge(Estimate(0.05, 0.04, 0.06, 5), preset="quick")
    with pytest.raises(ValidationError, match=message):
        Claim.model_validate({**claim.model_dump(mode="json"), **changes})


def test_records_survive_the_round_trip_and_damage_is_noticed() -> None:
    claims = Claims("s", [prediction(low=0.0).judge(Estimate(1, 0.5, 1.5, 5), preset="quick")])
    record = claims._repr_mimebundle_()[CLAIMS_MIMETYPE]
    assert Claims.from_record(record).record() == record
    record["claims"][0]["verdict"] = "proved"
    with pytest.raises(ValidationError):
        Claims.from_record(record)


def test_tables_escape_what_they_show() -> None:
    claims = Claims("s", [prediction(low=0.0).judge(Estimate(1, 0.5, 1.5, 5), preset="quick")])
    for table in (claims._repr_html_(), Predictions([prediction(low=0.0)])._repr_html_()):
        assert "a &lt; b" in table
        assert "a < b" not in table


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "nothing could contradict it"),
        ({"low": 1.0, "high": 0.0}, "is empty"),
        ({"low": 0.0, "tolerance": -1.0}, "greater than or equal to 0"),
        ({"low": 0.0, "id": "Lemma 1"}, "should match pattern"),
        ({"low": math.inf}, "finite"),
    ],
)
def test_predictions_that_cannot_fail_are_refused(fields, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        prediction(**fields)


def test_ids_are_distinct() -> None:
    claim = prediction(low=0.0).judge(Estimate(1, 0.5, 1.5, 5), preset="quick")
    with pytest.raises(ValueError, match="must be distinct"):
        Claims("s", [claim, claim])
