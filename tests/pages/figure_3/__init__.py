"""The page of Figure 3."""

MOVES = {
    "seed": (1, "live.error"),
    "n_seeds": (3, "live.error"),
    "width": (12, "live.error"),
    "samples": (150, "live.error"),
    "epochs": (10, "live.error"),
    "step_sizes": ([0.02], "live.error"),
    "decays": ([1.0], "live.error"),
    "strengths": ([0.1, 1.0], "live.error"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
