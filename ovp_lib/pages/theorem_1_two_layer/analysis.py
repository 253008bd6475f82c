"""Tables of the page on Theorem 1: what each phi needs, and the theorem's own numbers."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ovp_lib.evidence.statistics import Numbers
from ovp_lib.maths import complexity
from ovp_lib.maths.smooth import SmoothFunction

LOG10 = math.log(10)

Array = NDArray[np.float64]


class Sizes(NamedTuple):
    """The sizes of a run that the theorem's numbers depend on.

    Attributes:
        p: terms of the target.
        k: outputs.
        m: hidden width.
        steps: SGD steps behind the coupling.
    """

    p: int
    k: int
    m: int
    steps: int


def smallest_constant(eps: Numbers, samples: Numbers, C_s: Numbers, *, p: int, k: int) -> Array:
    """Return the smallest C* for which T = C_s^2 k^3 p^2 / eps^2 covers the samples needed.

    Going Beyond Two Layers, Theorem 1, with every hidden constant one.

    Args:
        eps: accuracy in absolute terms, shape ``(seeds, phis)``.
        samples: samples that were needed, of the same shape; infinite if they were too few.
        C_s: complexities at C* = 1, shape ``(phis,)``.
        p: terms of the target.
        k: outputs.

    Returns:
        One number a seed and phi, infinite where ``samples`` is.

    Example:
        >>> smallest_constant([[0.1]], [[400.0]], [2.0], p=1, k=1).round(6).tolist()
        [[1.0]]
    """
    root = np.sqrt(np.asarray(samples, np.float64) / k**3)
    return np.asarray(np.asarray(eps) * root / p / np.asarray(C_s))


def over_learned(constants: Numbers, learned: Sequence[bool] | NDArray[np.bool_]) -> Array:
    """Return each seed's largest constant over the phi that every seed has learned.

    Args:
        constants: shape ``(seeds, phis)``.
        learned: for each phi whether every seed has learned it.

    Returns:
        One number a seed, NaN if nothing was learned.
    """
    kept = np.asarray(constants, np.float64)[:, np.asarray(learned, bool)]
    return kept.max(axis=1) if kept.size else np.full(len(kept), np.nan)


def complexities(
    phis: Mapping[str, SmoothFunction], samples: Numbers, constants: Numbers, eps: float
) -> pd.DataFrame:
    """Return what each phi needs beside its complexities, as words.

    Args:
        phis: the functions at unit variance, by name.
        samples: samples that were needed, shape ``(seeds, phis)``.
        constants: from :func:`smallest_constant`.
        eps: accuracy in C_eps.

    Returns:
        One row a phi.
    """
    functions, measured = list(phis.values()), np.asarray(samples, np.float64)
    learned = np.atleast_1d(np.isfinite(measured).all(axis=0))
    means = np.asarray(constants, np.float64).mean(axis=0)
    C_s = [math.exp(complexity.log_c_s(phi, c_star=1.0)) for phi in functions]
    columns = {
        "samples (median)": [f"{np.median(each):.0f}" for each in measured.T],
        "C_s at C* = 1": [f"{each:.3g}" for each in C_s],
        "smallest C*": [
            f"{mean:.1g}" if in_time else "too few steps"
            for mean, in_time in zip(means, learned, strict=True)
        ],
    }
    for c_star in (1.0, complexity.C_STAR):
        digits = [complexity.log_c_eps(phi, eps, c_star=c_star) / LOG10 for phi in functions]
        columns[f"log10 C_ε at C* = {c_star:g}"] = [f"{each:.4g}" for each in digits]
    return pd.DataFrame(columns, index=pd.Index(list(phis), name="φ"))


def theorem_beside_run(
    phi: SmoothFunction,
    sizes: Sizes,
    *,
    eps: float,
    absolute_eps: float,
    tau: float,
    eps_a: float,
    run: Mapping[str, object],
) -> pd.DataFrame:
    """Return the theorem's own numbers at C* = 10^4, every hidden constant one, beside the run's.

    Args:
        phi: activation of the target.
        sizes: p, k, m and steps.
        eps: accuracy relative to predicting 0.
        absolute_eps: the same in absolute terms.
        tau: eps_a eta t, by which a neuron can have moved.
        eps_a: scale of the output layer.
        run: ``steps``, ``flips`` and ``gap`` of the run, as they are to be shown.

    Returns:
        One row a quantity, with the columns ``theorem`` and ``run``.
    """
    p, k, m, _ = sizes
    C_s = complexity.log_c_s(phi) / LOG10
    steps = 2 * C_s + math.log10(k**3 * p**2 / absolute_eps**2)
    width = complexity.log_c_eps(phi, eps) / LOG10
    flips, gap = tau * math.sqrt(k * m), eps_a * k * tau**2 * m**1.5
    rows = [
        ("ε, at most 1/(p k C_s)", f"10^{-C_s - math.log10(p * k):.1f}", f"{absolute_eps:.2g}"),
        ("steps T = C_s² k³ p²/ε²", f"10^{steps:.1f}", run["steps"]),
        ("width m, at least C_ε", f"10^{width:.0f}", m),
        ("sign changes, τ√(km)", f"{flips:.2g}", run["flips"]),
        ("|f − g|, ε_a k τ² m^1.5", f"{gap:.2g}", run["gap"]),
    ]
    return pd.DataFrame(rows, columns=["quantity", "theorem", "run"]).set_index("quantity")


def at_the_end(tables: Mapping[int, pd.DataFrame], column: str, widths: Sequence[int]) -> Array:
    """Return a column at the last step of some runs, one row a seed and one column a width.

    Args:
        tables: one for each width, with ``step`` and one row a step and member.
        column: what to return.
        widths: of which runs.

    Returns:
        Shape ``(seeds, widths)``.
    """
    ends = (tables[m][tables[m]["step"] == tables[m]["step"].max()] for m in widths)
    return np.stack([table[column].to_numpy(np.float64) for table in ends], axis=1)
