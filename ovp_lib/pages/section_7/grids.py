"""The grids of Figures 1 and 2 of Going Beyond Two Layers: six learners against m and N.

``paper`` has every point of the figure, and also the NTK of the two-layer network. ``standard`` has
the part of it that two cores can compute in an hour or two, with the same tasks, so that nothing is
computed twice.
"""

from collections.abc import Mapping, Sequence

from ovp_lib.experiments.base import Named, Sweep
from ovp_lib.experiments.network_task import (
    COLUMNS,
    Convention,
    Network,
    NetworkTask,
    Target,
    Trained,
    cost,
)
from ovp_lib.pages.section_7.step_sizes import EXTRA_STEP_SIZES, PRESCREENED, grid_of

SAMPLES, WIDTH = 1000, 2000
"""N of panel (a), and m of panel (b)."""

SIZES = (200, 500, 1000, 2000, 5000, 10_000)
"""N of panel (b)."""

THREE_LAYER = (100, 200, 500, 1000, 2000, 5000)
TWO_LAYER = (*THREE_LAYER, *(c * 10**k for k in (4, 5) for c in (1, 2, 5)), 10**6)
"""m of panel (a)."""

BOTH_CONVENTIONS = (100, 500, 1000)
"""m at which the input is also tried without padding."""

SEEDS, MORE_SEEDS = 3, 10
"""Seeds of the three-layer network, and of the learners that take a tenth of its time or less."""

Learner = tuple[Network, Trained]

LEARNERS: dict[str, Learner] = {
    "3layer": ("three-layer", "hidden"),
    "2layer": ("two-layer", "hidden"),
    "3layer(last)": ("three-layer", "last"),
    "2layer(last)": ("two-layer", "last"),
    "3layer(NTK)": ("three-layer", "ntk"),
    "2layer(NTK)": ("two-layer", "ntk"),
}
"""The figure's curves by their names in its legend; the last one is not in the paper."""


def with_extra_step_sizes(target: Target, tasks: list[NetworkTask]) -> list[NetworkTask]:
    """Add the tasks with the extra step sizes, at those points and seeds that are there.

    Args:
        target: whose :data:`~ovp_lib.pages.section_7.step_sizes.EXTRA_STEP_SIZES`.
        tasks: the grid of the first pass.

    Returns:
        The tasks, and behind them those that they lack.
    """
    tried = {_point_and_seeds(task): task.lrs for task in tasks}
    extra = (
        _task(target, curve, width, samples, convention, seed, step_sizes)
        for (curve, convention, width, samples), step_sizes in EXTRA_STEP_SIZES[target].items()
        for seed in range(MORE_SEEDS)
    )
    return [*tasks, *(task for task in extra if _is_lacking(task, tried))]


def _is_lacking(task: NetworkTask, tried: Mapping[tuple[object, ...], tuple[float, ...]]) -> bool:
    """Return whether the task's point is in the grid and its step sizes are not."""
    there = tried.get(_point_and_seeds(task))
    return there is not None and not set(task.lrs) <= set(there)


def _point_and_seeds(task: NetworkTask) -> tuple[object, ...]:
    """Return the learner, the point and the seeds of a task."""
    return task.network, task.trained, task.convention, task.width, task.samples, task.seeds


def panel_a(
    target: Target,
    curve: str,
    widths: Sequence[int],
    convention: Convention = "padded",
    seeds: int | None = None,
) -> list[NetworkTask]:
    """Return the tasks of a curve at N = 1000, against the width.

    Args:
        target: what is learned.
        curve: name of the learner, of :data:`LEARNERS`.
        widths: m.
        convention: what the network sees of the input.
        seeds: how many; by default :func:`seeds_of` the curve.
    """
    n_seeds = seeds_of(curve) if seeds is None else seeds
    return [_task(target, curve, m, SAMPLES, convention, s) for m in widths for s in range(n_seeds)]


def seeds_of(curve: str) -> int:
    """Return how many seeds a curve has.

    Args:
        curve: name of the learner, of :data:`LEARNERS`.
    """
    return SEEDS if curve == "3layer" else MORE_SEEDS


def panel_b(
    target: Target, curve: str, sizes: Sequence[int], seeds: int | None = None
) -> list[NetworkTask]:
    """Return the tasks of a curve at m = 2000, against N; N = 1000 is in the other panel.

    Args:
        target: what is learned.
        curve: name of the learner, of :data:`LEARNERS`.
        sizes: N.
        seeds: how many; by default :func:`seeds_of` the curve.
    """
    return [
        _task(target, curve, WIDTH, n, "padded", s)
        for n in sizes
        if n != SAMPLES
        for s in range(seeds_of(curve) if seeds is None else seeds)
    ]


def _task(
    target: Target,
    curve: str,
    width: int,
    samples: int,
    convention: Convention,
    seed: int,
    step_sizes: tuple[float, ...] = (),
) -> NetworkTask:
    network, trained = LEARNERS[curve]
    lrs, wds = grid_of(network, trained, width, samples)
    if seed > 0:
        lrs = PRESCREENED.get((target, (curve, convention, width, samples)), lrs)
    return NetworkTask(
        target=target,
        convention=convention,
        network=network,
        trained=trained,
        width=width,
        samples=samples,
        epochs=800,
        lrs=step_sizes or lrs,
        wds=wds,
        seeds=(seed,),
    )


def quick(target: Target) -> list[NetworkTask]:
    """Return what a minute can show: every curve at two widths, one seed.

    Args:
        target: what is learned.
    """
    return [task for curve in LEARNERS for task in panel_a(target, curve, (100, 200), seeds=1)]


def standard(target: Target) -> list[NetworkTask]:
    """Return the coarse figure: every curve, three-layer networks up to m = 1000 and N = 1000.

    Every curve has three seeds here.

    Args:
        target: what is learned.
    """
    narrow = [m for m in TWO_LAYER if m <= 10_000]
    widths = {"3layer": THREE_LAYER[:4], "2layer": narrow, "2layer(last)": narrow}
    sizes = {"3layer": (200,), "2layer": SIZES[:5]}
    tasks = [
        *(t for curve in LEARNERS for t in panel_a(target, curve, widths.get(curve, THREE_LAYER))),
        *(t for curve in LEARNERS for t in panel_b(target, curve, sizes.get(curve, SIZES[:4]))),
        *(t for curve in LEARNERS for t in panel_a(target, curve, BOTH_CONVENTIONS, "plain")),
    ]
    few = [task for task in tasks if task.seeds[0] < SEEDS]
    return with_extra_step_sizes(target, few)


def paper(target: Target) -> list[NetworkTask]:
    """Return every point of the figure, both conventions at three widths.

    Args:
        target: what is learned.
    """
    widest = {"2layer": TWO_LAYER, "2layer(last)": TWO_LAYER[:-2], "2layer(NTK)": TWO_LAYER[:-2]}
    tasks = [
        *(t for curve in LEARNERS for t in panel_a(target, curve, widest.get(curve, THREE_LAYER))),
        *(t for curve in LEARNERS for t in panel_b(target, curve, SIZES)),
        *(t for curve in LEARNERS for t in panel_a(target, curve, BOTH_CONVENTIONS, "plain")),
    ]
    return with_extra_step_sizes(target, tasks)


def sweep(name: str, title: str, target: Target) -> Sweep[NetworkTask]:
    """Return the sweep of a figure.

    Args:
        name: stem of its page.
        title: how the command line names it.
        target: what is learned.
    """
    return Sweep(
        name=name,
        title=title,
        task=NetworkTask,
        presets={
            "quick": lambda: quick(target),
            "standard": lambda: standard(target),
            "paper": lambda: paper(target),
        },
        run=Named("ovp_lib.experiments.networks", "run"),
        columns=COLUMNS,
        cost=cost,
    )
