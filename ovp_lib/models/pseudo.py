"""Pseudo-networks: the learner with its activation pattern frozen at initialisation.

With the gates frozen the network is linear in W, so that the loss is convex; the proofs work with
the pseudo-network and couple it to the real one (Going Beyond Two Layers, Appendix B).
"""

from jaxtyping import Bool, Float
from torch import Tensor

from ovp_lib.models.networks import TwoLayer, preactivations
from ovp_lib.models.three_layer import Gates, ThreeLayer


def pseudo_two_layer(
    net: TwoLayer, x: Float[Tensor, "e n d"], gates_w: Bool[Tensor, "e n m"]
) -> Float[Tensor, "e n k"]:
    """Evaluate the pseudo-network g of Appendix B on frozen gates.

    g_r(x; W) = sum_i a_{r,i} (<w_i, x> + b_i) I[<w_i^(0), x> + b_i >= 0]

    Args:
        net: weights; equal to the real network wherever the gates agree with its own.
        x: inputs of each member.
        gates_w: activation pattern of the initial weights on ``x``.

    Returns:
        Outputs of each member.
    """
    return (preactivations(net, x) * gates_w) @ net.a.mT


def pseudo_two_layer_without_bias(
    net: TwoLayer, x: Float[Tensor, "e n d"], gates_w: Bool[Tensor, "e n m"]
) -> Float[Tensor, "e n k"]:
    """Evaluate the pseudo-network without bias, g^(b), of Appendix B.1 on frozen gates.

    g^(b)_r(x; W) = sum_i a_{r,i} <w_i, x> I[<w_i^(0), x> + b_i >= 0]

    Args:
        net: current weights.
        x: points of each member, shape ``(e, n, d)``.
        gates_w: which neurons are on, shape ``(e, n, m)``, whatever ``net`` has there now.

    Returns:
        Outputs, shape ``(e, n, k)``.
    """
    return ((x @ net.W.mT) * gates_w) @ net.a.mT


def pseudo_three_layer(
    net: ThreeLayer, x: Float[Tensor, "e n d"], frozen: Gates
) -> Float[Tensor, "e n k"]:
    """Evaluate the pseudo-network g of Section 6.3 on frozen gates.

    g_r(x; W, V) = a_r D_v (V D_w (W x + b1) + b2)

    Args:
        net: weights; equal to the real network wherever the gates agree with its own.
        x: inputs of each member.
        frozen: activation patterns D_w and D_v on ``x``; in the paper those of the current weights,
            which need not be the weights of ``net``.

    Returns:
        Outputs of each member.
    """
    bias = (net.b2.unsqueeze(1) * frozen.second) @ net.a.mT
    return pseudo_three_layer_semi_bias(net, x, frozen) + bias


def pseudo_three_layer_semi_bias(
    net: ThreeLayer, x: Float[Tensor, "e n d"], frozen: Gates
) -> Float[Tensor, "e n k"]:
    """Evaluate the semi-bias version g^(b) of Section 6.3: without the second bias.

    g^(b)_r(x; W, V) = a_r D_v V D_w (W x + b1)

    Args:
        net: current weights.
        x: points of each member, shape ``(e, n, d)``.
        frozen: activation pattern of both layers, whatever ``net`` has there now.

    Returns:
        Outputs, shape ``(e, n, k)``.
    """
    return _bilinear(net, x @ net.W.mT + net.b1.unsqueeze(1), frozen)


def pseudo_three_layer_without_bias(
    net: ThreeLayer, x: Float[Tensor, "e n d"], frozen: Gates
) -> Float[Tensor, "e n k"]:
    """Evaluate the bias-free version g^(b,b) of Section 6.3.

    g^(b,b)_r(x; W, V) = a_r D_v V D_w W x

    Args:
        net: current weights.
        x: points of each member, shape ``(e, n, d)``.
        frozen: activation pattern of both layers, whatever ``net`` has there now.

    Returns:
        Outputs, shape ``(e, n, k)``.
    """
    return _bilinear(net, x @ net.W.mT, frozen)


def _bilinear(
    net: ThreeLayer, first: Float[Tensor, "e n m1"], frozen: Gates
) -> Float[Tensor, "e n k"]:
    """Return a D_v V D_w first."""
    return (((first * frozen.first) @ net.V.mT) * frozen.second) @ net.a.mT
