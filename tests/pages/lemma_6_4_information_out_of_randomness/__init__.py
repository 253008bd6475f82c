"""The page of Lemma 6.4."""

MOVES = {
    "seed": (1, "lemma-6-4.slope.error"),
    "n_seeds": (3, "lemma-6-4.slope.error"),
    "widths": ([2000, 2500, 4000], "lemma-6-4.remainder.exponent"),
    "n_draws": (40, "lemma-6-4.slope.error"),
    "paired_draws": (50, "lemma-6-4.rho.law"),
    "phi": ("tanh(z)", "lemma-6-4.slope.error"),
    "other_phi": ("z^3", "lemma-6-4-two-functions"),
    "construction": ("paper", "lemma-6-4.slope.error"),
    "clip": (2.0, "lemma-6-4.approximation.error"),
    "tau": ({"tau": 0.0099, "widths": [2200, 2500, 3000]}, "lemma-a-4-partition"),
    "dimension": (4, "lemma-6-4.slope.error"),
    "second_width": (7, "lemma-6-4-sizes"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
