"""The sweep of Figure 2 of Going Beyond Two Layers: six learners on the second target."""

from ovp_lib.pages.section_7 import grids

SWEEP = grids.sweep(
    "figure-2",
    "Two- and three-layer networks and their kernels on Section 7's second target",
    "tanh",
)
