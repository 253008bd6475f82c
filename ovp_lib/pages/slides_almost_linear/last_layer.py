"""The last layer alone against all layers, in Daniely's scale and in that of Cao and Gu."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from ovp_lib.maths import elementary
from ovp_lib.models.deep import Deep, deep
from ovp_lib.pages.slides_almost_linear.analysis import Array, SignedDigits
from ovp_lib.training.online import LOGISTIC, zero_one_error
from ovp_lib.training.plain import sgd_by_autograd
from ovp_lib.training.samples import Sample, by_step


class LastLayerGap(NamedTuple):
    """Two networks from one initialisation after the same samples, one number a seed.

    Attributes:
        difference: root mean square of their difference on test points, over that of the change of
            the one whose layers were all trained.
        movement: ||V - V(0)||_F / ||V(0)||_F of its upper hidden layers together.
        risk_all: 0-1 error of the network whose layers were all trained.
        risk_last: that of the one whose last layer was.
    """

    difference: Array
    movement: Array
    risk_all: Array
    risk_last: Array


def in_daniely_s_scale(net: Deep) -> Deep:
    """Return the network with hidden units of size 1, and output weights 0, as Daniely starts.

    Args:
        net: drawn as on the slides, with hidden layers of norm about 1 on the sphere.
    """
    return net._replace(W=net.W * net.W.shape[1] ** 0.5, a=torch.zeros_like(net.a))


def as_on_the_slides(net: Deep) -> Deep:
    """Return the network as it is: output weights of 1 and -1, in the scale of Cao and Gu.

    Args:
        net: drawn as on the slides.
    """
    return net


def compare(problem: SignedDigits, net: Deep, step_size: float, batch_size: int) -> LastLayerGap:
    """Train all layers, and the last one alone, by one pass of SGD on the true signs.

    Args:
        problem: points and signs, in the order in which they are seen.
        net: initial weights, one member a seed.
        step_size: m eta, the same for every layer.
        batch_size: samples a step.

    Returns:
        How far the two are apart, and what each of them does.
    """
    start = net.to(problem.x.device, torch.float32)
    data, test = (
        Sample(x, y[0].unsqueeze(2)).to(start.W)
        for x, y in ((problem.x, problem.y), (problem.test_x, problem.test_y))
    )
    before = deep(start, test.x)
    trained = [
        _trained(start, data, layers, step_size / net.W.shape[1], batch_size)
        for layers in (("W", "V", "a"), ("a",))
    ]
    outputs = [deep(each, test.x) for each in trained]
    change = _size(outputs[0] - before)
    risks = [_numbers(zero_one_error(each, test.y)) for each in outputs]
    moved = _norm(trained[0].V - start.V) / _norm(start.V)
    return LastLayerGap(_numbers(_size(outputs[0] - outputs[1]) / change), _numbers(moved), *risks)


def _trained(net: Deep, data: Sample, layers: tuple[str, ...], eta: float, batch_size: int) -> Deep:
    steps = data.x.shape[1] // batch_size
    seen = Sample(*(part[:, : steps * batch_size] for part in data))

    def once(steps: int, size: int) -> Iterator[Sample]:
        yield Sample(*(by_step(part, steps, size) for part in seen))

    done, _ = sgd_by_autograd(
        deep,
        net,
        once,
        LOGISTIC,
        etas=dict.fromkeys(layers, eta),
        steps=steps,
        batch_size=batch_size,
    )
    return done


def _size(values: Tensor) -> Tensor:
    return elementary.sqrt(values.square().mean(dim=(1, 2)))


def _norm(V: Tensor) -> Tensor:
    return torch.linalg.vector_norm(V.flatten(1), dim=1)


def _numbers(values: Tensor) -> Array:
    found: Array = values.double().cpu().numpy()
    return found
