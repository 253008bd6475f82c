"""The grid of the ResNet paper's comparison: learners, sample sizes, widths on F + alpha G(F).

``paper`` has the paper's protocol and, where two cores can reach them in hours, its widths. Step
sizes and decays are those of {1, 2, 5} x 10^-k around the optimum that a coarser search with other
seeds had found at widths 100 to 1000; from width 5000 on one or two are left. Many winners were at
an end of that grid, so that ``finer`` goes beyond its ends where a run takes seconds.
"""

from ovp_lib.experiments.base import Named, Sweep
from ovp_lib.experiments.residual_task import COLUMNS, Name, ResidualTask, Trainable, cost
from ovp_lib.training.protocol import one_two_five

ALPHA = 0.3
"""Weight of G(F) in the ResNet paper's Figure 2."""

BETAS = (0.0, 0.2, 0.3, 0.5, 1.0)
"""Weights of F in the ResNet paper's Figure 2(b)."""

Grid = tuple[tuple[float, ...], tuple[float, ...]]
"""Step sizes and decays."""

_KERNEL_DECAYS = (0.0, *one_two_five(1e-4, 1e-2))


def grid_of(network: Name, trained: Trainable, width: int) -> Grid:
    """Return the step sizes and decays that are tried on the target of the paper's Figure 2.

    What limits the step size of the last layer is the size of its features, about m / 2.

    Args:
        network: the learner.
        trained: which of its weights are trained, or its tangent kernel.
        width: m.
    """
    wide = width >= 5000
    if trained == "last":
        return tuple(c / width for c in (2.0, 5.0, 10.0)), (0.0, *one_two_five(1e-3, 5e-2))
    if trained != "hidden":
        return (0.01, 0.05), _KERNEL_DECAYS
    if network == "bottleneck":
        return ((0.5,), (5e-4,)) if wide else ((0.2, 0.5, 1.0), (2e-4, 5e-4, 1e-3))
    if network == "two-layer":
        return ((0.5,), (1e-2,)) if wide else ((0.2, 0.5), (2e-3, 5e-3, 1e-2))
    if width >= 1000:
        return (0.5,), (5e-3,)
    return (0.2, 0.5, 1.0), one_two_five(1e-3, 1e-2)


def resnet_figure_2(
    network: Name,
    widths: tuple[int, ...],
    trained: Trainable = "hidden",
    *,
    beta: float = 1.0,
    seeds: int = 3,
    grid: Grid | None = None,
) -> list[ResidualTask]:
    """Return a task for each width and seed of the ResNet paper's Figure 2.

    That is d = 30, N = 1000, 800 epochs.

    Args:
        network: the learner.
        widths: one task each.
        trained: which of its weights are trained, or its tangent kernel.
        beta: weight of F in the target.
        seeds: how many, one task each.
        grid: step sizes and decays, those of :func:`grid_of` if there are none.
    """
    return [
        ResidualTask(
            target="figure-2",
            dimension=30,
            alpha=ALPHA,
            beta=beta,
            network=network,
            trained=trained,
            width=width,
            samples=1000,
            epochs=800,
            lrs=lrs,
            wds=wds,
            seeds=(seed,),
        )
        for width in widths
        for lrs, wds in [grid or grid_of(network, trained, width)]
        for seed in range(seeds)
    ]


def hard(
    network: Name,
    samples: tuple[int, ...],
    trained: Trainable = "hidden",
    *,
    width: int = 100,
    alpha: float = ALPHA,
    beta: float = 1.0,
    seeds: int = 4,
    grid: Grid | None = None,
) -> list[ResidualTask]:
    """Return a task for each sample size on the hard instance: d = 30, k = 4, 800 epochs.

    Args:
        network: the learner.
        samples: sizes N of the training set, one task each.
        trained: which of its weights are trained, or its tangent kernel.
        width: m.
        alpha: weight of G(F) in the target.
        beta: weight of F in the target.
        seeds: how many, all in one task.
        grid: step sizes and decays, else those found by the coarse search.
    """
    hidden: Grid = ((0.2, 0.5, 1.0), (2e-4, 1e-3, 5e-3))
    lrs, wds = grid or (hidden if trained == "hidden" else grid_of(network, trained, width))
    return [
        ResidualTask(
            target="hard",
            dimension=30,
            alpha=alpha,
            beta=beta,
            network=network,
            trained=trained,
            width=width,
            samples=n,
            epochs=800,
            lrs=lrs,
            wds=wds,
            seeds=tuple(range(seeds)),
        )
        for n in samples
    ]


def quick() -> list[ResidualTask]:
    """Return what a minute can show: a few points of both targets."""
    small: Grid = ((0.2, 0.5), (5e-4,))
    plain: Grid = ((0.5,), (5e-3,))
    return [
        *hard("bottleneck", (150, 300), seeds=2, grid=small),
        *hard("three-layer", (150, 300), seeds=2, grid=plain),
        *hard("two-layer", (150, 300), seeds=2, grid=plain),
        *hard("two-layer", (150,), "last", seeds=2),
        *hard("two-layer", (150,), "ntk", seeds=2),
    ]


def against_samples() -> list[ResidualTask]:
    """Return the hard instance: errors against N, and what alpha, beta and the width change."""
    samples = (100, 150, 200, 300, 500, 1000)
    learners: tuple[Name, ...] = ("bottleneck", "three-layer", "two-layer")
    return [
        *(task for network in learners for task in hard(network, samples)),
        *hard("resnet", (300,)),
        *(t for network in LINEAR for t in hard(network, (150, 300), "last", width=1000)),
        *(t for network in LINEAR for t in hard(network, (150, 300), "ntk", width=1000, seeds=3)),
        *(task for b in BETAS[:-1] for task in hard("bottleneck", (300,), beta=b)),
        *(t for a in (0.1, 1.0) for network in learners for t in hard(network, (200,), alpha=a)),
        *(task for m in (30, 300, 1000) for task in hard("bottleneck", (200,), width=m)),
        *(task for m in (30, 300, 1000) for task in hard("two-layer", (200,), width=m)),
    ]


LINEAR: tuple[Name, ...] = ("bottleneck", "three-layer", "two-layer")
"""Learners whose kernels the paper plots."""


def standard() -> list[ResidualTask]:
    """Return all of the hard instance, and Figure 2 at moderate widths."""
    plot_b: Grid = ((0.2, 0.5), (2e-4, 1e-3))
    return [
        *against_samples(),
        *resnet_figure_2("bottleneck", (100, 200, 500, 1000)),
        *resnet_figure_2("three-layer", (100, 200)),
        *resnet_figure_2("two-layer", (100, 200, 500, 1000)),
        *(t for network in LINEAR for t in resnet_figure_2(network, (100, 1000), "last")),
        *resnet_figure_2("two-layer", (100,), "ntk"),
        *resnet_figure_2("two-layer", (100,), "ntk-shared", seeds=1),
        *(
            t
            for b in BETAS[:-1]
            for t in resnet_figure_2("bottleneck", (100, 500), beta=b, grid=plot_b)
        ),
    ]


Frame = tuple[Grid, Grid]
"""What lies around a grid: other step sizes with all decays, and its step sizes with others."""

HARD_FRAME: Frame = (
    ((0.05, 0.1, 2.0), (5e-5, 2e-4, 1e-3, 5e-3, 1e-2, 2e-2)),
    ((0.2, 0.5, 1.0), (5e-5, 1e-2, 2e-2)),
)
"""Around the grid of the hard instance."""

FIGURE_2_FRAMES: dict[Name, Frame] = {
    "bottleneck": (
        ((0.05, 0.1), (1e-4, 2e-4, 5e-4, 1e-3, 2e-3)),
        ((0.2, 0.5, 1.0), (1e-4, 2e-3)),
    ),
    "three-layer": (((0.05, 0.1), one_two_five(1e-3, 2e-2)), ((0.2, 0.5, 1.0), (2e-2,))),
    "two-layer": (((0.1, 1.0), one_two_five(1e-3, 2e-2)), ((0.2, 0.5), (1e-3, 2e-2))),
}
"""Around the grids of the target of Figure 2, at small widths."""

BETA_FRAME: Frame = (((0.1, 1.0), (2e-4, 1e-3, 5e-3)), ((0.2, 0.5), (5e-3,)))
"""Around the grid of Figure 2(b)."""


def last_frame(width: int) -> Frame:
    """Return what lies around the grid of a last layer.

    Args:
        width: m; step sizes go with 1 / m.
    """
    more = (0.1, 0.2, 0.5)
    inner, _ = grid_of("bottleneck", "last", width)
    return (tuple(c / width for c in (0.5, 1.0)), (1e-2, 2e-2, 5e-2, *more)), (inner, more)


def finer() -> list[ResidualTask]:
    """Return tasks beyond the ends of the grids of :func:`paper`, where runs take seconds.

    They have a table of their own, which the page joins with that of ``paper``.
    """
    samples = (100, 150, 200, 300, 500, 1000)
    learners: tuple[Name, ...] = ("bottleneck", "three-layer", "two-layer")
    figure_2: dict[Name, tuple[int, ...]] = {
        "bottleneck": (100, 200),
        "three-layer": (100, 200),
        "two-layer": (100, 200, 500, 1000),
    }
    return [
        *(t for g in HARD_FRAME for n in learners for t in hard(n, samples, grid=g)),
        *(t for g in HARD_FRAME for t in hard("resnet", (300,), grid=g)),
        *(
            t
            for n, widths in figure_2.items()
            for g in FIGURE_2_FRAMES[n]
            for t in resnet_figure_2(n, widths, grid=g)
        ),
        *(
            t
            for b in BETAS[:-1]
            for g in BETA_FRAME
            for t in resnet_figure_2("bottleneck", (500,), beta=b, grid=g)
        ),
        *(
            t
            for n in LINEAR
            for g in last_frame(1000)
            for t in hard(n, (150, 300), "last", width=1000, grid=g)
        ),
        *(
            t
            for n in LINEAR
            for m in (100, 1000)
            for g in last_frame(m)
            for t in resnet_figure_2(n, (m,), "last", grid=g)
        ),
    ]


def paper() -> list[ResidualTask]:
    """Return ``standard`` and the paper's larger widths, as far as two cores get in hours."""
    return [
        *standard(),
        *resnet_figure_2("bottleneck", (5000, 10_000)),
        *resnet_figure_2("bottleneck", (100_000,), seeds=1),
        *resnet_figure_2("three-layer", (500,)),
        *resnet_figure_2("two-layer", (10_000,)),
        *(t for network in LINEAR for t in resnet_figure_2(network, (1000,), "ntk")),
    ]


SWEEP = Sweep(
    name="resnet-separation",
    title="ResNets, plain networks and their kernels on F + α G(F)",
    task=ResidualTask,
    presets={"quick": quick, "standard": standard, "finer": finer, "paper": paper},
    run=Named("ovp_lib.experiments.residual", "run"),
    columns=COLUMNS,
    cost=cost,
)
