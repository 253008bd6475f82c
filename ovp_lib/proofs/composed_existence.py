r"""Existence for three layers: W*, V* whose pseudo-network is the composed target (Lemma 6.2).

Step 3 of the proof, for several terms and outputs (Remarks C.6, C.7):

    W*_r = 2/m1 sum_i s_{i,r} sum_j v_{2,i,j} h_{2,j}(sqrt(m1) <w_{2,j}, w_r>, sqrt(m1) b_{1,r}) e_d
    V*_q = sum_i left_{q,i} s_i^T
    left_{q,i} = 1/(m2 eps_a^2) sum_r a_{r,q} a*_{r,i} h_i(alpha_{q,i}, sqrt(m2) b_{2,q})

with signs s_i in {-1, 1}^m1, h_{2,j} the function of Lemma 6.3 for phi_{2,j}, and h_i the one for
z -> Phi_i(C'_i z). V* has rank p1, so it is kept in factors, and g^(0)(x) = a D_v V* D_w W* x is
computed at widths where no m2 x m1 matrix fits anywhere. All of it is for one network: no leading
ensemble axis.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ovp_lib.maths.smooth import Series, SmoothFunction
from ovp_lib.models.composite_targets import ThreeLayerTarget
from ovp_lib.proofs.indicator import Indicator


class ComposedWeights(NamedTuple):
    """W* and V* = left right, as Lemma 6.2 constructs them.

    Attributes:
        W: W*, shape ``(m1, d)``.
        left: what each neuron of the second layer puts on each term, shape ``(m2, p1)``.
        right: the signs of each term, shape ``(p1, m1)``.
    """

    W: Float[Tensor, "m1 d"]
    left: Float[Tensor, "m2 p1"]
    right: Float[Tensor, "p1 m1"]

    @property
    def V(self) -> Float[Tensor, "m2 m1"]:
        """V* as a matrix."""
        return self.left @ self.right


class Norms(NamedTuple):
    """How large W* and V* are.

    Attributes:
        W_rows: ||W*||_{2,inf}, the largest norm of a row.
        V_rows: ||V*||_{2,inf}.
        W_frobenius: ||W*||_F.
        V_frobenius: ||V*||_F.
    """

    W_rows: float
    V_rows: float
    W_frobenius: float
    V_frobenius: float


def stretched(phi: SmoothFunction, factor: float) -> SmoothFunction:
    """Return z -> phi(factor z), with its Taylor series.

    Args:
        phi: the function.
        factor: positive, as C' is.

    Returns:
        The function, with coefficients c_i factor^i.

    Raises:
        ValueError: if ``factor`` is not positive and finite.

    Example:
        >>> from ovp_lib.maths.smooth import parse
        >>> stretched(parse("z^2"), 3.0).coefficients(2).round(6).tolist()
        [0.0, 0.0, 9.0]
    """
    if not (factor > 0 and math.isfinite(factor)):
        raise ValueError(f"factor must be positive and finite, got {factor}")

    def series(degree: int) -> Series:
        signs, logs = phi.series(degree)
        return signs, logs + math.log(factor) * np.arange(degree + 1)

    return replace(
        phi,
        name=f"{phi.name} at {factor:.3g} z",
        evaluate=lambda z: phi(factor * z),
        series=series,
        radius=phi.radius / factor,
    )


def inner_values(target: ThreeLayerTarget, x: Float[Tensor, "n d"]) -> Float[Tensor, "n p1"]:
    """Return u_i(x) = sum_j v_{1,i,j} phi_{1,j}(<w_{1,j}, x>), what Phi_i is taken of.

    Args:
        target: of class (4.1), with one member.
        x: points.

    Raises:
        ValueError: if the target has several members, or is of Remark 4.2's class.
    """
    _one_member(target)
    z = x @ target.w1[0].to(x).T
    values = [phi(z[:, j]) for j, phi in enumerate(target.inner)]
    return torch.stack(values, dim=1) @ target.v1[0].to(x).T


def second_factor(
    target: ThreeLayerTarget,
    W: Float[Tensor, "m1 d"],
    b1: Float[Tensor, " m1"],
    functions: Sequence[Indicator],
) -> Float[Tensor, "m1 p1"]:
    """Return H_{r,i} = sum_j v_{2,i,j} h_{2,j}, which averages over open gates to q_i(x).

    Args:
        target: of class (4.1), with one member.
        W: weights of the first layer.
        b1: its biases.
        functions: h_{2,1}, ..., h_{2,p2} of Lemma 6.3.

    Raises:
        ValueError: if there is not one function for each phi_{2,j}, or as in :func:`inner_values`.
    """
    _one_member(target)
    if len(functions) != len(target.second):
        raise ValueError(f"expected {len(target.second)} functions h, got {len(functions)}")
    root = math.sqrt(len(b1))
    z = root * (W @ target.w2[0].to(W).T)
    h = torch.stack([f(z[:, j], root * b1) for j, f in enumerate(functions)], dim=1)
    return h @ target.v2[0].to(W).T


def three_layer(
    target: ThreeLayerTarget,
    H: Float[Tensor, "m1 p1"],
    alphas: Float[Tensor, "m2 p1"],
    b2: Float[Tensor, " m2"],
    a: Float[Tensor, "k m2"],
    outer: Sequence[Indicator],
    signs: Float[Tensor, "p1 m1"],
    *,
    init_scale: float = 1.0,
) -> ComposedWeights:
    r"""Construct W*, V* of Lemma 6.2, for which g^(0)(x; W*, V*) is F*(x) in expectation.

    Args:
        target: of class (4.1), with one member; its scale is taken into a*.
        H: the second factor over the first layer, :func:`second_factor`.
        alphas: standard Gaussians, alpha_{q,i} = sqrt(m2) <v_q, u_i> / ||u_i||, for the carriers
            u_i of the inner functions.
        b2: biases of the second layer, entries N(0, 1/m2).
        a: output weights, entries N(0, eps_a^2).
        outer: h_i of Lemma 6.3 for z -> Phi_i(||u_i|| z), one for each term.
        signs: s_i, one row of -1 and 1 for each term.
        init_scale: eps_a, in (0, 1].

    Returns:
        W* and V* in factors; what multiplies one and divides the other changes nothing in g^(0).

    Raises:
        ValueError: if there is not one function for each term, ``init_scale`` is out of range, or
            as in :func:`inner_values`.
    """
    _one_member(target)
    if len(outer) != len(target.outer):
        raise ValueError(f"expected one h for each of {len(target.outer)} terms, got {len(outer)}")
    if not 0 < init_scale <= 1:
        raise ValueError(f"init_scale eps_a must lie in (0, 1], got {init_scale}")
    m1, m2 = len(H), len(b2)
    d = target.w1.shape[2]
    W = H.new_zeros(m1, d)
    W[:, -1] = 2 / m1 * (signs.T * H).sum(dim=1)
    b0 = math.sqrt(m2) * b2
    h = torch.stack([f(alphas[:, i], b0) for i, f in enumerate(outer)], dim=1)
    left = (a.T @ output_weights(target).to(a)) * h / (m2 * init_scale**2)
    return ComposedWeights(W, left, signs)


def output_weights(target: ThreeLayerTarget) -> Float[Tensor, "k p1"]:
    """Return a*_{r,i}, the scale of each output included.

    Args:
        target: of class (4.1), with one member.
    """
    a = target.a[0]
    return a if target.scale is None else a * target.scale[0][:, None]


def value(
    factors: ComposedWeights,
    x: Float[Tensor, "n d"],
    a: Float[Tensor, "k m2"],
    gates_w: Bool[Tensor, "n m1"],
    gates_v: Bool[Tensor, "n m2"],
) -> Float[Tensor, "n k"]:
    """Return a D_v V* D_w W* x, without forming V*.

    Args:
        factors: W* and V*.
        x: inputs.
        a: output weights.
        gates_w: gates of the first layer at the inputs.
        gates_v: gates of the second layer at the inputs.

    Returns:
        g^(0) for the gates at initialisation, g^(b,b) for those of other weights.
    """
    first = ((x @ factors.W.T) * gates_w) @ factors.right.T
    k, p1 = len(a), factors.left.shape[1]
    back = (a.T[:, :, None] * factors.left[:, None, :]).reshape(-1, k * p1)
    second = (gates_v.to(back) @ back).reshape(-1, k, p1)
    return (second * first[:, None, :]).sum(dim=2)


def norms(factors: ComposedWeights) -> Norms:
    """Return the norms of W* and V*; those of V* from its factors.

    Args:
        factors: W* and V*.

    Returns:
        Numbers.
    """
    gram = factors.right @ factors.right.T
    W = factors.W.square().sum(dim=1)
    V = ((factors.left @ gram) * factors.left).sum(dim=1)
    rows = [math.sqrt(float(square.max())) for square in (W, V)]
    return Norms(*rows, *(math.sqrt(float(square.sum())) for square in (W, V)))


def _one_member(target: ThreeLayerTarget) -> None:
    if len(target.w1) != 1:
        raise ValueError(f"the construction is for one target, got {len(target.w1)} members")
    if target.linear is not None:
        raise ValueError("the construction is for class (4.1), got a target of Remark 4.2")
