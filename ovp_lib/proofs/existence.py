r"""Existence: weights near the initialisation whose pseudo-network is the target (Lemma B.1)."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.models.networks import TwoLayer
from ovp_lib.models.targets import TwoLayerTarget
from ovp_lib.proofs.indicator import Indicator


def two_layer(
    net: TwoLayer, target: TwoLayerTarget, functions: Sequence[Indicator], *, init_scale: float
) -> Float[Tensor, "e m d"]:
    r"""Construct W* of Lemma B.1, for which g^(b)(x; W*) is f*(x) in expectation.

    w*_j = 1/(m eps_a^2) sum_r a_{r,j} sum_i a*_{r,i}
           h_i(sqrt(m) <w_j^(0), w*_{1,i}>, sqrt(m) b_j) w*_{2,i}

    (arXiv v6, equation B.2 with the rescaling by 1/m that follows it.) Since E[a_{r,j} a_{r',j}] =
    eps_a^2 1{r = r'}, summing a_{r,j} <w*_j, x> over open gates averages a*_{r,i} 1{open} h_i
    <w*_{2,i}, x>, and 1{open} h_i has expectation phi_i(<w*_{1,i}, x>) by Lemma 6.3b.

    Args:
        net: the network at initialisation; nothing of it is changed.
        target: a target of class (3.1) for each member.
        functions: h_1, ..., h_p of Lemma 6.3, one for each term of the target.
        init_scale: eps_a, the standard deviation of ``net.a``.

    Returns:
        The weights, to be used with the gates of ``net``. Their size is ||W*||_F sqrt(m) eps_a ->
        sqrt(sum E[h_i^2]) for one output and orthogonal w*_{2,i}.

    Raises:
        ValueError: if there is not one function for each term, or ``init_scale`` is not in (0, 1].
    """
    p = target.w1.shape[1]
    if len(functions) != p:
        raise ValueError(f"expected one function h for each of the {p} terms, got {len(functions)}")
    if not 0 < init_scale <= 1:
        raise ValueError(f"init_scale eps_a must lie in (0, 1], got {init_scale}")
    root_m = net.width**0.5
    alpha1 = root_m * net.W @ target.w1.to(net.W).mT
    b0 = root_m * net.b
    h = torch.stack([f(alpha1[..., i], b0) for i, f in enumerate(functions)], dim=-1)
    signs = net.a.mT @ target.a.to(net.a)
    return (signs * h) @ target.w2.to(net.W) / (net.width * init_scale**2)
