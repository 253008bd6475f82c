import math

import numpy as np
import pytest
import torch

from ovp_lib.models.inputs import stream
from ovp_lib.models.section_7 import TARGETS, draw


def test_targets_against_the_printed_formulas() -> None:
    x = draw("sine", "plain", 50, [stream(0)])
    for (a, b, c, d), y in zip(x.x[0].tolist(), x.y[0, :, 0].tolist(), strict=True):
        by_hand = (math.sin(3 * a) + math.sin(3 * b) + math.sin(3 * c) - 2) ** 2 * math.cos(7 * d)
        assert y == pytest.approx(by_hand, rel=1e-12)
    x = draw("tanh", "plain", 50, [stream(0)])
    for (a, b, c, d), y in zip(x.x[0].tolist(), x.y[0, :, 0].tolist(), strict=True):
        inner = math.tanh(8 * a) + math.tanh(8 * b) + math.tanh(8 * c) - 2
        assert y == pytest.approx(inner**2 * math.tanh(8 * d), rel=1e-12)


def test_both_conventions_show_the_same_points_with_the_same_labels() -> None:
    plain, padded = (draw("sine", how, 20, [stream(3), stream(4)]) for how in ("plain", "padded"))
    assert plain.x.shape == (2, 20, 4)
    assert padded.x.shape == (2, 20, 5)
    torch.testing.assert_close(padded.x[..., :4], math.sqrt(0.75) * plain.x)
    assert (padded.x[..., 4] == 0.5).all()
    assert torch.equal(plain.y, padded.y)
    np.testing.assert_allclose(plain.x.norm(dim=-1), 1.0)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="one of sine, tanh, got 'sin'"):
        draw("sin", "plain", 1, [stream(0)])
    with pytest.raises(ValueError, match="one of plain, padded, got 'half'"):
        draw("sine", "half", 1, [stream(0)])
    assert set(TARGETS) == {"sine", "tanh"}
