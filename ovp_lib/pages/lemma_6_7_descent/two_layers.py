r"""Lemma B.4: with two layers the direction of descent is of first order, towards W*.

Since the loss of the pseudo-network G is convex in W,

    <grad L_G(Z; W_t), W_t - W*> >= L_G(Z; W_t) - L_G(Z; W*),

and G stays close to F while few gates flip. The lemma's W* is that of Lemma B.1. Here it is the
one of least norm whose pseudo-network takes the target's values on Z, which any width has.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from ovp_lib.models.networks import TwoLayer, preactivations, two_layer
from ovp_lib.models.pseudo import pseudo_two_layer
from ovp_lib.training.losses import SQUARED
from ovp_lib.training.samples import Sample


def least_norm(net: TwoLayer, x: Tensor, wanted: Tensor, ridge: float = 1e-6) -> Tensor:
    """Return the W* nearest to 0 with g(x; W0 + W*) = wanted on some points, for one output.

    Args:
        net: initial weights.
        x: points, shape ``(e, n, d)``.
        wanted: values, shape ``(e, n, 1)``.
        ridge: what is added to the kernel's diagonal, relative to its mean.

    Returns:
        W*, shape ``(e, m, d)``.

    Raises:
        ValueError: if the network has several outputs.
    """
    if net.a.shape[1] != 1:
        raise ValueError(f"W* is constructed for one output, got {net.a.shape[1]}")
    active = (preactivations(net, x) >= 0).to(x) * net.a
    kernel = (active @ active.mT) * (x @ x.mT)
    scale = kernel.diagonal(dim1=1, dim2=2).mean(dim=1)[:, None, None]
    eye = torch.eye(x.shape[1]).to(x)
    missing = wanted - pseudo_two_layer(net, x, preactivations(net, x) >= 0)
    weights = torch.linalg.solve(kernel + ridge * scale * eye, missing)
    return (active * weights).mT @ x


def probe(
    start: TwoLayer, data: Sample, star: Tensor
) -> Callable[[TwoLayer], Mapping[str, Tensor]]:
    """Return the probe that measures both sides of the inequality on the training set.

    Args:
        start: initial weights.
        data: the training set Z.
        star: W*.

    Returns:
        A probe with the columns ``loss``, ``gap`` = L_F(Z; W_t) - L_G(Z; W*) and ``slope`` =
        <grad L_F(Z; W_t), W_t - W*>.
    """
    gates = preactivations(start, data.x) >= 0
    best = pseudo_two_layer(start._replace(W=start.W + star), data.x, gates)
    reference = SQUARED.value(best, data.y).mean(dim=1)

    def look(net: TwoLayer) -> Mapping[str, Tensor]:
        f = two_layer(net, data.x)
        loss = SQUARED.value(f, data.y).mean(dim=1)
        active = preactivations(net, data.x) >= 0
        towards = net.W - start.W - star
        moved = ((data.x @ towards.mT) * active) @ net.a.mT
        slope = (SQUARED.gradient(f, data.y) * moved).sum(dim=2).mean(dim=1)
        return {"loss": loss, "gap": loss - reference, "slope": slope}

    return look
