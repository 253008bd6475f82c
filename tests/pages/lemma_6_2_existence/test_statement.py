import pytest

from ovp_lib.pages import ParameterError
from ovp_lib.pages.lemma_6_2_existence.statement import CHUNKS, STATEMENT, TERMS


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"widths": [4, 100, 200]}, "greater than or equal to 8"),
        ({"widths": [100, 50, 200]}, "sizes must increase"),
        ({"widths": [50, 100]}, "at least 3 items"),
        ({"networks": 0}, "greater than or equal to 1"),
        ({"chunk_widths": [4000, 5002, 6000]}, "multiples of 4 from 4000 on, .* got 5002"),
        ({"chunk_widths": [2000, 4000, 6000]}, "so that no chunk is empty, got 2000"),
        ({"chunk_draws": 4}, "greater than or equal to 8"),
        ({"ball_widths": [16, 24]}, "at least 3 items"),
        ({"counts": [0, 1, 2]}, "greater than or equal to 1"),
        ({"inner": "log(z)"}, "cannot read the function"),
        ({"inner": "tanh(3z)"}, "needs it on"),
        ({"ridge": 0.0}, "greater than 0"),
        ({"clip": -1.0}, "greater than 0"),
        ({"dimension": 2}, "greater than or equal to 3"),
        ({"n_points": 2}, "greater than or equal to 4"),
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
    assert p.widths[-1] >= 50 * p.widths[0]
    assert p.ball_widths[-1] <= p.widths[0] * 2
    assert p.chunk_widths[0] >= 1000 * TERMS * CHUNKS
