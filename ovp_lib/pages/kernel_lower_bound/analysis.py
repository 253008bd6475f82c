"""Tables of the page on lower bounds for kernels: spans, crossings, samples seen."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

from ovp_lib.evidence import statistics
from ovp_lib.evidence.claims import Estimate
from ovp_lib.kernels import correlation, hard_instance, library, span_bound, span_checks
from ovp_lib.kernels.correlation import at_distances
from ovp_lib.maths import hypercube
from ovp_lib.maths.krawtchouk import hamming, krawtchouk
from ovp_lib.maths.positive import solve_positive
from ovp_lib.models import inputs
from ovp_lib.pages.kernel_lower_bound.statement import ROUNDING
from ovp_lib.training import probes
from ovp_lib.training.protocol import Protocol

PENALTIES = (1.0, 0.1, 1e-2, 1e-6)
"""Penalties of ridge regression where all points are listed, relative to the mean eigenvalue."""

HALF = 0.5
"""A method has crossed when its error is this part of k alpha^2."""

RESISTS = 0.9
"""Error of a kernel that counts as failing, in units of k alpha^2, or more."""

POWER_LEVEL, POWER_KERNEL = 3, "polynomial, degree 3"
"""Level at which (N_res)^(k/2) samples are affordable, and the kernel that is best there: it has no
higher level to put up with."""

MOST_SIZES = 12
"""Numbers of samples that are tried before a kernel counts as never crossing."""


def check_spans(
    kernels: Mapping[str, Float[Tensor, "p n"]],
    maps: Mapping[str, Float[Tensor, "p n"]],
    points: Int[Tensor, " n"],
    level: int,
    alpha: float,
) -> pd.DataFrame:
    """Hold the spans of kernel sections and of feature maps against every inequality.

    Args:
        kernels: sections at the training points, by the name of the kernel: values at all p = 2^d
            points, one section a column.
        maps: features by the name of the map, likewise.
        points: numbers of the training points.
        level: k.
        alpha: size of the composite signal.

    Returns:
        One row a span: its name as ``span``, the numbers of a
        :class:`~ovp_lib.kernels.span_checks.SpanCheck`, and for kernels the mean error of the best
        ridge regression as ``ridge`` and for how many S that is below the best in the span as
        ``ridge_broken`` (NaN for maps).
    """
    rows = []
    for name, functions in (dict(kernels) | dict(maps)).items():
        check = span_checks.check_span(functions, level, alpha)
        row = {"span": name} | check.numbers()
        if name in kernels:
            ridge = span_checks.best_ridge(functions, points, level, alpha, PENALTIES)
            below = ridge < check.errors - span_checks.ROUNDING / alpha**2
            row |= {"ridge": ridge.mean().item(), "ridge_broken": int(below.sum())}
        rows.append(row)
    return pd.DataFrame(rows)


def in_each_seed(table: pd.DataFrame, column: str, how: str = "sum") -> np.ndarray:
    """Return a column, aggregated over the rows of each seed.

    Args:
        table: with a column ``seed``.
        column: what to aggregate.
        how: name of an aggregation of pandas.

    Returns:
        One number a seed, in the order of the seeds.
    """
    return table.groupby("seed")[column].agg(how).to_numpy()


def furthest_from_one(table: pd.DataFrame, column: str) -> np.ndarray:
    """Return for each seed the value of a column that is furthest from 1.

    Args:
        table: with a column ``seed``.
        column: ratios.

    Example:
        >>> furthest_from_one(pd.DataFrame({"seed": [0, 0], "r": [1.25, 0.5]}), "r").tolist()
        [0.5]
    """
    furthest = table.groupby("seed")[column].agg(lambda ratios: 1 + max(ratios - 1, key=abs))
    return furthest.to_numpy()


def means_by_span(table: pd.DataFrame) -> pd.DataFrame:
    """Return the means over seeds for every span, in words, as they stand on the page.

    Args:
        table: from :func:`check_spans`, with ``bound`` besides, the least average error that the
            rank allows; spans of one size.
    """
    words = {
        "rank": "rank of M",
        "bound": "1 − rank / C(d,k)",
        "error": "best in the span / α²",
        "ridge": "best ridge / α²",
    }
    means = table.groupby("span", sort=False)[[*words]].mean().rename(columns=words)
    return means.map(lambda value: "" if np.isnan(value) else f"{value:.3g}")


def broken(check: span_checks.SpanCheck) -> int:
    """Return how many inequalities one span violates, a rank that is off included.

    Args:
        check: what its enumeration found.
    """
    counted = check.broken + check.average_broken + check.share_broken
    return counted + int(check.rank_defect > ROUNDING)


def by_size(table: pd.DataFrame, span: str, column: str) -> np.ndarray:
    """Return a column of one span as an array of shape ``(seeds, sizes)``.

    Args:
        table: with columns ``seed``, ``N`` and ``span``.
        span: its name.
        column: what to return.
    """
    rows = table[table["span"] == span]
    return rows.pivot(index="seed", columns="N", values=column).to_numpy()


def least_error(d: int, level: int, n: int, generator: Generator) -> float:
    """Return 1 - h_S for one draw of inputs and of S: the least error of any correlation kernel.

    In units of k alpha^2, see :func:`~ovp_lib.kernels.correlation.level_overlaps`; here by a
    Cholesky factor where there is one, since many draws are asked for.

    Args:
        d: input dimension.
        level: k, the size of S.
        n: training samples.
        generator: of the inputs and of S.
    """
    x = inputs.hypercube(d)(n, generator)
    which = hard_instance.random_subsets(d, level, 1, generator)
    parities = hypercube.parities(x, which)
    solved = solve_positive(at_distances(krawtchouk(d)[level], hamming(x, x)), parities)
    if solved is None:  # a point twice, or opposite to another
        return 1.0 - correlation.level_overlaps(x, parities, level).item()
    return 1.0 - (parities * solved).sum().item()


def share_resisting(d: int, level: int, n: int, *, seed: int, n_draws: int) -> Estimate:
    """Return the share of independent draws in which every correlation kernel fails.

    Args:
        d: input dimension.
        level: k.
        n: training samples.
        seed: root of the random streams, one a draw.
        n_draws: inputs and S are drawn anew for each.

    Returns:
        The share with its exact binomial interval.
    """
    streams = (inputs.stream(seed, draw, n, d, level) for draw in range(n_draws))
    errors = [least_error(d, level, n, stream) for stream in streams]
    hits = sum(error >= RESISTS for error in errors)
    return statistics.proportion_interval(hits, n_draws)


def error_of_power(d: int, samples: Sequence[float], alpha: float, seed: int) -> list[float]:
    """Return a kernel's error with (N_res)^(k/2) samples, k = 3, where a ResNet needs N_res.

    Args:
        d: input dimension.
        samples: N_res of each repetition.
        alpha: size of the composite signal.
        seed: root of the random streams.

    Returns:
        Error / (k alpha^2) of ridge regression with its best penalty; NaN where N_res is infinite.
    """
    kernel, which = library.correlation_kernels(d)[POWER_KERNEL], torch.arange(POWER_LEVEL)[None]
    errors = []
    for member, needed in enumerate(samples):
        if not math.isfinite(needed):
            errors.append(math.nan)
            continue
        n = round(needed ** (POWER_LEVEL / 2))
        x = inputs.hypercube(d)(n, inputs.stream(seed, member, n, d))
        found = hard_instance.relative_ridge_errors(kernel, x, which, alpha, PENALTIES[1::2])
        errors.append(found.item())
    return errors


def what_is_proved(d: int, level: int, n: int) -> dict[str, str]:
    """Return what the proposition says of parities of a level in d dimensions, in words.

    Args:
        d: dimension.
        level: k.
        n: dimension of the span for which the least error is given.

    Example:
        >>> what_is_proved(30, 4, 360)["C(d,k)"]
        '27,405'
    """
    parities = math.comb(d, level)
    return {
        "C(d,k)": f"{parities:,}",
        "99 % fail up to N =": f"{parities // 1000:,}",
        "N for half": f"{span_bound.size_needed(HALF, d, level):,}",
        "say N =": f"{n:,}",
        "least error / kα²": f"{span_bound.average_bound(n, d, level):.4f}",
    }


def search_crossing(error_of: Callable[[int], float], parities: int) -> float:
    """Return the number of samples at which an error falls to one half.

    Sizes go up in steps of sqrt(2) from a quarter of ``parities`` until the error is there; the
    crossing is interpolated.

    Args:
        error_of: error / (k alpha^2) with so many samples.
        parities: C(d, k).

    Returns:
        The number of samples, infinite if twelve sizes are not enough.

    Example:
        >>> round(search_crossing(lambda n: 100 / n, parities=100), 6)
        200.0
    """
    sizes: list[int] = []
    errors: list[float] = []
    while not errors or (errors[-1] > HALF and len(errors) < MOST_SIZES):
        sizes.append(round(parities * 2 ** (len(sizes) / 2 - 2)))
        errors.append(error_of(sizes[-1]))
    return probes.first_crossing(sizes, errors, HALF)


def crossings(sizes: np.ndarray | Sequence[float], errors: np.ndarray) -> list[float]:
    """Return the number of samples at which each row of errors falls to one half.

    Args:
        sizes: numbers of samples, increasing.
        errors: errors / (k alpha^2), shape ``(seeds, sizes)``.
    """
    return [probes.first_crossing(sizes, row, HALF) for row in errors]


def exponents(x: Sequence[float], y: np.ndarray) -> np.ndarray:
    """Return the exponent in x that is fitted to each row of y.

    Args:
        x: positive abscissae.
        y: positive measurements, shape ``(rows, points)``.

    Example:
        >>> exponents([1, 10], np.array([[1.0, 100.0], [1.0, 1000.0]])).tolist()
        [2.0, 3.0]
    """
    # An interval takes at least two repetitions: of a row given twice the exponent is its own.
    fits = [statistics.exponent(x, np.stack([row, row])) for row in y]
    return np.array([fit.value for fit in fits])


def samples_until_half(curves: pd.DataFrame, unit: float) -> np.ndarray:
    """Return how many samples each member has seen when its test error is half of k alpha^2.

    Args:
        curves: looks of networks that were trained, see :class:`~ovp_lib.training.run.Trained`;
            the risk is half the squared error.
        unit: k alpha^2.
    """
    test = curves[curves["set"] == "test"]
    risks = test.pivot(index="member", columns="step", values="risk")
    seen = Protocol().batch_size * risks.columns.to_numpy()
    return np.array(crossings(seen, 2 * risks.to_numpy() / unit))
