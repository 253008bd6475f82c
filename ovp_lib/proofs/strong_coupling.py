"""Strong coupling (Lemma 6.11): its error, and the worst movements without random signs."""

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.models.pseudo import pseudo_three_layer, pseudo_three_layer_without_bias
from ovp_lib.models.three_layer import ThreeLayer, gates, preactivations
from ovp_lib.proofs.cross_term import backward
from ovp_lib.proofs.perturbations import positive_norm


def coupling_error(
    net: ThreeLayer,
    x: Float[Tensor, "e 1 d"],
    dW: Float[Tensor, "e m1 d"] | None = None,
    dV: Float[Tensor, "e m2 m1"] | None = None,
    signs: Float[Tensor, "e s m1"] | None = None,
) -> Float[Tensor, "e s k"]:
    """Return the error of replacing the network by its two main terms (Lemma 6.11).

    f_r(x; W + S W', V + V' S) - a_r D_v (V D_w (W x + b1) + b2) - a_r D_v V' D_w W' x

    with D_w, D_v the gates at W, V, the initialisation in the paper.

    Args:
        net: initial weights W, V.
        x: one input for each member.
        dW: W'; not moved if ``None``.
        dV: V'; not moved if ``None``.
        signs: ``s`` draws of the diagonal of S; without signs, S = I, if ``None``.

    Returns:
        The error for each draw and output.
    """
    dW = torch.zeros_like(net.W) if dW is None else dW
    s = net.W.new_ones(len(net.W), 1, net.W.shape[1]) if signs is None else signs
    h = (preactivations(net, x).first + s * (x @ dW.mT)).relu()
    n = torch.baddbmm(net.b2.unsqueeze(1), h, net.V.mT)
    if dV is not None:
        n = torch.baddbmm(n, s * h, dV.mT)
    return n.relu() @ net.a.mT - _main_terms(net, x, dW, dV)


def worst_first_without_signs(
    net: ThreeLayer, x: Float[Tensor, "e 1 d"], tau_w: float
) -> Float[Tensor, "e m1 d"]:
    """Return the W' with ||W'||_{2,4} = tau_w that moves output 0 most, to first order.

    <q, u> <= ||q||_{4/3} ||u||_4 (Hölder), attained by W' = u x^T with u_i ~ q_i^(1/3).

    Args:
        net: the current weights W, V.
        x: one unit vector for each member, shape ``(e, 1, d)``.
        tau_w: the norm, positive.

    Returns:
        W', shape ``(e, m1, d)``.
    """
    positive_norm(tau_w)
    q = backward(net, gates(net, x))[:, 0, 0]
    u = q.sign() * q.abs() ** (1 / 3)
    return (tau_w * u / torch.linalg.vector_norm(u, ord=4, dim=1, keepdim=True)).unsqueeze(2) * x


def worst_second_without_signs(
    net: ThreeLayer, x: Float[Tensor, "e 1 d"], tau_v: float
) -> Float[Tensor, "e m2 m1"]:
    """Return the V' with ||V'||_F = tau_v that moves output 0 most, to first order.

    a D_v V' h <= ||a D_v|| tau_v ||h||, attained by V' = tau_v (a D_v)^T h^T / (||a D_v|| ||h||).

    Args:
        net: the current weights W, V.
        x: one input of each member, shape ``(e, 1, d)``.
        tau_v: the norm, positive.

    Returns:
        V', shape ``(e, m2, m1)``.
    """
    positive_norm(tau_v)
    inputs = preactivations(net, x)
    a_D_v, h = net.a[:, 0] * inputs.gates().second[:, 0], inputs.first[:, 0].relu()
    dV = a_D_v.unsqueeze(2) * h.unsqueeze(1)
    return tau_v * dV / torch.linalg.matrix_norm(dV, keepdim=True)


def _main_terms(net: ThreeLayer, x: Tensor, dW: Tensor, dV: Tensor | None) -> Tensor:
    frozen = gates(net, x)
    start = pseudo_three_layer(net, x, frozen)
    if dV is None:
        return start
    return start + pseudo_three_layer_without_bias(net._replace(W=dW, V=dV), x, frozen)
