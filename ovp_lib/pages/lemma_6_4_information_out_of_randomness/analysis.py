"""The arithmetic of the page of Lemma 6.4: what is looked for, slopes, laws, ranks and sizes."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from scipy.stats import kstest
from torch import Generator, Tensor

from ovp_lib.evidence import dependence, statistics
from ovp_lib.evidence.claims import Estimate
from ovp_lib.maths import complexity, smooth
from ovp_lib.maths.smooth import SmoothFunction
from ovp_lib.models import inputs
from ovp_lib.proofs import indicator, interval
from ovp_lib.proofs.indicator import Indicator
from ovp_lib.proofs.information import Pieces
from ovp_lib.proofs.interval import Partition
from ovp_lib.proofs.minimal_sup import least_sup_indicator

Runs = Mapping[int, Sequence[Pieces]]
"""For each first width m1, the pieces of every seed."""


SHARES = (0.0, 0.125, 0.25, 0.5, 0.75, 1.0)
"""How much of what depends on rho is put back into B2, on the dial that measures power."""

LEVEL = 0.05
"""How often a test of independence may see what is not there."""


class Sought(NamedTuple):
    """A function that is looked for in a random neuron, and what Lemma 6.3 gives for it.

    Attributes:
        phi: the function.
        h: the function of Lemma 6.3 that turns gates into phi.
        C: the constant of the lemma, a little above 2 sup|h| (which is found on a grid).
        phi_eps: the expectation of gate times h at the points, shape ``(n,)``.
    """

    phi: SmoothFunction
    h: Indicator
    C: float
    phi_eps: Float[Tensor, " n"]


def look_for(
    text: str, x1: Float[Tensor, " n"], *, construction: str, clip: float, eps: float
) -> Sought:
    """Return what is needed to find a function in a neuron.

    Args:
        text: phi as a person writes it.
        x1: <w*, x> of the points, in [-1, 1], float64.
        construction: ``"least norm"``, ``"paper"`` or ``"least sup"``.
        clip: where the Hermite polynomials of the first two are clipped, positive.
        eps: accuracy, in (0, 1).
    """
    phi = smooth.parse(text)
    h = _indicator_of(phi, construction, clip, eps)
    return Sought(phi, h, 2.001 * h.sup(), h.expectation(x1))


def direction(dimension: int, generator: Generator) -> Float[Tensor, " d"]:
    """Return a uniform unit vector w* that is orthogonal to e_d, float64.

    Args:
        dimension: d, padding included, at least 2.
        generator: source of randomness.
    """
    unit = inputs.sphere(dimension - 1)(1, generator)[0]
    return torch.cat([unit, torch.zeros(1, dtype=torch.float64)])


def error(sought: Sought, points: Float[Tensor, " n"]) -> float:
    """Return the largest |phi_eps - phi|.

    Args:
        sought: the function.
        points: <w*, x> in [-1, 1], float64.
    """
    return (sought.h.expectation(points) - sought.phi(points)).abs().max().item()


def numbers(tau: float) -> Float[Tensor, " n"]:
    """Return 4002 values of y: all over [-1, 1], and around 0, where the two intervals meet.

    Args:
        tau: Gaussian mass of I(y), in (0, 1/100].
    """
    everywhere = torch.linspace(-1, 1, 2001, dtype=torch.float64)
    return torch.cat([everywhere, 2 * interval.turning_point(tau) * everywhere])


def exactly(value: float, floor: float = 0.0) -> Estimate:
    """Return a number that was computed and not sampled: its interval has no width.

    Args:
        value: what was computed.
        floor: what is smaller counts as this, where digits are the machine's.
    """
    shown = max(value, floor)
    return Estimate(shown, shown, shown, 1)


def bias(partition: Partition) -> float:
    """Return the largest |E[s(y, g) g | g in I(y)] - y| of Lemma A.4.

    Args:
        partition: I(y) and s(y, .) for many y.
    """
    return (partition.mean() - partition.y).abs().max().item()


def speed(first: Partition, second: Partition) -> float:
    """Return the largest length of I(y1) and I(y2)'s difference, relative to |y1 - y2|.

    Args:
        first: for many y1.
        second: for as many y2, which differ from y1.
    """
    return (first.distance(second) / (first.y - second.y).abs()).max().item()


def left_by_print(
    sought: Sought, tau: float, alpha1: Float[Tensor, " draws"], b0: Float[Tensor, " draws"]
) -> float:
    """Return what the printed I(y) leaves at most in the slope of the remainder on rho.

    That is C/2 times the mean over neurons of |E[s(y, g) g | g in I(y)] - y|, y = 2 h / C.

    Args:
        sought: the function.
        tau: Gaussian mass of I(y), in (0, 1/100].
        alpha1: draws of N(0, 1), float64.
        b0: as many independent ones.
    """
    printed = interval.printed_partition(2 * sought.h(alpha1, b0) / sought.C, tau)
    return sought.C / 2 * (printed.mean() - printed.y).abs().mean().item()


def residual(run: Pieces, phi_eps: Float[Tensor, " n"]) -> float:
    """Return the largest |n1 - rho phi_eps - B - R|, relative to the root mean square of n1.

    Args:
        run: the pieces.
        phi_eps: at the points, shape ``(n,)``.
    """
    left = run.n1 - run.rho[:, None] * phi_eps - run.B - run.R
    return left.abs().max().item() / math.sqrt(run.n1.square().mean())


def slopes(runs: Runs, signal: Callable[[Pieces], Tensor]) -> Float[np.ndarray, "seeds n"]:
    """Regress a signal on rho, through zero, over the draws of all widths together.

    Args:
        runs: pieces by width and seed.
        signal: of the pieces, shape ``(draws, n)``.

    Returns:
        The slope for each seed and point.
    """
    by_seed = zip(*runs.values(), strict=True)
    return np.stack([_slope(parts, signal) for parts in by_seed])


def farthest(estimates: Iterable[Estimate]) -> Estimate:
    """Return the estimate whose interval reaches farthest from zero.

    Args:
        estimates: at least one.

    Example:
        >>> farthest([Estimate(0.1, 0.0, 0.2, 8), Estimate(-0.1, -0.3, 0.1, 8)]).low
        -0.3
    """
    return max(estimates, key=lambda estimate: max(abs(estimate.low), abs(estimate.high)))


def in_words(values: Float[np.ndarray, "seeds n"]) -> list[str]:
    """Return the mean over seeds at each point with half its interval.

    Args:
        values: one row a seed.
    """
    means = [statistics.mean_interval(column) for column in values.T]
    return [f"{mean.value:.2g} ± {mean.high - mean.value:.2g}" for mean in means]


def kolmogorov(values: Float[Tensor, " draws"]) -> float:
    """Return sqrt(draws) times the Kolmogorov distance to N(0, 1).

    Args:
        values: independent draws, in units of their supposed standard deviation.
    """
    distance: float = kstest(values.numpy(), "norm").statistic
    return math.sqrt(len(values)) * distance


class Dial(NamedTuple):
    """How dependent rho and B2 + share (rho phi_eps + R) are, for every share of the dial.

    Attributes:
        measured: squared distance correlation, shape ``(seeds, shares)``.
        null: what pairing the draws of every seed at random gives at share 0, mean over seeds,
            shape ``(permutations,)``.
    """

    measured: Float[np.ndarray, "seeds shares"]
    null: Float[np.ndarray, " permutations"]

    def at(self, share: float) -> Estimate:
        """Return the estimate over seeds at a share.

        Args:
            share: one of :data:`SHARES`.
        """
        return statistics.mean_interval(self.measured[:, SHARES.index(share)])

    def critical(self) -> float:
        """Return what chance alone exceeds once in twenty times."""
        return float(np.quantile(self.null, 1 - LEVEL))

    def p_value(self) -> float:
        """Return the p-value of independence at share 0, by permutation within each seed."""
        # The measured pairing counts as one of the permutations: a p-value is never 0.
        return (1 + int((self.null >= self.at(0.0).value).sum())) / (1 + len(self.null))

    def smallest_seen(self) -> float:
        """Return the smallest share at which a test of level 5 % would all but surely reject.

        It is the first from which on the whole interval over seeds lies above the null's 95 %
        point; infinite if that is none.
        """
        unseen = [share for share in SHARES if self.at(share).low <= self.critical()]
        after = max(unseen, default=-math.inf)
        return min((share for share in SHARES if share > after), default=math.inf)


def dial(runs: Sequence[Pieces], seed: int, permutations: int = 199) -> Dial:
    """Measure the dependence of rho and B2, while part of what depends on rho is put back in.

    At share 1 nothing is taken out: B2 + rho phi_eps + R is all that S adds to n1.

    Args:
        runs: pieces at the outermost points, one a seed.
        seed: of the pairings at random.
        permutations: pairings at random.

    Returns:
        The dependence, mean over points.
    """
    generator = np.random.default_rng(seed)
    measured = [[_dependence(run, share) for share in SHARES] for run in runs]
    null = [_paired_at_random(run, generator, permutations) for run in runs]
    return Dial(np.array(measured), np.mean(null, axis=0))


def rms(runs: Runs, piece: str) -> Float[np.ndarray, "seeds widths"]:
    """Return the root mean square of a piece over draws and points, for each seed and width.

    Args:
        runs: pieces by width and seed.
        piece: name of an attribute of :class:`~ovp_lib.proofs.information.Pieces`.
    """
    by_seed = zip(*runs.values(), strict=True)
    return np.array([[_rms(getattr(run, piece)) for run in parts] for parts in by_seed])


def _dependence(run: Pieces, share: float) -> float:
    noise = run.B2 + share * (run.n1 - run.B)
    columns = noise.numpy().T
    rho = run.rho.numpy()
    return float(np.mean([dependence.distance_correlation(rho, each) for each in columns]))


def _paired_at_random(
    run: Pieces, generator: np.random.Generator, permutations: int
) -> Float[np.ndarray, " permutations"]:
    """Return what pairings at random give, the same pairing at all points."""
    rho, start = run.rho.numpy(), generator.integers(2**32)
    each = [
        dependence.under_permutation(rho, column, np.random.default_rng(start), permutations)
        for column in run.B2.numpy().T
    ]
    return np.mean(each, axis=0)


def _slope(parts: Sequence[Pieces], signal: Callable[[Pieces], Tensor]) -> np.ndarray:
    values = torch.cat([signal(run) for run in parts])
    rho = torch.cat([run.rho for run in parts])
    return ((values * rho[:, None]).sum(0) / rho.square().sum()).numpy()


def _rms(values: Tensor) -> float:
    return math.sqrt(values.square().mean())


def _indicator_of(phi: SmoothFunction, construction: str, clip: float, eps: float) -> Indicator:
    """Return h, half of whose error is left to the Taylor series."""
    if construction == "least sup":
        return least_sup_indicator(phi, eps / 2)
    degree = complexity.truncation_degree(phi, eps / 2)
    if construction == "paper":
        return indicator.taylor_indicator(phi, degree, clip)
    return indicator.least_norm_indicator(phi, degree, clip)
