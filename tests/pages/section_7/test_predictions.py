import re

import numpy as np
import pytest
from scipy import stats

from ovp_lib.evidence import published
from ovp_lib.evidence.predictions import FACTOR, TO_PRINT, slug
from ovp_lib.pages import STATEMENTS, ParameterError
from ovp_lib.pages.figure_1.statement import SLACK
from ovp_lib.pages.section_7.grids import LEARNERS
from ovp_lib.pages.section_7.predictions import CURVES, ORDER

ONE, TWO = STATEMENTS["figure-1"], STATEMENTS["figure-2"]


def test_each_figure_has_its_own_target_and_the_same_presets() -> None:
    for preset in ONE.presets:
        first, second = (statement.preset(preset) for statement in (ONE, TWO))
        assert (first.target, second.target) == ("sine", "tanh")
        own = {"target": "sine"}
        if preset == "quick":  # each around its own best step size
            assert first.step_sizes != second.step_sizes
            own |= {"step_sizes": first.step_sizes}
        assert second.model_copy(update=own) == first


def test_orders_are_of_the_curves_of_the_sweep() -> None:
    assert set(CURVES) <= set(LEARNERS)
    assert {name for pair in ORDER for name in pair} == set(LEARNERS)
    for number, statement in ((1, ONE), (2, TWO)):
        ids = {prediction.id for prediction in statement.predictions}
        for better, worse in ORDER:
            assert f"figure-{number}.order.{slug(better)}.{slug(worse)}" in ids
            assert (worse, better) not in ORDER


def test_the_exponents_asked_for_are_those_of_the_papers_points() -> None:
    asked = {prediction.id: prediction for prediction in ONE.predictions}
    table = published.points("figure-1")
    late = table[(table["panel"] == "b") & table["x"].isin([1000, 2000, 5000, 10_000])]
    for curve in CURVES:
        errors = late[late["series"] == curve]
        slope = stats.linregress(np.log(errors["x"]), np.log(errors["test_error"])).slope
        prediction = asked[f"figure-1.exponent.{slug(curve)}"]
        assert prediction.low == pytest.approx(slope - SLACK, abs=0.0051)
        assert prediction.high == pytest.approx(slope + SLACK, abs=0.0051)


@pytest.mark.parametrize(("name", "curves"), [("figure-2", 5), ("figure-3", 4)])
def test_every_blind_curve_is_judged_by_its_largest_factor_and_says_what_was_known(
    name: str, curves: int
) -> None:
    blind = [each for each in STATEMENTS[name].predictions if ".blind." in each.id]
    assert len(blind) == curves
    for prediction in blind:
        assert prediction.region() == (-np.inf, FACTOR)
        assert prediction.tolerance == 0
        assert prediction.statistic == TO_PRINT
        assert "somebody else" in prediction.caveat


def test_what_was_stated_after_a_look_says_so_wherever_it_is_shown() -> None:
    """Order, agreement with the print, explanations and the width of three layers (Figure 2)."""
    later = (".order.", ".paper-", ".end.", ".biases.", ".selection", ".grid")
    for statement in (ONE, TWO):
        for prediction in statement.predictions:
            looked = any(part in prediction.id for part in later)
            fixed = prediction.id.endswith((".order.depth", ".live.order"))
            assert not looked or fixed or prediction.caveat, prediction.id
    (width,) = [each for each in TWO.predictions if each.id == "figure-2.width.3layer"]
    assert "added after a look" in width.caveat


def test_processes_are_checks_and_no_evidence() -> None:
    for statement in (ONE, TWO):
        checks = {each.id.split(".")[-1] for each in statement.predictions if not each.is_evidence}
        assert checks - {"initial-output"} == {"selection", "grid", "recomputed"}


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        (
            "figure-1",
            {"target": "cosine"},
            "target: Input should be 'sine' or 'tanh', got 'cosine'",
        ),
        ("figure-1", {"convention": "both"}, "convention: Input should be 'padded' or 'plain'"),
        ("figure-1", {"widths": [200, 100]}, "sizes must increase"),
        ("figure-1", {"widths": [10_000]}, "m² weights: widths go to 5000, got 10000"),
        (
            "figure-1",
            {"samples": 49},
            "samples: Input should be greater than or equal to 50, got 49",
        ),
        ("figure-1", {"step_sizes": [0.1, 0.01]}, "numbers must be positive and increase"),
        ("figure-2", {"decay": [0.1]}, "no parameter 'decay' (did you mean 'decays'?)"),
        ("figure-3", {"width": 9}, "width: Input should be greater than or equal to 10, got 9"),
        (
            "figure-3",
            {"strengths": [0.0, 1e-4]},
            "strengths: numbers must be positive and increase",
        ),
        ("figure-3", {"strengths": [1e-4]}, "strengths: Tuple should have at least 2 items"),
        (
            "figure-3",
            {"step_sizes": [0.02, 0.01]},
            "step_sizes: numbers must be positive and increase",
        ),
        ("figure-3", {"decays": [1e-4, 1e-4]}, "decays: numbers must be positive and increase"),
    ],
    ids=str,
)
def test_bad_parameters_are_refused_in_one_line(name: str, given: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(message)) as refusal:
        STATEMENTS[name].resolve(**given)
    assert "\n" not in str(refusal.value)
