"""Coupling: how far the learner is from its pseudo-network after training (Lemma B.3)."""

from collections.abc import Mapping

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ovp_lib.models.networks import TwoLayer, gates, preactivations, two_layer
from ovp_lib.models.pseudo import pseudo_two_layer


def sign_changes(
    gates_w: Bool[Tensor, "e n m"], net: TwoLayer, x: Float[Tensor, "e n d"]
) -> Float[Tensor, " e"]:
    """Return the fraction of (sample, neuron) pairs whose gate has changed since ``gates_w``.

    I[<w_i^(0), x> + b_i >= 0] != I[<w_i^(t), x> + b_i >= 0]    (Lemma B.3a)
    """
    return (gates(net, x) != gates_w).to(net.W.dtype).mean(dim=(1, 2))


def pseudo_gap(
    gates_w: Bool[Tensor, "e n m"], net: TwoLayer, x: Float[Tensor, "e n d"]
) -> Float[Tensor, " e"]:
    """Return the mean over samples of the largest |f_r(x; W) - g_r(x; W)| over outputs r.

    g has the gates of the initial weights (Lemma B.3b).
    """
    gap = two_layer(net, x) - pseudo_two_layer(net, x, gates_w)
    return gap.abs().amax(dim=2).mean(dim=1)


class Coupling:
    """A probe that watches a network leave its initialisation, on fixed points.

    One pass gives all three, since a neuron whose gate has changed adds a_{r,i} |<w_i, x> + b_i| to
    f_r - g_r and every other neuron adds nothing.

    Args:
        start: weights at initialisation.
        x: points at which gates are compared, shape ``(e, n, d)``.
    """

    def __init__(self, start: TwoLayer, x: Float[Tensor, "e n d"]) -> None:
        self.start, self.x = start, x
        self.gates_w = gates(start, x)

    def __call__(self, net: TwoLayer) -> Mapping[str, Tensor]:
        """Return :func:`sign_changes`, :func:`pseudo_gap` and ``movement`` = ||W_t||_{2,inf}."""
        z = preactivations(net, self.x)
        changed = (z >= 0) != self.gates_w
        gap = (z.abs_() * changed) @ net.a.mT
        return {
            "sign_changes": changed.to(z.dtype).mean(dim=(1, 2)),
            "pseudo_gap": gap.abs().amax(dim=2).mean(dim=1),
            "movement": torch.linalg.vector_norm(net.W - self.start.W, dim=2).amax(dim=1),
        }
