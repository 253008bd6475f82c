"""Figure 3 of Going Beyond Two Layers: the three-layer network with the (2,4)-regulariser.

The same data, initial weights and step sizes as in the sweep of Figure 1, which has the runs with
weight decay; here are those with ``w24 ||W||_{2,4}^4`` in its place, and those with neither.
"""

from ovp_lib.experiments.base import Named, Sweep
from ovp_lib.experiments.network_task import COLUMNS, NetworkTask, cost
from ovp_lib.pages.section_7.grids import SAMPLES, SEEDS, THREE_LAYER
from ovp_lib.pages.section_7.step_sizes import grid_of


def step_sizes(width: int) -> tuple[float, ...]:
    """Return the step sizes that are tried: those of Figure 1, one of them where runs take long.

    With that one the error of every seed of Figure 1 at m = 2000 is at most a tenth above its
    least.

    Args:
        width: m of both hidden layers.
    """
    return grid_of("three-layer", "hidden", width)[0] if width <= 1000 else (5e-3,)


def strengths(width: int) -> tuple[float, ...]:
    """Return the strengths of the regulariser that are tried.

    Args:
        width: m of both hidden layers.
    """
    if width <= 200:
        return (0.0, 1e-6, 1e-5, 1e-4, 1e-3)
    if width <= 1000:
        return (0.0, 1e-5, 1e-4, 1e-3)
    return (1e-4,) if width > 2000 else (0.0, 1e-4)


def grid(widths: tuple[int, ...], seeds: int = SEEDS) -> list[NetworkTask]:
    """Return a task for each width and seed.

    Args:
        widths: m of both hidden layers.
        seeds: how many.
    """
    return [
        NetworkTask(
            target="sine",
            convention="padded",
            network="three-layer",
            width=m,
            samples=SAMPLES,
            epochs=800,
            lrs=step_sizes(m),
            wds=(0.0,),
            w24s=strengths(m),
            seeds=(seed,),
        )
        for m in widths
        for seed in range(seeds)
    ]


SWEEP = Sweep(
    name="figure-3",
    title="The three-layer network with the (2,4)-regulariser in place of weight decay",
    task=NetworkTask,
    presets={
        "quick": lambda: grid((100,), seeds=1),
        "standard": lambda: grid(THREE_LAYER[:4]),
        "paper": lambda: grid(THREE_LAYER),
    },
    run=Named("ovp_lib.experiments.networks", "run"),
    columns=COLUMNS,
    cost=cost,
)
