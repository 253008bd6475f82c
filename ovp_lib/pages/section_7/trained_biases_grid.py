"""A sweep behind Figures 1 and 2: two layers with trained biases, on both targets.

It asks whether another reading of Section 7 explains where our two-layer networks differ from the
printed ones. The data are those of the figures' own sweeps, seed by seed; one weight decay is
tried, on which the errors of two layers hardly depend.
"""

from typing import get_args

from ovp_lib.experiments.base import Named, Sweep
from ovp_lib.experiments.network_task import COLUMNS, NetworkTask, Target, cost
from ovp_lib.pages.section_7.grids import SAMPLES, SEEDS, WIDTH
from ovp_lib.training.protocol import one_two_five

POINTS = (
    *((m, SAMPLES) for m in (100, 200, 500, 1000, 2000)),
    *((WIDTH, n) for n in (200, 500, 2000, 5000)),
)
"""m and N of both panels, as far as a run takes seconds."""

DECAYS = (1e-5,)


def step_sizes(width: int) -> tuple[float, ...]:
    """Return the step sizes that are tried.

    Args:
        width: m.
    """
    return one_two_five(1e-3, 1e-1) if width <= 500 else one_two_five(5e-4, 2e-2)


def grid(points: tuple[tuple[int, int], ...], seeds: int = SEEDS) -> list[NetworkTask]:
    """Return a task for each target, point and seed.

    Args:
        points: m and N.
        seeds: how many.
    """
    return [
        NetworkTask(
            target=target,
            convention="plain",
            network="two-layer",
            width=m,
            samples=n,
            epochs=800,
            lrs=step_sizes(m),
            wds=DECAYS,
            seeds=(seed,),
        )
        for seed in range(seeds)
        for target in get_args(Target)
        for m, n in points
    ]


SWEEP = Sweep(
    name="trained-biases",
    title="Two-layer networks with trained biases on Section 7's targets",
    task=NetworkTask,
    presets={
        "quick": lambda: grid(POINTS[:3], seeds=1),
        "standard": lambda: grid(POINTS[:-1]),
        "paper": lambda: grid(POINTS),
    },
    run=Named("ovp_lib.experiments.trained_biases", "run"),
    columns=COLUMNS,
    cost=cost,
)
