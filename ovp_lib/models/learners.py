"""The learners that the ResNet paper compares, all with the initial weights of its experiments.

Entries of W are N(0, 1/d), all others (biases and output weights too) N(0, 1/m). That makes outputs
of order one whatever the width, unlike in Going Beyond Two Layers, where a ~ N(0, 1).
"""

import math
from collections.abc import Callable, Sequence

from torch import Generator

from ovp_lib.models.networks import TwoLayer, init_two_layer
from ovp_lib.models.resnet import Bottleneck, ResNet, init_bottleneck, init_resnet
from ovp_lib.models.three_layer import ThreeLayer, init_three_layer

Learner = TwoLayer | ThreeLayer | ResNet | Bottleneck
"""A network that the paper compares."""


def init_learner(name: str, generators: Sequence[Generator], *, d: int, m: int, k: int) -> Learner:
    """Draw the initial weights of a learner, one member for each generator.

    Args:
        name: of :data:`LEARNERS`.
        generators: one source of randomness for each member of the ensemble.
        d: input dimension.
        m: width of every hidden layer.
        k: number of outputs.

    Returns:
        The weights in float64 on the CPU.

    Raises:
        ValueError: if the name is unknown, a size is below 1 or there is no generator.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> type(init_learner("three-layer", [stream(0)], d=3, m=50, k=4)).__name__
        'ThreeLayer'
    """
    if name not in LEARNERS:
        raise ValueError(f"a learner is one of {', '.join(LEARNERS)}, got {name!r}")
    return LEARNERS[name](generators, d, m, k)


def _two_layer(generators: Sequence[Generator], d: int, m: int, k: int) -> TwoLayer:
    net = init_two_layer(generators, d=d, m=m, k=k, init_scale=1 / math.sqrt(m))
    return net._replace(W=net.W * math.sqrt(m / d))


def _three_layer(generators: Sequence[Generator], d: int, m: int, k: int) -> ThreeLayer:
    net = init_three_layer(generators, d=d, m1=m, m2=m, k=k, init_scale=1 / math.sqrt(m))
    return net._replace(W=net.W * math.sqrt(m / d))


def _resnet(generators: Sequence[Generator], d: int, m: int, k: int) -> ResNet:
    return init_resnet(generators, d=d, m=m, k=k)


def _bottleneck(generators: Sequence[Generator], d: int, m: int, k: int) -> Bottleneck:
    return init_bottleneck(generators, d=d, m=m, k=k)


LEARNERS: dict[str, Callable[[Sequence[Generator], int, int, int], Learner]] = {
    "bottleneck": _bottleneck,
    "resnet": _resnet,
    "three-layer": _three_layer,
    "two-layer": _two_layer,
}
"""What draws each learner: the ResNet with U = V A, the literal one (2.1), the plain networks."""
