"""The page of Lemma 6.5."""

MOVES = {
    "seed": (1, "cross-term.w-exponent"),
    "n_seeds": (3, "cross-term.w-exponent"),
    "first_widths": ([50, 100, 300], "lemma-6-5-first-layer"),
    "widths": ([16, 24, 40], "cross-term.w-exponent"),
    "trained_widths": ([8, 12, 20], "lemma-6-5-sgd"),
    "steps": (4, "lemma-6-5-sgd"),
    "n_networks": (2, "cross-term.w-exponent"),
    "n_points": (3, "lemma-6-5-first-layer"),
    "n_signs": (17, "cross-term.variance"),
    "n_smoothings": (200, "lemma-6-9-smoothing"),
    "smoothed_width": (10, "lemma-6-9-smoothing"),
    "smoothed_widths": ([8, 10, 14], "lemma-6-9-coefficient"),
    "dimension": (4, "cross-term.w-exponent"),
    "phi": ("tanh(z)", "lemma-6-5-sgd"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
