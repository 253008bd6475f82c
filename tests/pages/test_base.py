import re

import pytest
from pydantic import ValidationError

from ovp_lib.pages import STATEMENTS, ParameterError

THEOREM_1 = STATEMENTS["theorem-1-two-layer"]


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_statement_has_the_four_presets_all_different(name: str) -> None:
    statement = STATEMENTS[name]
    assert list(statement.presets) == ["tiny", "quick", "standard", "paper"]
    for preset in ("quick", "standard", "paper"):
        assert statement.preset(preset).n_seeds >= 5
    for preset in statement.presets:
        assert statement.preset_of(statement.preset(preset)) == preset


@pytest.mark.parametrize("name", STATEMENTS)
def test_claim_ids_are_distinct_across_a_statement(name: str) -> None:
    ids = [prediction.id for prediction in STATEMENTS[name].predictions]
    assert len(ids) == len(set(ids))


def test_given_parameters_win_over_the_preset() -> None:
    resolved = THEOREM_1.resolve("standard", phi="tanh(z)", widths=[1, 2, 3])
    assert resolved.phi == "tanh(z)"
    assert resolved.widths == (1, 2, 3)
    assert resolved.steps == THEOREM_1.preset("standard").steps
    assert THEOREM_1.preset_of(resolved) == "standard, changed"


def test_the_seed_and_the_device_are_of_any_preset() -> None:
    resolved = THEOREM_1.resolve("paper", seed=3, device="cpu")
    assert THEOREM_1.preset_of(resolved) == "paper"


def test_a_notebook_shows_all_of_its_parameters() -> None:
    cell = THEOREM_1.preset("quick").but(n_seeds=3).model_dump(mode="json")
    assert THEOREM_1.parameters_from({**cell, "other": 1}) == THEOREM_1.resolve(n_seeds=3)
    del cell["widths"]
    with pytest.raises(ParameterError, match="widths: Field required"):
        THEOREM_1.parameters_from(cell)
    with pytest.raises(ParameterError, match="ovp run theorem-1-two-layer --preset standard"):
        THEOREM_1.parameters_from({**cell, "preset": "standard"})


def test_parameters_are_changed_by_validated_copies() -> None:
    quick = THEOREM_1.preset("quick")
    assert quick.but(steps=64).steps == 64
    for wrong in ({"steps": 1}, {"step": 64}):
        with pytest.raises(ValidationError):
            quick.but(**wrong)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"widht": 3}, "no parameter 'widht' (did you mean 'widths'?); it has seed, n_seeds"),
        ({"base": "huge"}, "no preset 'huge'; it has tiny, quick, standard, paper"),
        ({"preset": "paper"}, "no parameter 'preset'"),
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


FOLDERS = {"data_folder"}


@pytest.mark.parametrize(
    ("name", "parameter"),
    [(name, each) for name, s in STATEMENTS.items() for each in s.parameters.model_fields],
)
@pytest.mark.parametrize("wrong", [{"no": "such"}, None, "???", -1.5, [[]]], ids=str)
def test_what_no_parameter_can_be_is_refused_by_its_name(
    name: str, parameter: str, wrong: object
) -> None:
    if wrong == "???" and parameter in FOLDERS:
        return  # any text may name a folder; the page looks for its files before it computes
    with pytest.raises(ParameterError) as refusal:
        STATEMENTS[name].resolve(**{parameter: wrong})
    assert str(refusal.value).startswith(f"{name}: ")
    assert parameter in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_bad_element_is_not_counted_as_a_missing_one() -> None:
    with pytest.raises(ParameterError) as refusal:
        THEOREM_1.resolve(widths=[100, -3, 5])
    assert "at least 3 items" not in str(refusal.value)


def test_descriptions_name_every_parameter_with_its_value_in_each_preset() -> None:
    described = {row["name"]: row for row in THEOREM_1.describe()}
    assert described["widths"]["type"] == "list of int"
    assert described["loss"]["type"] == "squared | pseudo_huber | cross_entropy"
    assert described["steps"]["values"]["quick"] == THEOREM_1.preset("quick").steps
    assert described["noise"]["values"]["paper"] == 0.3
    assert all(row["description"] for row in described.values())
