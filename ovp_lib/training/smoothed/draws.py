"""The random numbers of Algorithms 2 and 3, as the matrices of the paper."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.models.ensemble import Ensemble
from ovp_lib.models.three_layer import ThreeLayer
from ovp_lib.training.smoothed.counters import fill_normals, fill_signs, keys, on_device


class _Noise(NamedTuple):
    W_rho: Float[Tensor, "e m1 d"]
    V_rho: Float[Tensor, "e m2 m1"]
    signs: Float[Tensor, "e m1"]


class Noise(Ensemble, _Noise):
    """One draw of the noise of objective (4.2) for each member.

    Attributes:
        W_rho: W^rho, shape ``(e, m1, d)``.
        V_rho: V^rho, shape ``(e, m2, m1)``.
        signs: the diagonal of Sigma, shape ``(e, m1)``; ones where there is no Sigma.
    """

    __slots__ = ()


def noise(
    net: ThreeLayer,
    seeds: Sequence[int],
    step: int,
    *,
    sigma_w: Tensor,
    sigma_v: Tensor,
    random_signs: Tensor,
) -> Noise:
    """Draw W^rho, V^rho and Sigma of one step, which is what training meets with draws "step".

    Args:
        net: a network of each member, for shapes, device and precision.
        seeds: of the members.
        step: number of the step, counted from 0 over all rounds.
        sigma_w: standard deviations of W^rho, shape ``(e,)``.
        sigma_v: standard deviations of V^rho, shape ``(e,)``.
        random_signs: which members have a random Sigma, shape ``(e,)``.

    Returns:
        The noise on the network's device.
    """
    W, V, signs = (torch.empty_like(part) for part in (net.W.mT, net.V.mT, net.b1))
    W, V = W.contiguous(), V.contiguous()
    for purpose, out, fill in (
        ("W_rho", W, fill_normals),
        ("V_rho", V, fill_normals),
        ("signs", signs, fill_signs),
    ):
        fill(on_device(keys(seeds, purpose, step, 1)[0], net.W), out)
    W.mul_(sigma_w.to(W).view(-1, 1, 1))
    V.mul_(sigma_v.to(V).view(-1, 1, 1))
    ones = torch.where(random_signs.to(W.device).view(-1, 1), signs, torch.ones_like(signs))
    return Noise(W.mT, V.mT, ones)


def perturbed(net: ThreeLayer, dW: Tensor, dV: Tensor, drawn: Noise) -> ThreeLayer:
    r"""Return the network at W0 + W^rho + Sigma W' and V0 + V^rho + V' Sigma.

    Args:
        net: initial weights.
        dW: W', shape ``(e, m1, d)``.
        dV: V', shape ``(e, m2, m1)``.
        drawn: W^rho, V^rho and Sigma.

    Returns:
        A network whose biases and output weights are shared.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> from ovp_lib.models.three_layer import init_three_layer
        >>> net = init_three_layer([stream(0)], d=3, m1=4, m2=5)
        >>> zero = Noise(torch.zeros_like(net.W), torch.zeros_like(net.V), torch.ones(1, 4))
        >>> bool((perturbed(net, net.W, net.V, zero).V == 2 * net.V).all())
        True
    """
    signs = drawn.signs
    return net.moved(drawn.W_rho + signs.unsqueeze(2) * dW, drawn.V_rho + dV * signs.unsqueeze(1))
