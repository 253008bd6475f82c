"""Pseudo-networks: the learner with its activation pattern frozen at initialisation.

With the gates frozen the network is linear in W, so that the loss is convex; the proofs work with
the pseudo-network and couple it to the real one (Going Beyond Two Layers, Appendix B).
"""

from jaxtyping import Bool, Float
from torch import Tensor

from ovp_lib.models.networks import TwoLayer, preactivations


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
    """
    return ((x @ net.W.mT) * gates_w) @ net.a.mT
