"""The page of Figure 1."""

MOVES = {
    "seed": (1, "live.order"),
    "n_seeds": (3, "live.order"),
    "target": ("tanh", "live.order"),
    "convention": ("plain", "live.order"),
    "widths": ([9], "live.order"),
    "samples": (150, "live.order"),
    "epochs": (6, "live.order"),
    "step_sizes": ([0.02], "live.order"),
    "decays": ([0.1], "live.order"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
