"""Figure 2 of Going Beyond Two Layers: the comparison of Figure 1 on a second target."""

from ovp_lib.experiments.base import Named, Sweep
from ovp_lib.experiments.network_task import COLUMNS, NetworkTask, cost
from ovp_lib.pages.figure_1 import grid as figure_1

SWEEP = Sweep(
    name="figure-2",
    title="Two- and three-layer networks and their kernels on Section 7's second target",
    task=NetworkTask,
    presets={
        "quick": lambda: figure_1.quick("tanh"),
        "standard": lambda: figure_1.standard("tanh"),
        "paper": lambda: figure_1.paper("tanh"),
    },
    run=Named("ovp_lib.experiments.networks", "run"),
    columns=COLUMNS,
    cost=cost,
)
