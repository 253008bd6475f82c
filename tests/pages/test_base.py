import re

import pytest

from ovp_lib.evidence.claims import Estimate
from ovp_lib.pages import STATEMENTS, ParameterError

THEOREM_1 = STATEMENTS["theorem-1-two-layer"]


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_preset_is_complete_and_valid(name: str) -> None:
    statement = STATEMENTS[name]
    assert list(statement.presets) == ["quick", "standard", "paper"]
    for preset in statement.presets:
        assert statement.resolve(preset=preset).n_seeds >= 5


@pytest.mark.parametrize("name", STATEMENTS)
def test_claim_ids_are_distinct_across_a_statement(name: str) -> None:
    ids = [prediction.id for prediction in STATEMENTS[name].predictions]
    assert len(ids) == len(set(ids))


def test_given_parameters_win_over_the_preset_and_none_means_the_preset() -> None:
    resolved = THEOREM_1.resolve(preset="standard", phi="tanh(z)", widths=[1, 2, 3], steps=None)
    assert resolved.phi == "tanh(z)"
    assert resolved.widths == (1, 2, 3)
    assert resolved.steps == THEOREM_1.presets["standard"]["steps"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"widht": 3}, "no parameter 'widht' (did you mean 'widths'?); it has preset, seed"),
        ({"preset": "huge"}, "no preset 'huge'; it has quick, standard, paper"),
        ({"steps": "many"}, "steps: Input should be a valid integer, got 'many'"),
        ({"steps": 1.5}, "steps: Input should be a valid integer"),
        ({"n_seeds": True}, "n_seeds: Input should be a valid integer"),
        ({"n_seeds": 1}, "greater than or equal to 2, got 1"),
        ({"widths": [100, -3, 5]}, "widths.1: Input should be greater than or equal to 1, got -3"),
        ({"widths": [3, 2, 1]}, "sizes must increase"),
        ({"widths": [3, 4]}, "widths: Tuple should have at least 3 items, not 2, got [3, 4]"),
        ({"phi": "log(z)"}, "cannot read the function 'log(z)'"),
        ({"phis": ["z", "z", "?"]}, "cannot read the function '?'"),
        ({"loss": "hinge"}, "'squared', 'pseudo_huber' or 'cross_entropy', got 'hinge'"),
        ({"loss": "cross_entropy"}, "needs n_outputs of at least 2"),
        ({"device": "quantum"}, "device: 'quantum' is no device; allowed are auto, cpu, mps, cuda"),
        ({"device": "cuda:"}, "'cuda:' is no device"),
        ({"noise": object()}, "not JSON serializable"),
    ],
)
def test_bad_parameters_are_refused_in_one_line(given: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(message)) as refusal:
        THEOREM_1.resolve(**given)
    assert "\n" not in str(refusal.value)


def test_a_bad_element_is_not_counted_as_a_missing_one() -> None:
    with pytest.raises(ParameterError) as refusal:
        THEOREM_1.resolve(widths=[100, -3, 5])
    assert "at least 3 items" not in str(refusal.value)


def test_every_prediction_must_be_measured_and_every_measurement_predicted() -> None:
    estimate = Estimate(0.0, -0.01, 0.01, 5)
    measured = {prediction.id: estimate for prediction in THEOREM_1.predictions}
    notes = {THEOREM_1.predictions[2].id: "a note"}
    claims = THEOREM_1.judge("quick", measured, notes)
    assert [claim.id for claim in claims] == list(measured)
    assert claims[2].note == "a note"
    with pytest.raises(ValueError, match=r"noted but not predicted: \['no.such'\]"):
        THEOREM_1.judge("quick", measured, {"no.such": "claim"})
    measured["theorem-1.extra.claim"] = estimate
    del measured["theorem-1.width.exponent"]
    with pytest.raises(ValueError, match=r"\['theorem-1.width.exponent'\].*\['theorem-1.extra"):
        THEOREM_1.judge("quick", measured)


def test_descriptions_name_every_parameter_with_its_value_in_each_preset() -> None:
    described = {row["name"]: row for row in THEOREM_1.describe()}
    assert described["widths"]["type"] == "list of int"
    assert described["loss"]["type"] == "squared | pseudo_huber | cross_entropy"
    assert described["steps"]["values"]["quick"] == THEOREM_1.presets["quick"]["steps"]
    assert described["noise"]["values"]["paper"] == 0.3
    assert all(row["description"] for row in described.values())
