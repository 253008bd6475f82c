import math

import pytest
import torch

from ovp_lib.models.architectures import architecture_of
from ovp_lib.models.inputs import hypercube, stream
from ovp_lib.models.learners import LEARNERS, init_learner


@pytest.mark.parametrize("name", LEARNERS)
def test_every_weight_has_the_spread_of_the_experiments(name: str) -> None:
    d, m, k = 40, 400, 5
    net = init_learner(name, [stream(0), stream(1)], d=d, m=m, k=k)
    assert architecture_of(net).name == name
    for field, weight in net._asdict().items():
        spread = 1 / math.sqrt(d if field == "W" else m)
        n = weight[0].numel()
        for member in weight:  # the standard error of a standard deviation is s / sqrt(2 n)
            assert member.std() == pytest.approx(spread, abs=4.5 * spread / math.sqrt(2 * n))
            assert member.mean().abs() < 4.5 * spread / math.sqrt(n)
        assert not torch.equal(weight[0], weight[1])


@pytest.mark.parametrize("name", LEARNERS)
def test_outputs_are_of_order_one_whatever_the_width(name: str) -> None:
    x = hypercube(30)(200, stream(9)).unsqueeze(0)
    for m in (50, 800):
        net = init_learner(name, [stream(0, m)], d=30, m=m, k=4)
        size = architecture_of(net).forward(net, x).square().mean().item()
        assert 0.05 < size < 5


def test_an_unknown_learner_is_refused() -> None:
    with pytest.raises(ValueError, match="one of bottleneck, resnet, three-layer, two-layer"):
        init_learner("kernel", [stream(0)], d=2, m=2, k=1)
