"""What the page on Theorem 1 reads off its runs, and its tables.

The averaged risk at a wanted accuracy and the steps to it, what each phi needs, and the theorem's
own numbers beside those of the runs.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ovp_lib.evidence.statistics import Numbers
from ovp_lib.maths import complexity
from ovp_lib.maths.smooth import SmoothFunction
from ovp_lib.models.networks import TwoLayer
from ovp_lib.models.targets import TwoLayerTarget
from ovp_lib.training import probes
from ovp_lib.training.problems import Problem
from ovp_lib.training.samples import Sample

LOG10 = math.log(10)

Array = NDArray[np.float64]


class RunSizes(NamedTuple):
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


class Averaged(NamedTuple):
    """What the runs at one accuracy gave, one number a seed.

    Attributes:
        excess: excess of the risk averaged over all iterates, relative to predicting 0.
        needed: steps after which that excess first is the accuracy, infinite if never; NaN with
            label noise, where the losses of the first few samples alone may lie below OPT.
        last: excess of the last iterate.
    """

    excess: Array
    needed: Array
    last: Array


def averaged(
    problem: Problem, held_out: Sample, net: TwoLayer, table: pd.DataFrame, accuracy: float
) -> Averaged:
    """Read off a run how far the averaged risk is above OPT, and when it came within an accuracy.

    Args:
        problem: what was learned.
        held_out: points of each member, for the risk of predicting 0 and that of the last iterate.
        net: the last iterate.
        table: with ``online_risk`` at the checkpoints, see :func:`ovp_lib.training.sgd.sgd`.
        accuracy: epsilon, relative to predicting 0.

    Returns:
        The three numbers of each seed.
    """
    look = probes.risks(problem.loss, test=held_out.to(net.W))
    last = problem.relative_excess(look(net)["test"].double().cpu(), held_out)
    curves = averaged_excess(problem, held_out, table)
    ends = curves["excess"][curves["step"] == curves["step"].max()].to_numpy(np.float64)
    if problem.noise:
        return Averaged(ends, np.full(len(ends), np.nan), last)
    return Averaged(ends, probes.steps_to_reach(curves, "excess", accuracy), last)


def stacked(runs: Sequence[Averaged]) -> Averaged:
    """Return the runs at several accuracies as one, each number of shape ``(seeds, accuracies)``.

    Args:
        runs: one for each accuracy.

    Returns:
        The same numbers, one column an accuracy.
    """
    return Averaged(*(np.stack(part, axis=1) for part in zip(*runs, strict=True)))


def averaged_excess(problem: Problem, held_out: Sample, table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the excess of the averaged risk as a column ``excess``.

    Args:
        problem: relative to which risk of predicting 0 and to which OPT.
        held_out: points of each member on which the former is measured.
        table: with ``step``, ``member`` and ``online_risk``.

    Returns:
        A new table.
    """
    risks = table.pivot(index="step", columns="member", values="online_risk")
    return table.assign(excess=problem.relative_excess(risks, held_out).ravel())


def finite_time_bias(last: Numbers, excess: Numbers) -> float:
    r"""Return by how much the fitted exponent in T lies above -1/2 since T is finite.

    Let e(s) be the excess at time s = c t, c ~ T^(-1/2). The average over a run is
    A = (1/S) int_0^S e, with S = c T ~ T^(1/2), so that

        d log A / d log T = -1/2 (1 - e(S) / A),

    and e(S)/A, the share of the last iterate, vanishes for T -> infinity exactly if the excess
    can be summed up, which is what the proof shows (its sum is at most ||W*||^2 / (2 eta)).

    Args:
        last: excess of the last iterate, shape ``(seeds, accuracies)``.
        excess: of the averaged risk, of the same shape.

    Returns:
        Half the largest share over accuracies, each the median over seeds.

    Example:
        >>> finite_time_bias([[0.1, 0.01]], [[0.5, 0.1]])
        0.1
    """
    shares = np.median(np.asarray(last, np.float64) / np.asarray(excess, np.float64), axis=0)
    return float(shares.max() / 2)


def repeated(target: TwoLayerTarget, times: int) -> TwoLayerTarget:
    """Return the target with every term repeated: the largest that class (3.1) allows.

    The theorem's p^2 bounds ||W*||^2, and is attained where all p terms are the same.

    Args:
        target: of p terms.
        times: how often each term is to stand in the sum, at least 1.

    Returns:
        A target of ``p * times`` terms, ``times`` as large everywhere.
    """
    w1, w2 = (w.repeat(1, times, 1) for w in (target.w1, target.w2))
    return TwoLayerTarget(target.phi * times, w1, w2, target.a.repeat(1, 1, times))


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


def not_learned(names: Iterable[str], samples: Numbers) -> str:
    """Return which phi some seed has not learned in time.

    Args:
        names: of the phi.
        samples: samples that were needed, shape ``(seeds, phis)``.

    Returns:
        Their names, or ``none``.
    """
    in_time = np.isfinite(np.asarray(samples, np.float64).max(axis=0)).tolist()
    return ", ".join(name for name, ok in zip(names, in_time, strict=True) if not ok) or "none"


def complexities(
    phis: Mapping[str, SmoothFunction],
    samples: Numbers,
    absolute_eps: Numbers,
    *,
    eps: float,
    p: int,
    k: int,
) -> pd.DataFrame:
    """Return what each phi needs beside its complexities, as words.

    Args:
        phis: the functions at unit variance, by name.
        samples: samples that were needed, shape ``(seeds, phis)``.
        absolute_eps: accuracy in absolute terms, of the same shape.
        eps: accuracy in C_eps.
        p: terms of the target.
        k: outputs.

    Returns:
        One row a phi.
    """
    functions, measured = list(phis.values()), np.asarray(samples, np.float64)
    C_s = [math.exp(complexity.log_c_s(phi, c_star=1.0)) for phi in functions]
    means = smallest_constant(absolute_eps, measured, C_s, p=p, k=k).mean(axis=0)
    columns = {
        "samples (median)": [f"{np.median(each):.0f}" for each in measured.T],
        "C_s at C* = 1": [f"{each:.3g}" for each in C_s],
        "smallest C*": [f"{m:.1g}" if math.isfinite(m) else "too few steps" for m in means],
    }
    for c_star in (1.0, complexity.C_STAR):
        readings = complexity.width_complexities(functions, eps, c_star=c_star)
        columns |= {words: [f"{each:.4g}" for each in row] for words, row in readings.items()}
    return pd.DataFrame(columns, index=pd.Index(list(phis), name="φ"))


def theorem_beside_run(
    phi: SmoothFunction,
    sizes: RunSizes,
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
    # Logarithms to base 10: at C* = 10^4 the numbers themselves may exceed the largest float.
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


def steps_needed(tables: Mapping[int, pd.DataFrame], eps: float) -> Array:
    """Return the steps after which the column ``excess`` first is at most an accuracy.

    Args:
        tables: one for each width, with ``step``, ``member`` and ``excess``.
        eps: the accuracy.

    Returns:
        Shape ``(seeds, widths)``, infinite if never.
    """
    steps = [probes.steps_to_reach(table, "excess", eps) for table in tables.values()]
    return np.stack(steps, axis=1)
