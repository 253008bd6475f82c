"""The tables of the page of Lemma 6.3: constructions of h side by side, and their bounds."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float
from torch import Tensor

from ovp_lib.evidence import statistics
from ovp_lib.evidence.claims import Estimate
from ovp_lib.maths import complexity
from ovp_lib.maths.smooth import SmoothFunction
from ovp_lib.proofs.hermite_indicator import HermiteIndicator
from ovp_lib.proofs.indicator import Indicator

Functions = Mapping[str, SmoothFunction]
"""Functions phi by their names."""

Constructions = Mapping[str, Mapping[str, Indicator]]
"""For each construction, by its words: its h for each phi, by name."""

Numbers = Mapping[str, float] | Iterable[float]
"""Computed numbers, by name or in a row."""


def largest(values: Numbers) -> Estimate:
    """Return the largest of numbers that were computed and not sampled.

    Args:
        values: at least one number, by name or in a row.

    Returns:
        The maximum with an interval of no width; nothing was repeated, so ``n`` is 1.

    Example:
        >>> largest({"z": 0.5, "z^2": 2.0})
        Estimate(value=2.0, low=2.0, high=2.0, n=1)
    """
    return _exactly(max(_in_a_row(values)))


def smallest(values: Numbers) -> Estimate:
    """Return the smallest of numbers that were computed and not sampled, see :func:`largest`.

    Args:
        values: at least one number, by name or in a row.

    Returns:
        The minimum with an interval of no width; nothing was repeated, so ``n`` is 1.
    """
    return _exactly(min(_in_a_row(values)))


def log_coefficient_bound(i: int) -> float:
    """Return the natural logarithm of (i - 1)!!/(200 i^2), the lower bound of Claim C.1.

    Args:
        i: degree, at least 1.

    Example:
        >>> round(math.exp(log_coefficient_bound(4)) * 200 * 4**2, 9)  # 3!! = 3 * 1
        3.0
    """
    log_double_factorial = sum(math.log(k) for k in range(i - 1, 0, -2))
    return log_double_factorial - math.log(200 * i * i)


def largest_error(h: Indicator, x1: Tensor, values: Tensor) -> float:
    """Return the largest distance of the expectation behind the gate from given values.

    Args:
        h: the function whose expectation is taken.
        x1: points in [-1, 1], shape ``(n,)``, float64.
        values: what the expectation should be there, shape ``(n,)``.
    """
    return (h.expectation(x1) - values).abs().max().item()


def sizes_table(functions: Functions, constructions: Constructions, x1: Tensor) -> pd.DataFrame:
    """Return error and size of each h, one column for each phi.

    Args:
        functions: phi by name.
        constructions: h by construction, and by the same names.
        x1: points in [-1, 1] at which the error is taken, shape ``(n,)``, float64.

    Returns:
        Words for the reader. A construction that is Lipschitz for no phi has no row for it.
    """
    columns: dict[str, list[str]] = {}
    for words, found in constructions.items():
        errors = [largest_error(found[name], x1, phi(x1)) for name, phi in functions.items()]
        roots = [math.sqrt(found[name].second_moment()) for name in functions]
        slopes = [found[name].lipschitz() for name in functions]
        columns[f"{words}: error"] = [f"{error:.1e}" for error in errors]
        columns[f"{words}: √E[h²]"] = [f"{root:.3g}" for root in roots]
        columns[f"{words}: sup|h|"] = [f"{found[name].sup():.3g}" for name in functions]
        if not all(map(math.isinf, slopes)):
            columns[f"{words}: Lipschitz"] = [f"{slope:.3g}" for slope in slopes]
    return _by_phi(columns, functions)


@dataclass(frozen=True)
class Bounds:
    """The bounds C_eps and C_s of Lemma 6.3 for several phi, and the smallest C* in them.

    The smallest C* are those of the Taylor polynomial that h computes, which are the larger ones:
    the whole series has a larger C_eps at every C*.

    Attributes:
        functions: phi by name.
        eps: accuracy, in (0, 1).
        degree: where the Taylor series of h is cut.
    """

    functions: Functions
    eps: float
    degree: int

    def constants_for_width(self, sizes: Mapping[str, float]) -> dict[str, float]:
        """Return for each phi the smallest C* with size <= C_eps(phi, 1).

        Args:
            sizes: what is to be bounded, positive, by the name of phi.
        """
        return {
            name: complexity.smallest_c_star(self._log_c_eps(name), math.log(size))
            for name, size in sizes.items()
        }

    def width_constants(self, h: Mapping[str, Indicator]) -> dict[str, float]:
        """Return for each phi the smallest C* that bounds both sup|h| and h's Lipschitz constant.

        Args:
            h: by the name of phi.
        """
        sizes = {name: max(each.sup(), each.lipschitz()) for name, each in h.items()}
        return self.constants_for_width(sizes)

    def samples_constants(self, h: Mapping[str, Indicator]) -> dict[str, float]:
        """Return for each phi the smallest C* with E[h^2] <= C_s(phi, 1)^2.

        Args:
            h: by the name of phi.
        """
        return {
            name: complexity.smallest_c_star(
                self._log_c_s(name), 0.5 * math.log(each.second_moment())
            )
            for name, each in h.items()
        }

    def table(
        self, constants: Mapping[str, Mapping[str, float]], paper: Mapping[str, Indicator]
    ) -> pd.DataFrame:
        """Return the smallest constants and the bounds at C* = 10^4, one column for each phi.

        Args:
            constants: for each bound, by its words, the smallest C* for each phi.
            paper: h at the paper's clip, by the name of phi.

        Returns:
            Words for the reader.
        """
        table = pd.DataFrame(constants, index=list(self.functions)).add_prefix("smallest C*: ")
        functions, log10 = self.functions.values(), math.log(10)
        needed = [complexity.truncation_degree(phi, self.eps) for phi in functions]
        C_eps = complexity.width_complexities(functions, self.eps)
        C_s = [self._log_c_s(name)(complexity.C_STAR) / log10 for name in self.functions]
        table.insert(0, "degree that ε needs", needed)
        table = table.assign(**C_eps)
        table["log10 C_s at C* = 10000"] = C_s
        table["log10 of the largest ε, 1/C_s"] = [-bound for bound in C_s]
        table["log10 sup|h|, paper's clip"] = [math.log10(h.sup()) for h in paper.values()]
        return table.rename_axis("φ").map("{:.3g}".format).T

    def _log_c_eps(self, name: str) -> Callable[[float], float]:
        phi, eps, degree = self.functions[name], self.eps, self.degree
        return lambda c_star: complexity.log_c_eps(phi, eps, c_star=c_star, degree=degree)

    def _log_c_s(self, name: str) -> Callable[[float], float]:
        phi, degree = self.functions[name], self.degree
        return lambda c_star: complexity.log_c_s(phi, c_star=c_star, degree=degree)


def for_each_h(
    measure: Callable[[SmoothFunction, Indicator], tuple[float, ...]],
    functions: Functions,
    constructions: Constructions,
) -> np.ndarray:
    """Measure something of every h.

    Args:
        measure: of phi and one of its h: some numbers.
        functions: phi by name.
        constructions: h by construction, and by the same names.

    Returns:
        Shape ``(constructions, phis, numbers)``.
    """
    rows = [
        [measure(phi, h[name]) for name, phi in functions.items()] for h in constructions.values()
    ]
    return np.array(rows)


def by_number(
    found: Float[np.ndarray, "seeds widths kinds phis numbers"],
) -> Float[np.ndarray, "numbers kinds phis seeds widths"]:
    """Return measurements with the numbers first, then construction, phi, seed and width.

    Args:
        found: for each seed and width what :func:`for_each_h` returned.
    """
    return np.ascontiguousarray(found.transpose(4, 2, 3, 0, 1))


def root_mean_squares(constructions: Constructions) -> Float[np.ndarray, "kinds phis"]:
    """Return sqrt(E[h^2]) of every h.

    Args:
        constructions: h by construction and phi.
    """
    moments = [[h.second_moment() for h in found.values()] for found in constructions.values()]
    return np.sqrt(moments)


def networks_table(
    functions: Functions,
    constructions: Constructions,
    widths: tuple[int, ...],
    *,
    sup_error: Float[np.ndarray, "kinds phis seeds widths"],
    size: Float[np.ndarray, "kinds phis seeds widths"],
    longest_row: Float[np.ndarray, "kinds phis seeds widths"],
    degree: int,
) -> pd.DataFrame:
    """Return errors and sizes of the networks of Lemma B.1, one column for each phi.

    Args:
        functions: phi by name.
        constructions: h by construction, in the order of the first axis of the arrays, and phi;
            the paper's h comes first.
        widths: hidden widths m.
        sup_error: the largest error of the network.
        size: Frobenius norm of W*, times sqrt(m) eps_a.
        longest_row: norm of the longest row of W*, times m eps_a.
        degree: where the Taylor series is cut.

    Returns:
        Words for the reader; sizes at the largest width, and the kurtosis of every h that is a
        sum of Hermite polynomials (the others are bounded and have no tail).
    """
    columns: dict[str, list[str]] = {}
    for words, errors in zip(constructions, sup_error, strict=True):
        columns[f"{words}: exponent"] = [_exponent(widths, each) for each in errors]
        columns[f"{words}: error at largest m"] = _means_at_the_end(errors, "{:.2g}")
    for words, found in constructions.items():
        if hermite := [h for h in found.values() if isinstance(h, HermiteIndicator)]:
            columns[f"{words}: kurtosis of h"] = [f"{kurtosis(h):.3g}" for h in hermite]
    C_s = [math.exp(complexity.log_c_s(phi, degree=degree)) for phi in functions.values()]
    columns["‖W*‖_F √m ε_a, paper's h"] = _means_at_the_end(size[0], "{:.3g}")
    columns["its bound C_s at C* = 10000"] = [f"{bound:.2g}" for bound in C_s]
    columns["‖W*‖_{2,∞} m ε_a, paper's h"] = _means_at_the_end(longest_row[0], "{:.3g}")
    return _by_phi(columns, functions)


def kurtosis(h: HermiteIndicator) -> float:
    """Return E[h^4]/E[h^2]^2: some such number of neurons must be drawn before their mean settles.

    Args:
        h: a sum of Hermite polynomials times functions of the bias.
    """
    return h.moment(4) / h.second_moment() ** 2


def _exactly(value: float) -> Estimate:
    return Estimate(float(value), float(value), float(value), n=1)


def _in_a_row(values: Numbers) -> list[float]:
    return list(values.values() if isinstance(values, Mapping) else values)


def _exponent(widths: tuple[int, ...], errors: Float[np.ndarray, "seeds widths"]) -> str:
    fit = statistics.exponent(widths, errors)
    return f"{fit.value:.2f} [{fit.low:.2f}, {fit.high:.2f}]"


def _means_at_the_end(values: Float[np.ndarray, "phis seeds widths"], words: str) -> list[str]:
    """Return the mean over seeds at the largest width for each phi, in words."""
    return [words.format(mean) for mean in values[:, :, -1].mean(axis=1)]


def _by_phi(columns: Mapping[str, list[str]], names: Iterable[str]) -> pd.DataFrame:
    return pd.DataFrame(columns, index=pd.Index(list(names), name="φ")).T
