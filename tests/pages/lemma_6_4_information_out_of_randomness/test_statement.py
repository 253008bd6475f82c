import pytest

from ovp_lib.pages import ParameterError
from ovp_lib.pages.lemma_6_4_information_out_of_randomness.statement import STATEMENT


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"widths": [0, 2000, 3000]}, "greater than or equal to 1"),
        ({"widths": [3000, 2000, 4000]}, "sizes must increase"),
        ({"widths": [2000, 3000]}, "at least 3 items"),
        ({"widths": [1000, 2000, 3000]}, "must be at least 20, got 10"),
        ({"tau": 0.001}, "must be at least 20, got 2"),
        ({"tau": 0.02}, "less than or equal to 0.01"),
        ({"tau": 0.0}, "greater than 0"),
        ({"phi": "log(z)"}, "cannot read the function"),
        ({"other_phi": "tanh(3z)"}, "needs it on"),
        ({"n_draws": 8}, "greater than or equal to 32"),
        ({"paired_draws": 8}, "greater than or equal to 32"),
        ({"dimension": 2}, "greater than or equal to 3"),
        ({"clip": -1.0}, "greater than 0"),
        ({"second_width": 0}, "greater than or equal to 1"),
        ({"construction": "any"}, "least norm"),
        ({"device": "mps"}, "float64"),
        ({"epsilon": 0.1}, "has no parameter 'epsilon'"),
    ],
    ids=str,
)
def test_refuses_before_anything_runs(given, said) -> None:
    with pytest.raises(ParameterError, match=said):
        STATEMENT.resolve(**given)


@pytest.mark.parametrize("preset", ["quick", "standard", "paper"])
def test_presets_resolve(preset: str) -> None:
    p = STATEMENT.preset(preset)
    assert p.tau * p.widths[0] >= 20
    assert p.widths[-1] >= 20 * p.widths[0]


def test_a_claim_and_its_control_cannot_both_hold() -> None:
    claim, control = (
        next(p for p in STATEMENT.predictions if p.id == f"lemma-6-4.independence.{name}")
        for name in ("members", "control")
    )
    assert claim.widened()[1] == control.region()[0]
    assert control.tolerance == 0
