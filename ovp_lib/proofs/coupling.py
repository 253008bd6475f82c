"""Coupling: how far the learner is from its pseudo-network (Lemma B.3, Lemma 6.5).

The largest number of sign changes for movements of given norms is in
:mod:`ovp_lib.proofs.adversary`, the cross term in :mod:`ovp_lib.proofs.cross_term`.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ovp_lib.models.networks import TwoLayer, gates, preactivations, two_layer
from ovp_lib.models.pseudo import pseudo_two_layer
from ovp_lib.models.three_layer import Gates, ThreeLayer
from ovp_lib.models.three_layer import gates as three_layer_gates
from ovp_lib.proofs.perturbations import frobenius, norm_2_4


def sign_changes(
    gates_w: Bool[Tensor, "e n m"], net: TwoLayer, x: Float[Tensor, "e n d"]
) -> Float[Tensor, " e"]:
    """Return the fraction of (sample, neuron) pairs whose gate has changed since ``gates_w``.

    I[<w_i^(0), x> + b_i >= 0] != I[<w_i^(t), x> + b_i >= 0]    (Lemma B.3a)

    Args:
        gates_w: gates before, shape ``(e, n, m)``.
        net: weights now.
        x: the inputs of ``gates_w``, shape ``(e, n, d)``.

    Returns:
        In [0, 1] for each member.
    """
    return (gates(net, x) != gates_w).to(net.W.dtype).mean(dim=(1, 2))


def pseudo_gap(
    gates_w: Bool[Tensor, "e n m"], net: TwoLayer, x: Float[Tensor, "e n d"]
) -> Float[Tensor, " e"]:
    """Return the mean over samples of the largest |f_r(x; W) - g_r(x; W)| over outputs r.

    g has the gates of the initial weights (Lemma B.3b).

    Args:
        gates_w: gates of the pseudo-network g, shape ``(e, n, m)``.
        net: weights W of both.
        x: the inputs of ``gates_w``, shape ``(e, n, d)``.

    Returns:
        At least 0 for each member.
    """
    gap = two_layer(net, x) - pseudo_two_layer(net, x, gates_w)
    return gap.abs().amax(dim=2).mean(dim=1)


class SignChanges(NamedTuple):
    """How many gates of a three-layer network have changed, mean over samples.

    Attributes:
        first: ||D'_{w,x}||_0, out of m1.
        second: ||D'_{v,x}||_0, out of m2.
    """

    first: Float[Tensor, " e"]
    second: Float[Tensor, " e"]


def three_layer_sign_changes(
    before: Gates, net: ThreeLayer, x: Float[Tensor, "e n d"]
) -> SignChanges:
    """Count the gates of ``net`` that differ from ``before`` on the same inputs (Lemma 6.5).

    Args:
        before: gates before.
        net: weights now.
        x: the inputs of ``before``, shape ``(e, n, d)``.

    Returns:
        Numbers of gates for each member, means over its inputs.
    """
    pairs = zip(before, three_layer_gates(net, x), strict=True)
    counts = [(old != new).sum(dim=2).to(x.dtype).mean(dim=1) for old, new in pairs]
    return SignChanges(*counts)


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
        # In place, to save a copy, and after the gates: abs_ overwrites the signs of z.
        gap = (z.abs_() * changed) @ net.a.mT
        return {
            "sign_changes": changed.to(z.dtype).mean(dim=(1, 2)),
            "pseudo_gap": gap.abs().amax(dim=2).mean(dim=1),
            "movement": torch.linalg.vector_norm(net.W - self.start.W, dim=2).amax(dim=1),
        }


class ThreeLayerCoupling:
    """A probe that watches a three-layer network leave its initialisation, on fixed points.

    Args:
        start: weights at initialisation.
        x: points at which gates are compared, shape ``(e, n, d)``.
    """

    def __init__(self, start: ThreeLayer, x: Float[Tensor, "e n d"]) -> None:
        self.start, self.x = start, x
        self.before = three_layer_gates(start, x)

    def __call__(self, net: ThreeLayer) -> Mapping[str, Tensor]:
        """Return ``first`` and ``second``, see :class:`SignChanges`, ``tau_w`` and ``tau_v``.

        tau_w = ||W'||_{2,4} and tau_v = ||V'||_F are the norms of what has been added.
        """
        return three_layer_sign_changes(self.before, net, self.x)._asdict() | {
            "tau_w": norm_2_4(net.W - self.start.W),
            "tau_v": frobenius(net.V - self.start.V),
        }
