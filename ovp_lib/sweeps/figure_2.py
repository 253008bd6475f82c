"""Figure 2 of Going Beyond Two Layers: the comparison of Figure 1 on a second target."""

from ovp_lib.sweeps import figure_1
from ovp_lib.sweeps.base import Sweep
from ovp_lib.sweeps.networks import COLUMNS, NetworkTask, cost, run

SWEEP = Sweep(
    name="figure-2",
    title="Two- and three-layer networks and their kernels on Section 7's second target",
    task=NetworkTask,
    presets={
        "quick": lambda: figure_1.quick("tanh"),
        "standard": lambda: figure_1.standard("tanh"),
        "paper": lambda: figure_1.paper("tanh"),
    },
    run=run,
    columns=COLUMNS,
    cost=cost,
)
