"""Agreement of two machines that sum differently: a two-sample test of each claim.

Where the bits cannot be equal, long computations amplify the last digits, SGD on ReLUs most of all,
and what a seed gives on two machines are two draws. So a claim stored on one machine and measured
again on another is compared as two samples of ``n`` seeds each, by what the claims record of them:
the mean, and the half-length of its 95 % interval, which is Student's t times the standard error.

- The means are compared by Welch's test (its degrees of freedom, Satterthwaite's), on a logarithmic
  scale where the intervals are symmetric there (geometric means); the lengths by the F-test of
  equal variances, so that an interval may not be widened until anything agrees with it.
- The false-alarm rate of a claim is at most :data:`FALSE_ALARM`: nine tenths of it for the means,
  one tenth for the lengths. Assumed is that means are of independent normal draws. With equal
  numbers of draws of equal variance Welch's test is Student's with fewer degrees of freedom than it
  has, so the rate is below what is stated; and since both machines take the same seeds, their
  samples are positively correlated, which lowers it further. Rounding to three digits is allowed
  for.
- The price: with 3 seeds means may be 29 standard errors (of their difference) apart, with 5 seeds
  10, with 8 seeds 7, with 16 seeds 5.4.
- A claim of no length, or of one repetition, is of something computed and not sampled. It agrees if
  it is the same to one unit in its last digit; counts (whole numbers below 1000) must be equal, and
  two residuals below :data:`ROUNDING` are rounding errors both.
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from pydantic import ValidationError
from scipy import stats

from ovp_lib.evidence.claims import SIGNIFICANT_DIGITS, Claim, Claims, Prediction, format_measured
from ovp_lib.evidence.statistics import LEVEL
from ovp_lib.lab.files.notebooks import in_a_line

FALSE_ALARM = 1e-5
"""Bound on the probability that a claim is reported though both machines measured the same."""

MEAN_SHARE = 0.9
"""Part of :data:`FALSE_ALARM` that the test of the means has; that of the lengths has the rest."""

ROUNDING = 1e-9
"""Size below which a number that is computed and not sampled is a rounding error."""

SAME = (*Prediction.model_fields, "preset", "n")
"""Fields in which two records of a claim agree on any machine."""

_NUMBER = re.compile(r"[-−+]?\d[\d.,]*(?:e[+-]?\d+)?")


class ClaimSample(NamedTuple):
    """A sample as a claim records it, in numbers or in arrays of them.

    Attributes:
        mean: what was measured.
        half: half the length of its 95 % interval.
        n: independent repetitions, at least two.
        unit: unit in the last digit that the record keeps.
    """

    mean: Any
    half: Any
    n: int
    unit: Any = 0.0


class Findings(NamedTuple):
    """The outcome of comparing two records: differences, and remarks on what agrees."""

    differences: list[str]
    remarks: list[str]


def compare(stored: Mapping[str, Any], new: Mapping[str, Any]) -> Findings:
    """Compare the claims of a stored notebook with those of another machine.

    Args:
        stored: a record, see :meth:`~ovp_lib.evidence.claims.Claims.record`.
        new: the record of the same notebook, run again.

    Returns:
        A line for each claim that disagrees, and one for each whose verdict is another though its
        numbers agree.
    """
    try:
        before, now = Claims.from_record(dict(stored)), Claims.from_record(dict(new))
    except (ValidationError, KeyError, TypeError, ValueError) as error:
        return Findings([f"a record of claims is damaged: {in_a_line(error)}"], [])
    if _names(before) != _names(now):
        return Findings([f"claims: stored {_names(before)}, now {_names(now)}"], [])
    pairs = list(zip(before, now, strict=True))
    differences = [line for pair in pairs for line in disagreements(*pair)]
    moved = [(x, y) for x, y in pairs if x.verdict != y.verdict and not list(disagreements(x, y))]
    return Findings(differences, [_moved(*pair) for pair in moved])


def disagreements(stored: Claim, new: Claim) -> Iterator[str]:
    """Yield the reasons to doubt that two records of a claim are of one and the same thing.

    Args:
        stored: the claim as it is stored.
        new: the claim of the same id, measured again.

    Yields:
        A line for each thing that differs; nothing if the records agree.
    """
    for name in SAME:
        if getattr(stored, name) != getattr(new, name):
            line = f"{name}: stored {getattr(stored, name)!r}, now {getattr(new, name)!r}"
            yield f"{stored.id}, {line}"
            return
    if _NUMBER.sub("#", stored.note) != _NUMBER.sub("#", new.note):
        yield f"{stored.id}, note: stored {stored.note!r}, now {new.note!r}"
    if not agree(stored, new):
        numbers = f"stored {format_measured(stored)}, now {format_measured(new)}"
        yield f"{stored.id}: {numbers}, which no chance explains (n = {new.n})"


def agree(stored: Claim, new: Claim, false_alarm: float = FALSE_ALARM) -> bool:
    """Return whether the numbers of two records agree; see the module's docstring for the rule.

    Args:
        stored: the claim as it is stored.
        new: the claim of the same id, measured again with as many repetitions.
        false_alarm: the largest probability, in (0, 1), at which two samples disagree.

    Returns:
        Whether they agree; where a number could not be measured, whether all are the same.
    """
    computed = [_is_computed(stored), _is_computed(new)]
    if None in (*_numbers(stored), *_numbers(new)):
        return _numbers(stored) == _numbers(new)
    if all(computed) or stored.n < 2:
        return _same_digits(stored.estimate().value, new.estimate().value)
    first, second = _samples(stored, new)
    return float(probability(first, second)) > false_alarm


def probability(first: ClaimSample, second: ClaimSample) -> Any:
    """Return how probable it is that two samples of one law differ as much as these, or more.

    Args:
        first: one sample.
        second: the other, with as many repetitions.

    Returns:
        The smaller of the two tests' probabilities, each divided by its share of the false alarms
        (:data:`MEAN_SHARE` and the rest), at most 1.
    """
    quantile = stats.t.ppf(0.5 + LEVEL / 2, first.n - 1)
    # The largest standard errors that rounding allows: rounding alone must raise no alarm.
    widest = [(s.half + s.unit / 2) / quantile for s in (first, second)]
    means = _welch(first, second, *widest)
    halves = np.asarray([first.half, second.half], np.float64)
    rounding = np.asarray([first.unit, second.unit], np.float64) / 2
    # The ratio nearest to 1 that rounding allows: the longer interval shrinks, the other grows.
    longest = halves.argmax(axis=0)
    top = np.where(longest == 0, halves[0] - rounding[0], halves[1] - rounding[1]).clip(0.0)
    bottom = np.where(longest == 0, halves[1] + rounding[1], halves[0] + rounding[0])
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(top > bottom, (top / bottom) ** 2, 1.0)
    # The larger variance is always above, so that both tails are twice the upper one.
    lengths = np.minimum(2 * stats.f.sf(ratio, first.n - 1, first.n - 1), 1.0)
    return np.minimum(np.minimum(means / MEAN_SHARE, lengths / (1 - MEAN_SHARE)), 1.0)


def _welch(first: ClaimSample, second: ClaimSample, error: Any, other: Any) -> Any:
    """Return the two-sided probability of Welch's test, given the two standard errors."""
    rounding = (np.asarray(first.unit) + second.unit) / 2
    apart = np.maximum(np.abs(np.asarray(first.mean) - second.mean) - rounding, 0.0)
    variance = np.square(error) + np.square(other)
    degrees = variance**2 * (first.n - 1) / (np.power(error, 4) + np.power(other, 4))
    return 2 * stats.t.sf(apart / np.sqrt(variance), degrees)


def _samples(stored: Claim, new: Claim) -> tuple[ClaimSample, ClaimSample]:
    """Return both claims as samples, on the scale on which their intervals are symmetric."""
    estimates: list[tuple[float, ...]] = [claim.estimate()[:3] for claim in (stored, new)]
    units = [max(map(_unit, numbers)) for numbers in estimates]
    if min(min(numbers) for numbers in estimates) > 0:
        logs = [tuple(map(math.log, numbers)) for numbers in estimates]
        if sum(map(_skew, logs)) < sum(map(_skew, estimates)):
            units = [unit / numbers[0] for unit, numbers in zip(units, estimates, strict=True)]
            estimates = logs
    first, second = (
        ClaimSample(value, (high - low) / 2, stored.n, unit)
        for (value, low, high), unit in zip(estimates, units, strict=True)
    )
    return first, second


def _skew(numbers: tuple[float, ...]) -> float:
    """Return how far a value is from the middle of its interval, as a part of its length."""
    value, low, high = numbers
    return abs(value - (low + high) / 2) / (high - low) if high > low else 0.0


def _is_computed(claim: Claim) -> bool:
    return claim.interval[0] == claim.interval[1]


def _same_digits(stored: float, new: float) -> bool:
    if stored == new or max(abs(stored), abs(new)) <= ROUNDING:
        return True
    counts = stored.is_integer() and new.is_integer()
    if counts and max(abs(stored), abs(new)) < 10**SIGNIFICANT_DIGITS:
        return False
    # Decimal digits are not exact in binary: a difference of one unit may come out a little larger.
    return abs(new - stored) <= max(_unit(stored), _unit(new)) * (1 + 1e-6)


def _unit(number: float) -> float:
    """Return the unit in the last digit that a claim keeps of a number.

    Example:
        >>> _unit(0.0648)
        0.0001
    """
    return 10.0 ** (math.floor(math.log10(abs(number))) + 1 - SIGNIFICANT_DIGITS) if number else 0.0


def _numbers(claim: Claim) -> list[float | None]:
    return [claim.measured, *claim.interval]


def _names(claims: Claims) -> list[str]:
    return [claims.statement, *(claim.id for claim in claims)]


def _moved(stored: Claim, new: Claim) -> str:
    return (
        f"{stored.id}: stored {stored.verdict!r}, now {new.verdict!r}, though the numbers agree: "
        f"{format_measured(stored)} and {format_measured(new)}"
    )
