"""The page on the norm bounds of the slides."""

MOVES = {
    "seed": (1, "bartlett.exponent"),
    "n_seeds": (3, "bartlett.exponent"),
    "widths": ([8, 16, 50], "bartlett.exponent"),
    "depth": (1, "bartlett.exponent"),
    "samples": (40, "bartlett.exponent"),
    "n_test": (80, "test-error.exponent"),
    "margin": (0.5, "bartlett.exponent"),
    "low_margin_share": (0.2, "bartlett.exponent"),
    "batch_size": (5, "bartlett.exponent"),
    "epochs": (4, "bartlett.exponent"),
    "slides_step_size": (3.0, "bartlett.exponent"),
    "standard_step_size": (0.04, "standard.bartlett"),
    "per_width_step_size": (20.0, "large-steps.bartlett"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
