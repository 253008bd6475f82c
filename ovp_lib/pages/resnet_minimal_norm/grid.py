"""The grid of the ResNet paper's norm figure: width, step size, decay and budget of SGD."""

from collections.abc import Iterable

from ovp_lib.experiments.base import Named, Sweep
from ovp_lib.experiments.minimal_norm_task import COLUMNS, Init, MinimalNormTask, cost
from ovp_lib.training.protocol import one_two_five

DECAYS = (0.0, *one_two_five(1e-6, 1e-3))
"""From where SGD fits the training set to where it returns zero."""

STEP_SIZES = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Those of the first search. The next one of the sequence, 20, is unstable at a width of 200."""

EDGE_STEP_SIZES = (15.0, 20.0)
"""At the edge of stability, added when every run with a small test error had turned out to be at
the end of the first search."""

LONG_STEP_SIZES, LONG_DECAYS = (5.0, 10.0), (1e-5, 2e-5, 5e-5)
"""Those that have a chance of a small test error, which are run for every budget."""

BUDGETS = (50, 200, 1000, 4000)
"""Epochs, a hundred steps each."""


def tasks(
    seeds: Iterable[int],
    width: int,
    epochs: int,
    step_sizes: tuple[float, ...],
    decays: tuple[float, ...],
    init: Init = "small",
) -> list[MinimalNormTask]:
    """Return a task for each seed, with the figure's inputs: d = 40, N = 5000, six coordinates.

    Args:
        seeds: one task each.
        width: m.
        epochs: the budget, a hundred steps each.
        step_sizes: tried with every decay.
        decays: weight decays.
        init: scale of the initial weights.
    """
    return [
        MinimalNormTask(
            inputs=40,
            parity=6,
            samples=5000,
            width=width,
            init=init,
            epochs=epochs,
            batch=50,
            lrs=step_sizes,
            wds=decays,
            seed=seed,
        )
        for seed in seeds
    ]


def _quick() -> list[MinimalNormTask]:
    return tasks(range(3), 200, 50, (1.0, 5.0), (0.0, 1e-5, 1e-4, 1e-3))


def _standard() -> list[MinimalNormTask]:
    long = [tasks(range(3), 200, epochs, LONG_STEP_SIZES, LONG_DECAYS) for epochs in BUDGETS[:3:2]]
    return [*tasks(range(3), 200, 200, STEP_SIZES, DECAYS), *long[0], *long[1]]


def _paper() -> list[MinimalNormTask]:
    few = (1e-5, 2e-5, 1e-4)
    plane = [
        *tasks([0], 200, 200, STEP_SIZES, DECAYS),
        *tasks([1, 2], 200, 200, (1.0, 5.0), (0.0, 1e-6, 5e-6, 1e-4, 1e-3)),
    ]
    widths = [
        *tasks(range(3), 400, 200, LONG_STEP_SIZES, few),
        *tasks(range(3), 1000, 200, LONG_STEP_SIZES, few),
        *tasks([0], 2000, 200, (5.0,), few),
        *tasks(range(3), 1000, 1000, (10.0,), (2e-5,)),
    ]
    budgets = [
        tasks(range(1 if epochs == 200 else 0, 6), 200, epochs, LONG_STEP_SIZES, LONG_DECAYS)
        for epochs in BUDGETS  # seed 0 of the second budget is in the plane
    ]
    edge = tasks(range(6), 200, 200, EDGE_STEP_SIZES, LONG_DECAYS)
    unit = [
        *tasks(range(3), 200, 200, LONG_STEP_SIZES, few, "unit"),
        *tasks(range(3), 200, 1000, (10.0,), (2e-5,), "unit"),
    ]
    return [task for group in (plane, widths, *budgets, edge, unit) for task in group]


SWEEP = Sweep(
    name="resnet-minimal-norm",
    title="Norm and error of two-layer networks that SGD finds on a parity of six coordinates",
    task=MinimalNormTask,
    presets={"quick": _quick, "standard": _standard, "paper": _paper},
    run=Named("ovp_lib.experiments.minimal_norm", "run"),
    columns=COLUMNS,
    cost=cost,
)
