import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ovp_lib.models.inputs import stream
from ovp_lib.models.neurons import draw_neurons, points_along

DIRECTION = torch.tensor([0.6, 0.0, 0.8, 0.0], dtype=torch.float64)
X1 = torch.tensor([-0.7, 0.2, 0.8], dtype=torch.float64)


def test_neurons_have_the_variances_of_the_initialisation() -> None:
    v, W, b, m2 = draw_neurons(100, stream(3), d=4, m1=2000, m2=25)
    for values, variance in ((v, 1 / m2), (W, 1 / 2000), (b, 1 / 2000)):
        squares = values.square() / variance
        assert abs(squares.mean() - 1) < 4.5 * math.sqrt(2 / squares.numel())


@given(st.floats(-0.86, 0.86), st.integers(0, 1000))
def test_points_have_the_cosine_asked_for(x1: float, key: int) -> None:
    x = points_along(DIRECTION, torch.tensor([x1], dtype=torch.float64), stream(key))
    assert (x @ DIRECTION).item() == pytest.approx(x1, abs=1e-12)
    assert x.norm().item() == pytest.approx(1, abs=1e-12)
    assert x[0, -1] == 0.5


def test_refuses_points_that_are_not_there() -> None:
    with pytest.raises(ValueError, match=r"\|x1\| <= sqrt\(3\)/2"):
        points_along(DIRECTION, torch.tensor([0.9], dtype=torch.float64), stream(1))
    with pytest.raises(ValueError, match="d = 2"):
        points_along(torch.tensor([1.0, 0.0], dtype=torch.float64), X1, stream(1))
    for wrong in ([0.6, 0.0, 0.0, 0.8], [2.0, 0.0, 0.0, 0.0]):
        with pytest.raises(ValueError, match="orthogonal to the padded coordinate"):
            points_along(torch.tensor(wrong, dtype=torch.float64), X1, stream(1))


@pytest.mark.parametrize("name", ["d", "m1", "m2"])
def test_refuses_sizes_below_one(name: str) -> None:
    sizes = {"d": 4, "m1": 10, "m2": 2} | {name: 0}
    with pytest.raises(ValueError, match="must be at least 1"):
        draw_neurons(2, stream(1), **sizes)
    with pytest.raises(ValueError, match="must be at least 1"):
        draw_neurons(0, stream(1), d=4, m1=10, m2=2)
