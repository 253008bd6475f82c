r"""What Lemmas 6.10 and 6.12 print, once with every O~(.) as one, once with constants counted."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.maths import elementary
from ovp_lib.models.three_layer import ThreeLayer, preactivations


class Without(NamedTuple):
    """The terms of the bound of Lemma 6.10, without random signs.

    Attributes:
        first: of W', tau_w m1 sqrt(m2) / sqrt(N).
        second: of the small entries of V', tau_v m2 / sqrt(N).
        mixed: of the truncation of V', tau_v sqrt(m1 m2 tau_w (1/sqrt(m1) + tau_w)) / N^(1/4).
    """

    first: float
    second: float
    mixed: float

    @property
    def total(self) -> float:
        """The bound."""
        return self.first + self.second + self.mixed


class With(NamedTuple):
    """The terms of the bound of Lemma 6.12, with random signs.

    Attributes:
        main: of the bilinear class, tau_w tau_v m1^(1/4) sqrt(m2) / sqrt(N).
        coupling: B, the error of freezing the gates, which no number of samples makes smaller:
            tau_w^(8/5) m1^(9/10) + tau_w^(16/5) m1^(9/5) sqrt(m2) + tau_v sqrt(m2 / m1).
    """

    main: float
    coupling: float

    @property
    def total(self) -> float:
        """The bound."""
        return self.main + self.coupling


def printed_without(tau_w: float, tau_v: float, m1: int, m2: int, n: int) -> Without:
    """Return the bound of Lemma 6.10 with every O~(.) read as one.

    Args:
        tau_w: tau'_w, bound on ||W'||_{2,4}.
        tau_v: tau'_v, bound on ||V'||_F.
        m1: width of the first hidden layer.
        m2: width of the second hidden layer.
        n: number N of samples.

    Example:
        >>> printed_without(0.01, 1.0, 100, 100, 10_000).second
        1.0
    """
    root = math.sqrt(n)
    mixed = tau_v * math.sqrt(m1 * m2 * tau_w * (1 / math.sqrt(m1) + tau_w) / root)
    return Without(tau_w * m1 * math.sqrt(m2) / root, tau_v * m2 / root, mixed)


def printed_with(tau_w: float, tau_v: float, m1: int, m2: int, n: int) -> With:
    """Return the bound of Lemma 6.12 with every O~(.) read as one.

    Args:
        tau_w: tau'_w, bound on ||W'||_{2,4}.
        tau_v: tau'_v, bound on ||V'||_F.
        m1: width of the first hidden layer.
        m2: width of the second hidden layer.
        n: number N of samples.
    """
    main = tau_w * tau_v * m1**0.25 * math.sqrt(m2 / n)
    flips = tau_w**1.6 * m1**0.9 + tau_w**3.2 * m1**1.8 * math.sqrt(m2)
    return With(main, flips + tau_v * math.sqrt(m2 / m1))


def counted_without(
    net: ThreeLayer, x: Float[Tensor, "e n d"], tau_w: float, tau_v: float
) -> Float[Tensor, " e"]:
    """Return the bound of Lemma 6.10 with its constants counted, at given weights and points.

    2 ||a||_1 (2 max_j ||v_j||_1 tau_w + sqrt(m1) tau_v R0 sqrt(2 log(2 m1))) / sqrt(N)
      + 4 tau_v sqrt(||a||_1 ||a||_inf m1 tau_w (R0 + tau_w) / sqrt(N))

    with R0 = max sigma(<w_i, x> + b_i): Proposition A.12a, e and f as the proof uses them, at the
    best threshold delta for the entries of V'.

    Args:
        net: initial weights; output 0 is taken.
        x: points of each member, unit vectors.
        tau_w: bound on ||W'||_{2,4}.
        tau_v: bound on ||V'||_F.

    Returns:
        One number for each member.
    """
    m1, root = net.widths[0], math.sqrt(x.shape[1])
    a = net.a[:, 0].abs()
    R0 = preactivations(net, x).first.relu().amax(dim=(1, 2))
    rows = net.V.abs().sum(dim=2).amax(dim=1)
    free = math.sqrt(2 * m1 * math.log(2 * m1)) * tau_v * R0
    mixed = elementary.sqrt(a.sum(dim=1) * a.amax(dim=1) * m1 * tau_w * (R0 + tau_w) / root)
    return 2 * a.sum(dim=1) * (2 * rows * tau_w + free) / root + 4 * tau_v * mixed


def counted_bilinear(net: ThreeLayer, n: int, tau_w: float, tau_v: float) -> Float[Tensor, " e"]:
    """Return the main term of the bound of Lemma 6.12 with its constant counted.

    3^(1/4) tau_w tau_v m1^(1/4) ||a|| / sqrt(N), as the closed form is at most

    tau_w tau_v m1^(1/4) max_q (E ||sum_j xi_j u_j||^4)^(1/4) and

    (E ||sum_j xi_j u_j||^4)^(1/4) <= 3^(1/4) (sum_j ||u_j||^2)^(1/2), with ||u_j|| <= ||a|| / N.

    Args:
        net: initial weights; output 0 is taken.
        n: number N of points on the unit sphere.
        tau_w: bound on ||W'||_{2,4}.
        tau_v: bound on ||V'||_F.
    """
    factor = 3**0.25 * tau_w * tau_v * net.widths[0] ** 0.25 / math.sqrt(n)
    return factor * torch.linalg.vector_norm(net.a[:, 0], dim=1)


def samples_without(tau_w: float, tau_v: float, m: int, epsilon: float) -> float:
    """Return the number of samples at which the bound of Lemma 6.10 is epsilon, O~(.) as one.

    With s = N^(-1/4) the bound is alpha s^2 + beta s.

    Args:
        tau_w: tau'_w.
        tau_v: tau'_v.
        m: width m1 = m2.
        epsilon: wanted complexity, positive.

    Example:
        >>> n = samples_without(0.01, 1.0, 100, 0.5)
        >>> round(printed_without(0.01, 1.0, 100, 100, round(n)).total, 6)
        0.5
    """
    first, second, beta = printed_without(tau_w, tau_v, m, m, 1)
    alpha = first + second
    # The root in the form in which no two numbers of almost the same size are subtracted.
    s = 2 * epsilon / (beta + math.sqrt(beta**2 + 4 * alpha * epsilon))
    return float(s**-4)
