"""Figure 2 of Going Beyond Two Layers: the comparison of Figure 1 on a second target."""

from ovp_lib.sweeps import figure_1
from ovp_lib.sweeps.base import Named, Sweep
from ovp_lib.sweeps.network_task import COLUMNS, NetworkTask, cost

SWEEP = Sweep(
    name="figure-2",
    title="Two- and three-layer networks and their kernels on Section 7's second target",
    task=NetworkTask,
    presets={
        "quick": lambda: figure_1.quick("tanh"),
        "standard": lambda: figure_1.standard("tanh"),
        "paper": lambda: figure_1.paper("tanh"),
    },
    run=Named("ovp_lib.sweeps.networks", "run"),
    columns=COLUMNS,
    cost=cost,
)
