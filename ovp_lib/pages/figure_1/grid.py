"""The sweep of Figure 1 of Going Beyond Two Layers: six learners on the first target."""

from ovp_lib.pages.section_7 import grids

SWEEP = grids.sweep(
    "figure-1",
    "Two- and three-layer networks and their kernels on Section 7's first target",
    "sine",
)
