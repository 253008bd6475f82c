"""Section 7's tuning on its first target: every step size and weight decay, against the width."""

from ovp_lib.sweeps.base import Sweep
from ovp_lib.sweeps.networks import COLUMNS, Convention, Network, NetworkTask, cost, run
from ovp_lib.training.protocol import one_two_five

LRS: dict[Network, tuple[float, ...]] = {
    "two-layer": one_two_five(1e-3, 0.5),
    "three-layer": one_two_five(1e-3, 0.1),
}
CONVENTIONS: tuple[Convention, ...] = ("padded", "plain")
WDS = (0.0, *one_two_five(1e-5, 1e-4))


def grid(widths: tuple[int, ...], samples: int, epochs: int, seeds: int) -> list[NetworkTask]:
    """Return a task for each network, input convention, width and seed."""
    return [
        NetworkTask(
            target="sine",
            convention=convention,
            network=network,
            width=width,
            samples=samples,
            epochs=epochs,
            lrs=lrs,
            wds=WDS,
            seeds=(seed,),
        )
        for width in widths
        for seed in range(seeds)
        for network, lrs in LRS.items()
        for convention in CONVENTIONS
    ]


SWEEP = Sweep(
    name="section-7-tuning",
    title="Step size and weight decay of two- and three-layer networks on Section 7's first target",
    task=NetworkTask,
    presets={
        "quick": lambda: grid((100,), samples=200, epochs=100, seeds=2),
        "standard": lambda: grid((100, 200), samples=1000, epochs=800, seeds=3),
        "paper": lambda: grid((100, 200, 500, 1000, 2000), samples=1000, epochs=800, seeds=3),
    },
    run=run,
    columns=COLUMNS,
    cost=cost,
)
