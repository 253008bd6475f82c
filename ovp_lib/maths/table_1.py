r"""Table 1: the radii, the noise and the regulariser of Theorems 2 and 3, as powers of the width.

Our copies of the text have lost most of the table's fractions. What they still print are the
numbers 1/2 - 0.005, 3/4 - 0.005 and 1/2 - 0.001; the rest is fixed here by what the proofs use:

    ||W*||_{2,4} <= tau'_w, ||V*||_F <= tau'_v for the W*, V* of (C.33)
    lam_v ||V*||_F^2 <= eps0, lam_w ||W*||_{2,4}^4 <= eps0    (Section 6.4)
    sigma_w <= tau_w / m1^(1/4), at most m2^(1 - 0.01) flips by V^rho    (proof of Lemma 6.5)
    tau_w <= m1^(-9/16)    (proof of Lemma 6.11)
"""

import math
from dataclasses import dataclass

from ovp_lib.maths.accuracy import require_eps0, require_gamma


@dataclass(frozen=True)
class Table1:
    r"""The parameters of Theorems 2 and 3 at given widths.

        tau'_v = m1^(1/2 - v') / m2^(1/2)      tau'_w = C_0 / m1^(3/4 - w')
        tau_v  = m1^(1/2 - v) / m2^(1/2)       tau_w  = 1 / m1^(3/4 - w)
        lam_v  = eps0 / tau'_v^2               lam_w  = eps0 / tau'_w^4
        sigma_v = 1 / m2^(1/2 + s)             sigma_w = 1 / m1^(1 - w)

    (Going Beyond Two Layers, Table 1, with v' = w' = 0.005, v = 0.001 and w = s = 0.01.) The table
    leaves constants open, "which can depend on gamma", and C_0 is astronomical as proved: what is
    run takes calibrated ones, and says so.

    Attributes:
        m1: width of the first hidden layer, at least 2.
        m2: width of the second hidden layer, at least 2.
        eps0: excess risk, in (0, 1/100].
        gamma: factor on OPT, in (0, 1/4]; no entry depends on it but through open constants.
        c0: C_0 = C_eps(Phi, sqrt(p2) C_eps(phi, 1)) C_eps(phi, 1) O~(p1 sqrt(p2) k), or a
            calibrated constant in its place; positive.
        v_prime: v' above, in [v, 1/2).
        w_prime: w' above, in (0, w].
        v: v above, positive.
        w: w above, at most 3/16.
        s: s above, in (0, 3/2].

    Raises:
        ValueError: if a number is out of range, with the condition of the proof that it breaks.

    Example:
        >>> table = Table1(m1=10_000, m2=10_000, eps0=0.01)
        >>> round(table.tau_w, 6), round(table.sigma_w, 6)
        (0.001096, 0.00011)
    """

    m1: int
    m2: int
    eps0: float
    gamma: float = 0.25
    c0: float = 1.0
    v_prime: float = 0.005
    w_prime: float = 0.005
    v: float = 0.001
    w: float = 0.01
    s: float = 0.01

    def __post_init__(self) -> None:
        require_eps0(self.eps0)
        require_gamma(self.gamma)
        if min(self.m1, self.m2) < 2 or not (self.c0 > 0 and math.isfinite(self.c0)):
            raise ValueError(
                f"need widths m1, m2 >= 2 and c0 > 0, got {self.m1}, {self.m2} and {self.c0}"
            )
        if not 0 < self.v <= self.v_prime < 0.5:
            raise ValueError(
                "Table 1 needs 0 < v <= v_prime < 1/2, so that tau'_v <= tau_v < sqrt(m1 / m2), "
                f"got v = {self.v} and v_prime = {self.v_prime}"
            )
        if not 0 < self.w_prime <= self.w <= 0.1875:
            raise ValueError(
                "Table 1 needs 0 < w_prime <= w <= 3/16, so that tau'_w / C_0 <= tau_w <= "
                f"m1^(-9/16) (Lemma 6.11), got w_prime = {self.w_prime} and w = {self.w}"
            )
        if not 0 < self.s <= 1.5:
            raise ValueError(
                "Table 1 needs 0 < s <= 3/2, so that 1 / m2^2 <= sigma_v < 1 / sqrt(m2) "
                f"(Lemmas 6.10, 6.12), got s = {self.s}"
            )

    @property
    def tau_v_prime(self) -> float:
        """tau'_v, a bound on ||V'||_F while the regulariser is bounded."""
        return self.m1 ** (0.5 - self.v_prime) / math.sqrt(self.m2)

    @property
    def tau_w_prime(self) -> float:
        """tau'_w, a bound on ||W'||_{2,4} while the regulariser is bounded."""
        return self.c0 / self.m1 ** (0.75 - self.w_prime)

    @property
    def tau_v(self) -> float:
        """tau_v, the radius of V' within which the coupling lemma works."""
        return self.m1 ** (0.5 - self.v) / math.sqrt(self.m2)

    @property
    def tau_w(self) -> float:
        """tau_w, the radius of W' within which the coupling lemma works."""
        return self.m1 ** (self.w - 0.75)

    @property
    def lam_v(self) -> float:
        """lam_v, the weight of ||V'||_F^2."""
        return self.eps0 / self.tau_v_prime**2

    @property
    def lam_w(self) -> float:
        """lam_w, the weight of ||W'||_{2,4}^4."""
        return self.eps0 / self.tau_w_prime**4

    @property
    def sigma_v(self) -> float:
        """sigma_v, the standard deviation of the entries of V^rho."""
        return float(self.m2 ** -(0.5 + self.s))

    @property
    def sigma_w(self) -> float:
        """sigma_w = tau_w / m1^(1/4), the standard deviation of the entries of W^rho."""
        return float(self.m1 ** (self.w - 1.0))

    @property
    def candidates(self) -> int:
        """Noise matrices from which the output is chosen: 1 / eps0^2, up to logarithms."""
        return math.ceil(1 / self.eps0**2)

    @property
    def log_least_width(self) -> float:
        """Return log of the least m1 at which tau'_w <= tau_w, as the proof needs.

        It is log C_0 / (w - w'): at Table 1's exponents C_0^200, and infinite for w = w'.
        """
        if self.c0 <= 1:
            return 0.0
        return math.log(self.c0) / (self.w - self.w_prime) if self.w > self.w_prime else math.inf

    def require_width(self) -> None:
        """Refuse a width below that from which on the proof's radii fit into each other.

        Raises:
            ValueError: if tau'_w > tau_w, naming the width that would do.
        """
        if math.log(self.m1) < self.log_least_width:
            digits = self.log_least_width / math.log(10)
            raise ValueError(
                f"tau'_w = {self.tau_w_prime:.3g} exceeds tau_w = {self.tau_w:.3g} at m1 = "
                f"{self.m1}: with c0 = {self.c0:.3g} that takes m1 >= 10^{digits:.3g}"
            )
