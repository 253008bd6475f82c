"""Tables of the page on the ResNet's separation: runs of the page, and those of the stored sweep.

Errors are squared errors summed over the outputs. In tables of shape ``(seeds, points)`` every row
is a seed and every column a point of a curve.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ovp_lib.evidence import published
from ovp_lib.evidence.blind import CurvePair
from ovp_lib.evidence.selection import select
from ovp_lib.experiments import hierarchy, residual
from ovp_lib.experiments.residual_task import OUTPUTS, Name, ResidualTask
from ovp_lib.maths import complexity, smooth
from ovp_lib.pages.resnet_separation.grid import ALPHA
from ovp_lib.pages.resnet_separation.statement import BETAS, METHODS

GRID = ("lr", "wd")
"""Columns of step size and weight decay."""

FLOOR = {target: outputs * ALPHA**2 for target, outputs in OUTPUTS.items()}
"""k alpha^2 for each target of the stored sweep: the error of having learned F alone."""


def chosen(runs: pd.DataFrame, column: str = "test") -> np.ndarray:
    """Return a column of the run that validation data choose, one entry a seed.

    Args:
        runs: a grid of step sizes and decays for every seed.
        column: what to return.
    """
    return select(runs, score="validation", groups=["seed"], parameters=GRID)[column].to_numpy()


def chosen_for_all(runs: pd.DataFrame) -> tuple[float, float]:
    """Return the step size and the decay with the least mean validation error over the seeds.

    Args:
        runs: a grid of step sizes and decays for every seed.
    """
    one_curve = runs.assign(curve="")
    best = select(
        one_curve, score="validation", groups=["curve"], parameters=GRID, replicates="seed"
    )
    return float(best["lr"].iloc[0]), float(best["wd"].iloc[0])


def against(runs: pd.DataFrame, axis: str) -> np.ndarray:
    """Return test errors against the step size or the decay; validation data choose the other.

    Args:
        runs: a grid of step sizes and decays for every seed.
        axis: ``lr`` or ``wd``.

    Returns:
        Shape ``(seeds, values of the axis)``.
    """
    other = [name for name in GRID if name != axis]
    best = select(runs, score="validation", groups=[axis, "seed"], parameters=other)
    return best.pivot(index="seed", columns=axis, values="test").to_numpy()


def half_times(curves: pd.DataFrame, whole: float) -> np.ndarray:
    """Return the column at which each row first reaches half of ``whole``, infinite if never.

    Args:
        curves: one row a seed, one column a step.
        whole: what is there once everything is learned.

    Example:
        >>> half_times(pd.DataFrame([[0.1, 0.6, 0.9]], columns=[1, 10, 100]), 1.0).tolist()
        [10.0]
    """
    reached = curves.ge(whole / 2)
    first = reached.idxmax(axis=1).where(reached.any(axis=1), np.inf)
    return first.to_numpy(float)


def ratio_of_times(later: np.ndarray, sooner: np.ndarray) -> np.ndarray:
    """Return later / sooner, NaN where neither was reached in a short run.

    Args:
        later: times of what should come later, one a seed.
        sooner: those of what should come first.
    """
    with np.errstate(invalid="ignore"):
        return later / sooner


def curve(
    stored: pd.DataFrame, axis: str, column: str = "test", by: str = "validation", **where: Any
) -> pd.DataFrame:
    """Return a curve of the stored sweep, step size and decay chosen for every point and seed.

    Args:
        stored: the table of the sweep.
        axis: column of the abscissa.
        column: column of the ordinate.
        by: column that chooses, ``validation`` or ``test``.
        where: values of other columns that name the curve.

    Returns:
        One row a seed, one column a point; NaN where a seed was not run.
    """
    named = np.logical_and.reduce([stored[name] == value for name, value in where.items()])
    best = select(stored[named], score=by, groups=[axis, "seed"], parameters=GRID)
    return best.pivot(index="seed", columns=axis, values=column)


def of_method(stored: pd.DataFrame, method: str, by: str) -> pd.DataFrame:
    """Return the errors of a method against the width on the target of the ResNet paper's Figure 2.

    Args:
        stored: the table of the sweep.
        method: of :data:`~ovp_lib.pages.resnet_separation.statement.METHODS`.
        by: column that chooses, ``validation`` or ``test``.
    """
    network, trained = METHODS[method]
    return curve(
        stored, "width", by=by, target="figure-2", network=network, trained=trained, beta=1.0
    )


def by_beta(stored: pd.DataFrame) -> dict[str, CurvePair]:
    """Pair our errors of the ResNet against the width with those of the paper's Figure 2(b).

    Args:
        stored: the table of the sweep.

    Returns:
        By β in words; test data choose step size and decay, as in the paper.
    """
    prints = published.points("resnet-figure-2b").set_index(["beta", "m"])["test_error"]
    ours = {"target": "figure-2", "network": "bottleneck", "trained": "hidden"}
    return {
        f"β = {beta:g}": CurvePair(
            curve(stored, "width", by="test", beta=beta, **ours), prints.loc[beta]
        )
        for beta in BETAS
    }


def least_over_widths(stored: pd.DataFrame, methods: Sequence[str], by: str) -> pd.Series:
    """Return each seed's least error of some methods, at the widths that all seeds have.

    Args:
        stored: the table of the sweep.
        methods: of :data:`~ovp_lib.pages.resnet_separation.statement.METHODS`.
        by: column that chooses, ``validation`` or ``test``.
    """
    least = [of_method(stored, method, by).dropna(axis=1).min(axis=1) for method in methods]
    return pd.concat(least, axis=1).min(axis=1)


def printed_errors() -> pd.DataFrame:
    """Return the points of the ResNet paper's Figure 2(a): a row a width, a column a method."""
    points = published.points("resnet-figure-2a")
    return points.pivot(index="m", columns="series", values="test_error")


def common_widths(ours: pd.DataFrame, printed: pd.Series) -> pd.Index:
    """Return the widths that all our seeds have and the paper plots.

    Args:
        ours: errors of a method, from :func:`of_method`.
        printed: those of the paper, by the width.
    """
    return ours.dropna(axis=1).columns.intersection(printed.dropna().index)


def ratio_to_printed(ours: pd.DataFrame, printed: pd.Series) -> pd.Series:
    """Return ours / printed for each seed, the geometric mean over the common widths.

    Args:
        ours: errors of a method, from :func:`of_method`.
        printed: those of the paper, by the width.
    """
    common = common_widths(ours, printed)
    return np.exp(np.log(ours[common] / printed[common]).mean(axis=1))


def geometric_mean(values: pd.DataFrame) -> pd.Series:
    """Return the geometric mean over the seeds of every point.

    Args:
        values: one row a seed, one column a point.
    """
    return np.exp(np.log(values).mean())


def beside_the_paper(ours: dict[str, pd.DataFrame], printed: pd.DataFrame) -> pd.DataFrame:
    """Return one row a method and width: ``method``, ``m``, ``ours`` and ``paper``, NaN if none.

    Args:
        ours: errors of every method.
        printed: those of the paper, from :func:`printed_errors`.
    """
    rows = [
        (method, m, mean, printed[method].get(m))
        for method, values in ours.items()
        for m, mean in geometric_mean(values).items()
    ]
    return pd.DataFrame(rows, columns=["method", "m", "ours", "paper"])


def ratios_by_width(compared: pd.DataFrame) -> pd.DataFrame:
    """Return ours / paper in words: a row a width, a column a method, empty where one has none.

    Args:
        compared: from :func:`beside_the_paper`.
    """
    both = compared.dropna()
    ratios = both.assign(ratio=both["ours"] / both["paper"])
    table = ratios.pivot(index="m", columns="method", values="ratio")[list(METHODS)]
    return table.map(lambda ratio: "" if np.isnan(ratio) else f"{ratio:.2f}")


SHARE, GAP, ERROR = "coefficient of F in out₁", "E‖out₁ − F‖² / kα²", "test error / kα²"
"""What is drawn against the ratio of step sizes."""


class Complexities(NamedTuple):
    """What Theorem 1 asks for, of the hard instance with C* = 1 and all hidden constants one.

    Attributes:
        base: p_F C_s(F).
        composite: p_G C_s(G).
    """

    base: float
    composite: float


def complexities(dimension: int) -> Complexities:
    """Return the complexities of the hard instance, C_s with the first power of i + 1.

    G is a sum of eight terms, y_1 y_2 y_3 y_4 = 1/3 sum +-<v, y>^4 over v = (1, +-1, +-1, +-1) /
    sqrt(8), and F_r(x) = sqrt(2 d) <w, x / sqrt(d)> is one, with ||v|| = ||w|| = 1 / sqrt(2).

    Args:
        dimension: d.
    """
    linear, quartic = (
        np.exp(complexity.log_c_s(smooth.parse(phi), c_star=1.0, power=1)) for phi in ("z", "z^4")
    )
    return Complexities(float(linear * np.sqrt(2 * dimension)), float(8 * quartic / 3))


def step_ratio(alpha: float, dimension: int) -> float:
    """Return Theorem 1's eta_v / eta_w on the hard instance, its hidden factor one.

    Args:
        alpha: weight of G(F).
        dimension: d.

    Example:
        >>> round(step_ratio(0.3, 30), 4)
        0.0667
    """
    sizes = complexities(dimension)
    return (alpha * sizes.composite / sizes.base) ** 2


def by_ratio(task: ResidualTask, ratios: Iterable[float], device: str) -> pd.DataFrame:
    """Train a bottleneck with several ratios of step sizes, and look at its layers at the end.

    Args:
        task: what is learned; step sizes are those of the first layer.
        ratios: eta_v / eta_w.
        device: where to train.

    Returns:
        The rows of :func:`~ovp_lib.experiments.hierarchy.over_time` with ``ratio``, ``lr`` and
        ``wd``.
    """
    tables = []
    for ratio in ratios:
        learning = hierarchy.experiment(task.model_copy(update={"step_ratio": ratio}))
        seen = hierarchy.over_time(learning, [float(task.epochs)], device)
        given = {name: [getattr(learning.members[i], name) for i in seen.member] for name in GRID}
        tables.append(seen.assign(ratio=ratio, **given))
    return pd.concat(tables)


def against_ratio(runs: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return a column of the runs that validation data choose: a row a seed, a column a ratio.

    Args:
        runs: from :func:`by_ratio`.
        column: what to return.
    """
    best = select(runs, score="validation", groups=["ratio", "seed"], parameters=GRID)
    return best.pivot(index="seed", columns="ratio", values=column)


def of_first_layer(runs: pd.DataFrame, level: float) -> dict[str, dict[str, pd.DataFrame]]:
    """Return what is drawn against the ratio, with a decay by validation and without any.

    Args:
        runs: from :func:`by_ratio`, the decay 0 among them.
        level: k alpha^2, the unit of errors.

    Returns:
        By signal and choice of the decay, tables of :func:`against_ratio`.
    """
    versions = {"decay by validation": runs, "no decay": runs[runs["wd"] == 0]}
    signals = {SHARE: ("first_base", 1.0), GAP: ("first_gap", level), ERROR: ("error", level)}
    return {
        signal: {name: against_ratio(rows, column) / unit for name, rows in versions.items()}
        for signal, (column, unit) in signals.items()
    }


def means_by_ratio(runs: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return means over the seeds, a row for each ratio, the largest first.

    Args:
        runs: from :func:`by_ratio`, with one step size and one decay.
        level: k alpha^2, the unit of errors.
    """
    means = runs.groupby("ratio")[["first_base", "first_gap", "error"]].mean()
    units = pd.Series({"first_base": 1.0, "first_gap": level, "error": level})
    return (means / units).set_axis([SHARE, GAP, ERROR], axis=1).iloc[::-1]


def seed_by_seed(stored: pd.DataFrame, methods: Iterable[str]) -> pd.DataFrame:
    """Return errors / k alpha^2 against the width in words, a row for each method and seed.

    Args:
        stored: the table of the sweep.
        methods: of :data:`~ovp_lib.pages.resnet_separation.statement.METHODS`.
    """
    errors = {name: of_method(stored, name, by="validation") for name in methods}
    table = pd.concat(errors, names=["learner"]).dropna(axis=1, how="all")
    relative = table / FLOOR["figure-2"]
    return relative.map(lambda error: "" if np.isnan(error) else f"{error:.3f}")


class Cheap(NamedTuple):
    """A run on the hard instance at N = 300 that takes seconds: seed 0, width 100.

    Attributes:
        network: the learner.
        lr: step size.
        wd: weight decay.
    """

    network: Name
    lr: float
    wd: float


CHEAP = (
    Cheap("bottleneck", 0.2, 2e-4),
    Cheap("bottleneck", 0.2, 1e-3),
    Cheap("two-layer", 0.2, 5e-3),
)
"""What is computed again for the page."""


def again(stored: pd.DataFrame, runs: Iterable[Cheap] = CHEAP) -> pd.DataFrame:
    """Compute some runs of the stored sweep again.

    Args:
        stored: the table of the sweep.
        runs: which.

    Returns:
        One row a run: its test error now, ``again``, and the one in the table, ``stored``.
    """
    rows = [(_computed(run), _looked_up(stored, run)) for run in runs]
    return pd.DataFrame(rows, columns=["again", "stored"])


def _computed(run: Cheap) -> float:
    task = ResidualTask(
        target="hard",
        dimension=30,
        alpha=ALPHA,
        beta=1.0,
        network=run.network,
        trained="hidden",
        width=100,
        samples=300,
        epochs=800,
        lrs=(run.lr,),
        wds=(run.wd,),
        seeds=(0,),
    )
    return float(residual.run(task, "cpu")["test"].iloc[0])


def _looked_up(stored: pd.DataFrame, run: Cheap) -> float:
    fixed = {"target": "hard", "alpha": ALPHA, "beta": 1.0, "trained": "hidden"}
    where = pd.Series(fixed | {"width": 100, "samples": 300, "seed": 0} | run._asdict())
    return float(stored[(stored[list(where.index)] == where).all(axis=1)]["test"].iloc[0])
