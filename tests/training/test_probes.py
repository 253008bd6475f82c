import math

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ovp_lib.models.inputs import padded_sphere, stream
from ovp_lib.models.networks import init_two_layer, two_layer
from ovp_lib.training import probes
from ovp_lib.training.losses import SQUARED
from ovp_lib.training.samples import Sample


def setting() -> tuple:
    net = init_two_layer([stream(0), stream(1)], d=3, m=8)
    x = torch.stack([padded_sphere(3)(10, stream(i)) for i in (2, 3)])
    return net, Sample(x, torch.ones(2, 10, 1, dtype=torch.float64))


def test_outputs_do_not_depend_on_the_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    net, sample = setting()
    whole = probes.outputs(net, sample.x)
    monkeypatch.setattr(probes, "CHUNK_BYTES", 3 * 2 * 8 * 8)
    torch.testing.assert_close(probes.outputs(net, sample.x), whole)
    torch.testing.assert_close(whole, two_layer(net, sample.x))


def test_probes_combine() -> None:
    net, sample = setting()
    one, two = probes.risks(SQUARED, train=sample), probes.risks(SQUARED, test=sample)
    measured = probes.combine(one, two)(net)
    assert list(measured) == ["train", "test"]
    expected = SQUARED.value(two_layer(net, sample.x), sample.y).mean(dim=1)
    torch.testing.assert_close(measured["test"], expected)


@given(steps=st.integers(1, 10**6), n=st.integers(1, 60), first=st.integers(1, 100))
def test_checkpoints_increase_and_end_with_the_last_step(steps: int, n: int, first: int) -> None:
    at = probes.checkpoints(steps, n, first)
    assert at == sorted(set(at))
    assert at[0] >= 1
    assert at[-1] == steps or n == 1
    assert len(at) <= n


@given(power=st.floats(-3, -0.1), level=st.floats(1e-4, 0.9))
def test_crossing_of_a_power_law_is_exact(power: float, level: float) -> None:
    steps = np.geomspace(1, 1e5, 23)
    expected = level ** (1 / power)
    crossing = probes.first_crossing(steps, steps**power, level)
    if expected <= 1e5:
        assert crossing == pytest.approx(expected, rel=1e-6)
    else:
        assert math.isinf(crossing)


def test_crossing_of_awkward_curves() -> None:
    assert probes.first_crossing([1, 2, 4], [0.1, 1.0, 0.01], 0.5) == 1.0
    assert probes.first_crossing([1, 2, 4], [1.0, math.nan, math.inf], 0.5) == math.inf
    assert 2 < probes.first_crossing([1, 2, 4, 8], [1.0, 1.0, 0.1, 1.0], 0.5) < 4
    with pytest.raises(ValueError, match="one value for each step"):
        probes.first_crossing([1, 2], [1.0], 0.5)
    with pytest.raises(ValueError, match="positive level"):
        probes.first_crossing([1], [1.0], 0.0)


def test_curves_by_member() -> None:
    table = pd.DataFrame(
        {"step": [10, 10, 20, 20], "member": [0, 1, 0, 1], "test": [1.0, 2.0, 0.5, 0.25]}
    )
    steps, curves = probes.by_member(table, "test")
    assert steps.tolist() == [10, 20]
    assert curves.tolist() == [[1.0, 0.5], [2.0, 0.25]]
    reached = probes.steps_to_reach(table, "test", 0.5)
    assert reached[0] == pytest.approx(20.0)
    assert 10 < reached[1] < 20
