r"""The cross term of Lemma 6.5: the part of g that random signs make small.

With frozen gates the pseudo-network is bilinear, and moving it by (eta S W'', eta V'' S), where S
is a diagonal matrix of random signs, gives, since S^2 = I,

    g(W + eta S W'', V + eta V'' S) = g(W, V) + eta^2 g^(b,b)(W'', V'') + g',
    g' = eta sum_i s_i (p_i z_i + q_i u_i),
    p = a D_v V'',   z = D_w (W x + b1),   q = a D_v V D_w,   u = W'' x.

So g' has mean zero and variance eta^2 ||p * z + q * u||^2 over the signs.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.models.pseudo import pseudo_three_layer, pseudo_three_layer_without_bias
from ovp_lib.models.three_layer import Gates, ThreeLayer, gates, preactivations
from ovp_lib.proofs.perturbations import positive_norm

RADIUS_POWER = -0.75
"""Table 1: tau_w = m1^(-3/4), up to m1^0.01 and logarithms; tau_v is nearly constant there."""


def signed(
    net: ThreeLayer,
    dW: Float[Tensor, "e m1 d"],
    dV: Float[Tensor, "e m2 m1"],
    signs: Float[Tensor, "e m1"],
    eta: float = 1.0,
) -> ThreeLayer:
    """Return the network at (W + eta S W'', V + eta V'' S), S the diagonal matrix of ``signs``.

    Args:
        net: the current weights W, V.
        dW: W'', shape ``(e, m1, d)``.
        dV: V'', shape ``(e, m2, m1)``.
        signs: the diagonal of S, entries -1 and 1, shape ``(e, m1)``.
        eta: step size.

    Returns:
        A network whose other fields are shared.
    """
    return net.moved(eta * signs.unsqueeze(2) * dW, eta * dV * signs.unsqueeze(1))


def cross_term(
    net: ThreeLayer,
    x: Float[Tensor, "e n d"],
    frozen: Gates,
    dW: Float[Tensor, "e m1 d"],
    dV: Float[Tensor, "e m2 m1"],
    signs: Float[Tensor, "e m1"],
    eta: float,
) -> Float[Tensor, "e n k"]:
    """Return g' by its definition, from three evaluations of the pseudo-network.

    g' = g(W + eta S W'', V + eta V'' S) - g(W, V) - eta^2 g^(b,b)(W'', V'')

    Args:
        net: the current weights W, V.
        x: inputs of each member.
        frozen: gates D_w, D_v on ``x``.
        dW: W''.
        dV: V''.
        signs: the diagonal of S, entries -1 and 1.
        eta: step size.
    """
    after = pseudo_three_layer(signed(net, dW, dV, signs, eta), x, frozen)
    quadratic = pseudo_three_layer_without_bias(net._replace(W=dW, V=dV), x, frozen)
    return after - pseudo_three_layer(net, x, frozen) - eta**2 * quadratic


def coefficients(
    net: ThreeLayer,
    x: Float[Tensor, "e n d"],
    frozen: Gates,
    dW: Float[Tensor, "e m1 d"],
    dV: Float[Tensor, "e m2 m1"],
) -> Float[Tensor, "e n k m1"]:
    """Return c = p * z + q * u: the cross term is g' = eta <signs, c>, its std eta ||c||_2.

    Args:
        net: the current weights W, V.
        x: inputs of each member, shape ``(e, n, d)``.
        frozen: gates D_w, D_v on ``x``.
        dW: W'', shape ``(e, m1, d)``.
        dV: V'', shape ``(e, m2, m1)``.

    Returns:
        c for every input and output, shape ``(e, n, k, m1)``.
    """
    z = (preactivations(net, x).first * frozen.first).unsqueeze(2)
    u = (x @ dW.mT).unsqueeze(2)
    a_D_v = net.a.unsqueeze(1) * frozen.second.unsqueeze(2)
    p = a_D_v @ dV.unsqueeze(1)
    return p * z + backward(net, frozen) * u


def backward(net: ThreeLayer, frozen: Gates) -> Float[Tensor, "e n k m1"]:
    """Return q = a D_v V D_w, how the output depends on what goes into the first layer.

    Args:
        net: the current weights W, V.
        frozen: gates D_w, D_v at the inputs.

    Returns:
        q for every input and output, shape ``(e, n, k, m1)``.
    """
    a_D_v = net.a.unsqueeze(1) * frozen.second.unsqueeze(2)
    return (a_D_v @ net.V.unsqueeze(1)) * frozen.first.unsqueeze(2)


def worst_second(net: ThreeLayer, x: Float[Tensor, "e 1 d"], tau_v: float) -> Tensor:
    """Return the V'' with ||V''||_F = tau_v whose cross term for output 0 has the largest variance.

    ||p * z||^2 <= ||p||^2 max_i z_i^2 and ||p|| <= ||a D_v|| tau_v, both attained by one column:

        V'' = tau_v (a D_v)^T e_i^T / ||a D_v||,    i = argmax z_i.

    Args:
        net: the current weights W, V.
        x: one input of each member, shape ``(e, 1, d)``.
        tau_v: the norm, positive.

    Returns:
        V'', shape ``(e, m2, m1)``.
    """
    inputs = preactivations(net, x)
    return _column(net, inputs.gates(), inputs.first[:, 0].argmax(dim=1), tau_v)


def concentrating(net: ThreeLayer, x: Float[Tensor, "e 1 d"], tau_v: float) -> Tensor:
    """Return a V' with ||V'||_F = tau_v that makes one entry of q as large as sqrt(m2) tau_v.

    As :func:`worst_second`, but in the column of the active neuron of smallest output, so that the
    gates of the second layer hardly change. It is what makes the term sqrt(m2) tau_w of the bound
    necessary.

    Args:
        net: the current weights W, V.
        x: one input of each member, shape ``(e, 1, d)``.
        tau_v: the norm, positive.

    Returns:
        V', shape ``(e, m2, m1)``.
    """
    inputs = preactivations(net, x)
    active = inputs.first[:, 0].masked_fill(~inputs.gates().first[:, 0], torch.inf)
    return _column(net, inputs.gates(), active.argmin(dim=1), tau_v)


def worst_first(net: ThreeLayer, x: Float[Tensor, "e 1 d"], tau_w: float) -> Tensor:
    """Return the W'' with ||W''||_{2,4} = tau_w whose cross term for output 0 varies the most.

    sum_i q_i^2 u_i^2 <= ||q||_4^2 ||u||_4^2 (Cauchy and Schwarz), attained by W'' = u x^T with
    u = tau_w q / ||q||_4.

    Args:
        net: the current weights W, V.
        x: one unit vector for each member, shape ``(e, 1, d)``.
        tau_w: the norm, positive.

    Returns:
        W'', shape ``(e, m1, d)``.
    """
    positive_norm(tau_w)
    q = backward(net, gates(net, x))[:, 0, 0]
    u = tau_w * q / torch.linalg.vector_norm(q, ord=4, dim=1, keepdim=True)
    return u.unsqueeze(2) * x


def size_bound(m1: int, m2: int, tau_w: float, tau_v: float) -> float:
    """Return sqrt(m2) tau_v / sqrt(m1) + sqrt(m2) tau_w, the bound on |g'| / eta (Lemma 6.5).

    Re-derived from the pieces of the proof; logarithms and the term m1^(1/4) tau_w, which is
    smaller from m2 >= sqrt(m1) on, are left out.

    Args:
        m1: width of the first layer.
        m2: width of the second layer.
        tau_w: norm of W'', ||.||_{2,4}.
        tau_v: norm of V'', ||.||_F.

    Returns:
        The bound, up to constants.
    """
    return m2**0.5 * (tau_v / m1**0.5 + tau_w)


def _column(net: ThreeLayer, frozen: Gates, index: Tensor, tau_v: float) -> Tensor:
    """Return tau_v (a D_v)^T e_index^T / ||a D_v|| for output 0 at the only input."""
    positive_norm(tau_v)
    a_D_v = net.a[:, 0] * frozen.second[:, 0]
    dV = torch.zeros_like(net.V)
    unit = a_D_v / torch.linalg.vector_norm(a_D_v, dim=1, keepdim=True)
    dV[torch.arange(len(dV), device=dV.device), :, index] = tau_v * unit
    return dV
