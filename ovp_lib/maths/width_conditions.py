"""Widths and numbers of steps from which on gradient descent provably fits: the slides' two tables.

Every condition is Omega(...) or O(...) of a product of powers. Here the hidden constant is 1 and
logarithms count as 1, those of 1/epsilon too, so that a value says how the product grows and not
what the theorem needs: that is more.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

SYMBOLS = ("n", "L", "phi", "closest", "lambda_0", "lambda_K", "two_to_L")
"""What powers are of, see :class:`Setting`; ``two_to_L`` is 2^L, in place of 2^O(L)."""


@dataclass(frozen=True)
class Setting:
    """A training set and a depth, as the conditions see them.

    Attributes:
        n: number of points, at least 2.
        depth: number of hidden layers L, at least 1.
        phi: least distance of two points with different labels, in (0, 2].
        closest: least distance of any two points, in (0, phi].
        lambda_0: least eigenvalue of the Gram matrix of two layers, positive.
        lambda_k: least eigenvalue of the conjugate kernel K^(L) on the points, positive.

    Raises:
        ValueError: if a number is out of range, with what it would mean.

    Example:
        >>> Setting(n=100, depth=0, phi=0.1, closest=0.1, lambda_0=1e-3, lambda_k=1e-3)
        Traceback (most recent call last):
        ValueError: a deep network has at least one hidden layer, got depth 0
    """

    n: int
    depth: int
    phi: float
    closest: float
    lambda_0: float
    lambda_k: float

    def __post_init__(self) -> None:
        if self.depth < 1:
            raise ValueError(
                f"a deep network has at least one hidden layer, got depth {self.depth}"
            )
        if self.n < 2:
            raise ValueError(f"two labels need at least two points, got n = {self.n}")
        if not 0 < self.closest <= self.phi <= 2:
            raise ValueError(
                "points of the unit sphere have 0 < closest <= phi <= 2; with phi = 0 one point "
                f"has two labels and nothing fits: got closest {self.closest} and phi {self.phi}"
            )
        if not min(self.lambda_0, self.lambda_k) > 0:
            raise ValueError(
                "a Gram matrix that is singular, or is so up to rounding, gives no condition: got "
                f"least eigenvalues {self.lambda_0} and {self.lambda_k}"
            )

    def logarithms(self) -> dict[str, float]:
        """Return the base-10 logarithm of each of :data:`SYMBOLS`."""
        values = (self.n, self.depth, self.phi, self.closest, self.lambda_0, self.lambda_k)
        logs = [*(math.log10(value) for value in values), self.depth * math.log10(2)]
        return dict(zip(SYMBOLS, logs, strict=True))


@dataclass(frozen=True)
class Condition:
    """A row of the slides' tables.

    Attributes:
        name: authors and year.
        key: of the paper in ``references.bib``.
        width: powers of :data:`SYMBOLS` in the condition on m; empty if only "poly" is said.
        steps: the same in the number of iterations; empty if the slides give none.
        relu: whether it is about ReLU networks.
        depths: ``two`` layers, or ``deep`` networks.
        said: the condition as the slides write it, in TeX.
        steps_said: the iterations as the slides write them, in TeX.
    """

    name: str
    key: str
    width: Mapping[str, int]
    steps: Mapping[str, int]
    relu: bool
    depths: str
    said: str
    steps_said: str = ""

    def log10_width(self, setting: Setting) -> float:
        """Return the logarithm of the width, to base 10; NaN if the slides give no powers.

        Args:
            setting: training set and depth.
        """
        return _log10(self.width, setting)

    def log10_steps(self, setting: Setting) -> float:
        """Return the logarithm of the number of steps, to base 10; NaN if there are no powers.

        Args:
            setting: training set and depth.
        """
        return _log10(self.steps, setting)


LI_LIANG = Condition(
    name="Li and Liang (2018)",
    key="li2018learning",
    width={},
    steps={},
    relu=True,
    depths="two",
    said=r"\mathrm{poly}(l, k, \epsilon^{-1})",
)
"""Two layers, SGD, cross-entropy, clusters: the slides name no powers."""

DU_TWO_LAYERS = Condition(
    name="Du et al. (2018), two layers",
    key="du2018provably",
    width={"n": 6, "lambda_0": -4},
    steps={},
    relu=True,
    depths="two",
    said=r"n^6 / \lambda_0^4",
)
"""Two layers, gradient descent, square loss; the slides give no number of iterations."""

ALLEN_ZHU = Condition(
    name="Allen-Zhu et al. (2018)",
    key="allenzhu2018convergence",
    width={"n": 24, "L": 12, "closest": -8},
    steps={"n": 6, "L": 2, "closest": -2},
    relu=True,
    depths="deep",
    said=r"n^{24} L^{12} / \phi^8",
    steps_said=r"n^6 L^2 \log(1/\epsilon) / \phi^2",
)
"""Square loss; phi is the least distance of *any* two points."""

DU_DEEP = Condition(
    name="Du et al. (2018), deep",
    key="du2018global",
    width={"two_to_L": 1, "n": 4, "lambda_K": -4},
    steps={"two_to_L": 1, "n": 2, "lambda_K": -2},
    relu=False,
    depths="deep",
    said=r"2^{O(L)} n^4 / \lambda_{\min}^4(K^{(L)})",
    steps_said=r"2^{O(L)} n^2 \log(1/\epsilon) / \lambda_{\min}^2(K^{(L)})",
)
"""Square loss, smooth activations: it says nothing of ReLU."""

ZOU = Condition(
    name="Zou et al. (2018)",
    key="zou2018stochastic",
    width={"n": 14, "L": 16, "phi": -4},
    steps={"n": 5, "L": 3, "phi": -1},
    relu=True,
    depths="deep",
    said=r"n^{14} L^{16} / \phi^4",
    steps_said=r"n^5 L^3 / \phi",
)
"""Binary classification; phi is the least distance of two points of different classes."""

ZOU_GU = Condition(
    name="Zou and Gu (2019)",
    key="zou2019improved",
    width={"n": 8, "L": 12, "phi": -4},
    steps={"n": 2, "L": 2, "phi": -1},
    relu=True,
    depths="deep",
    said=r"n^8 L^{12} / \phi^4",
    steps_said=r"n^2 L^2 \log(1/\epsilon) / \phi",
)
"""Square loss; the best condition of the slides."""

CONDITIONS = (LI_LIANG, DU_TWO_LAYERS, ALLEN_ZHU, DU_DEEP, ZOU, ZOU_GU)
"""Every row of the slides' two tables, in their order."""


def condition(name: str) -> Condition:
    """Return a row by its name.

    Args:
        name: authors and year, as in :data:`CONDITIONS`.

    Raises:
        ValueError: if there is none, with the names that there are.

    Example:
        >>> setting = Setting(n=100, depth=3, phi=0.1, closest=0.1, lambda_0=1e-3, lambda_k=1e-3)
        >>> round(condition("Zou and Gu (2019)").log10_width(setting), 2)  # n^8 L^12 / phi^4
        25.73
    """
    for each in CONDITIONS:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in CONDITIONS)
    raise ValueError(f"no condition of {name!r}; there are {known}")


def _log10(powers: Mapping[str, int], setting: Setting) -> float:
    if not powers:
        return math.nan
    logarithms = setting.logarithms()
    return sum(power * logarithms[symbol] for symbol, power in powers.items())
