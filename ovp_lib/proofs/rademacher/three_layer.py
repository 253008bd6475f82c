"""Lemmas 6.10 and 6.12 with frozen gates: suprema in closed form, for each draw of the signs.

With the gates of the initialisation, the network at W + W', V + V' is

    a D_v (V D_w (W x + b1) + b2)
        + a D_v V D_w W' x  +  a D_v V' D_w (W x + b1)  +  a D_v V' D_w W' x

The first term does not move. With random signs Sigma the second and the third have mean zero, and
the class is that of the last, bilinear term, as in the proof of Lemma 6.12.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.maths import elementary
from ovp_lib.models.three_layer import ThreeLayer, preactivations
from ovp_lib.proofs.rademacher.duals import along_2_4, along_frobenius, dual_2_4


class CorrelationParts(NamedTuple):
    """What the correlation with the signs is made of, for one draw of them each member.

    Attributes:
        p: direction of the W' term, rows p_q = (1/N) sum_j xi_j (V^T (a * D_v))_q D_{w,q} x_j.
        Q: direction of the V' term, (1/N) sum_j xi_j (a * D_v) sigma(W x_j + b1)^T.
        T: T_q = (1/N) sum_j xi_j (a * D_v) D_{w,q} x_j^T, so that the bilinear term is
            sum_q <V'_q, T_q w'_q> with V'_q the q-th column; shape ``(e, m1, m2, d)``.
    """

    p: Float[Tensor, "e m1 d"]
    Q: Float[Tensor, "e m2 m1"]
    T: Float[Tensor, "e m1 m2 d"]


class Suprema(NamedTuple):
    """Suprema of the three terms at radii one; those at tau_w, tau_v are multiples.

    Attributes:
        first: of the W' term, times tau_w.
        second: of the V' term, times tau_v.
        bilinear: of the bilinear term, times tau_w tau_v.
    """

    first: Float[Tensor, " e"]
    second: Float[Tensor, " e"]
    bilinear: Float[Tensor, " e"]

    def with_signs(self, tau_w: float, tau_v: float) -> Float[Tensor, " e"]:
        """Return the supremum of the class of Lemma 6.12, E_Sigma taken, gates frozen.

        Args:
            tau_w: bound on ||W'||_{2,4}.
            tau_v: bound on ||V'||_F.
        """
        return tau_w * tau_v * self.bilinear

    def without_signs(self, tau_w: float, tau_v: float) -> tuple[Tensor, Tensor]:
        """Return bounds below and above the supremum of the class of Lemma 6.10, gates frozen.

        Each term alone is below it: average over the signs of W' and V', or set one to zero. The
        sum of the three suprema is above it.

        Args:
            tau_w: bound on ||W'||_{2,4}.
            tau_v: bound on ||V'||_F.
        """
        terms = torch.stack(
            [tau_w * self.first, tau_v * self.second, self.with_signs(tau_w, tau_v)]
        )
        return terms.amax(dim=0), terms.sum(dim=0)


def parts(net: ThreeLayer, x: Float[Tensor, "e n d"], xi: Float[Tensor, "e n"]) -> CorrelationParts:
    """Correlate the terms of output 0 with one draw of the signs.

    Args:
        net: initial weights.
        x: points of each member.
        xi: signs of each member.

    Returns:
        Their coefficients, normalised by N.
    """
    return _parts(_frozen(net, x), xi)


def suprema(net: ThreeLayer, x: Float[Tensor, "e n d"], xi: Float[Tensor, "e n"]) -> Suprema:
    """Return the suprema of the three terms over unit balls, in closed form.

    The bilinear one is (sum_q mu_q^2)^(1/4) with mu_q the top eigenvalue of T_q^T T_q: over columns
    V'_q and rows w'_q of given lengths the best is sum_q ||V'_q|| ||w'_q|| sqrt(mu_q), and over the
    lengths Cauchy-Schwarz is sharp twice.

    Args:
        net: initial weights.
        x: points of each member.
        xi: signs of each member.

    Returns:
        One number for each member.

    Example:
        >>> from ovp_lib.models import init_three_layer, sphere, stream
        >>> from ovp_lib.models.inputs import rademacher
        >>> net = init_three_layer([stream(0)], d=3, m1=50, m2=50)
        >>> x, signs = sphere(3)(20, stream(1))[None], rademacher((1, 20), stream(2))
        >>> bool(suprema(net, x, signs).bilinear > 0)
        True
    """
    [found] = suprema_of_draws(net, x, xi.unsqueeze(0))
    return found


def suprema_of_draws(
    net: ThreeLayer, x: Float[Tensor, "e n d"], xi: Float[Tensor, "s e n"]
) -> list[Suprema]:
    """Return the :func:`suprema` for each of several draws of the signs.

    Args:
        net: initial weights.
        x: points of each member.
        xi: draws of the signs of each member.

    Returns:
        One number for each member, draw by draw.
    """
    frozen = _frozen(net, x)
    return [_suprema(_parts(frozen, each)) for each in xi]


class _Frozen(NamedTuple):
    """What the parts are made of, whatever the signs are; ``inner`` holds D_{w,q} x_j."""

    net: ThreeLayer
    x: Float[Tensor, "e n d"]
    D_w: Float[Tensor, "e n m1"]
    D_v: Float[Tensor, "e n m2"]
    h: Float[Tensor, "e n m1"]
    inner: Float[Tensor, "e n m1d"]


def _frozen(net: ThreeLayer, x: Tensor) -> _Frozen:
    inputs = preactivations(net, x)
    D_w, D_v = (gates.to(x.dtype) for gates in inputs.gates())
    inner = (D_w.unsqueeze(3) * x.unsqueeze(2)).flatten(2)  # (e, n, m1 d)
    return _Frozen(net, x, D_w, D_v, inputs.first.relu(), inner)


def _parts(frozen: _Frozen, xi: Tensor) -> CorrelationParts:
    net, x, D_w, D_v, h, inner = frozen
    u = D_v * net.a[:, :1] * (xi / x.shape[1]).unsqueeze(2)  # (e, n, m2)
    p = ((u @ net.V) * D_w).mT @ x
    T = (inner.mT @ u).reshape(len(x), D_w.shape[2], x.shape[2], -1).mT
    return CorrelationParts(p, u.mT @ h, T)


def _suprema(parts: CorrelationParts) -> Suprema:
    p, Q, T = parts
    mu = torch.linalg.eigvalsh(T.mT @ T)[..., -1].clamp_min(0)
    return Suprema(
        dual_2_4(p),
        torch.linalg.matrix_norm(Q),
        elementary.sqrt(torch.linalg.vector_norm(mu, dim=1)),
    )


def bilinear_maximiser(
    T: Float[Tensor, "e m1 m2 d"], tau_w: float, tau_v: float
) -> tuple[Float[Tensor, "e m1 d"], Float[Tensor, "e m2 m1"]]:
    """Return W' and V' that attain the supremum of the bilinear term.

    w'_q is the top right singular vector of T_q with length tau_w s_q / (sum_q s_q^4)^(1/4), V'_q
    the left one with length tau_v s_q^2 / (sum_q s_q^4)^(1/2).

    Args:
        T: as in :class:`CorrelationParts`.
        tau_w: ||W'||_{2,4}.
        tau_v: ||V'||_F.
    """
    mu, vectors = torch.linalg.eigh(T.mT @ T)
    total = torch.linalg.vector_norm(mu[..., -1], dim=1)[:, None, None]
    dW = tau_w * vectors[..., -1] * elementary.sqrt(mu[..., -1:].clamp_min(0) / total)
    return dW, along_frobenius((T @ dW.unsqueeze(3))[..., 0].mT, tau_v)


def alternating(
    parts: CorrelationParts, tau_w: float, tau_v: float, steps: int = 30
) -> Float[Tensor, " e"]:
    """Return a lower bound on the supremum of all three terms together.

    For fixed V' the sum is linear in W' and for fixed W' in V', so that each step is exact and the
    value never falls. Started from the best of the bilinear and from the best of the linear terms.

    Args:
        parts: of one draw of the signs.
        tau_w: bound on ||W'||_{2,4}.
        tau_v: bound on ||V'||_F.
        steps: pairs of steps from each start.

    Returns:
        The better value, one number for each member.
    """
    p, Q, T = parts
    starts = (bilinear_maximiser(T, tau_w, tau_v)[0], along_2_4(p, tau_w))
    values = []
    for dW in starts:
        for _ in range(steps):
            toward = Q + (T @ dW.unsqueeze(3))[..., 0].mT
            dV = along_frobenius(toward, tau_v)
            pull = p + (T.mT @ dV.mT.unsqueeze(3))[..., 0]
            dW = along_2_4(pull, tau_w)
        values.append(tau_w * dual_2_4(pull) + (Q * dV).sum(dim=(1, 2)))
    return torch.stack(values).amax(dim=0)
