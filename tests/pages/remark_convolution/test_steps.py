"""Steps by hand are those of automatic differentiation."""

from functools import partial

import pytest
import torch

from ovp_lib.models.patches import Convolutional, convolutional
from ovp_lib.pages.remark_convolution.problem import ConvolutionalTargets, make_problem
from ovp_lib.pages.remark_convolution.steps import sgd
from ovp_lib.training.losses import SQUARED
from ovp_lib.training.plain import sgd_by_autograd

LOOKS = (4, 9)


def mean(now: Convolutional) -> dict[str, torch.Tensor]:
    return {"mean": now.W.mean(dim=(1, 2))}


@pytest.fixture(scope="module")
def task() -> ConvolutionalTargets:
    return make_problem(
        0,
        3,
        phi=["sin(2z)", "poly(-1,0,1)"],
        channels=2,
        inputs=(6, 2),
        size=3,
        stride=2,
        n_test=20,
        device=torch.device("cpu"),
    )


@pytest.mark.parametrize("smooth", [False, True])
def test_every_step_size_takes_the_steps_of_autograd(
    task: ConvolutionalTargets, smooth: bool
) -> None:
    activation = task.target.activation if smooth else torch.relu
    net, patches, etas = task.learner(7), task.target.patches, (0.01, 0.03)
    found, tables = sgd(
        net,
        task.fresh(),
        patches=patches,
        activation=activation,
        etas=etas,
        steps=9,
        batch_size=4,
        looks=LOOKS,
        probe=mean,
    )
    network = partial(convolutional, patches=patches, activation=activation)
    for i, eta in enumerate(etas):
        expected, table = sgd_by_autograd(
            network,
            net,
            task.fresh(),
            SQUARED,
            etas={"W": eta},
            steps=9,
            batch_size=4,
            checkpoints=LOOKS,
            probe=mean,
        )
        torch.testing.assert_close(found.W[3 * i : 3 * i + 3], expected.W, rtol=1e-13, atol=1e-15)
        assert tables[i][["step", "member"]].equals(table[["step", "member"]])
        assert tables[i]["mean"].tolist() == pytest.approx(table["mean"].tolist(), rel=1e-12)
    assert torch.equal(net.W, task.learner(7).W)
