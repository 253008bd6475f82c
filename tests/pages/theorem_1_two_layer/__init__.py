"""The page of Theorem 1."""

MOVES = {
    "seed": (1, "realizable.risk"),
    "n_seeds": (3, "realizable.risk"),
    "widths": ([4, 8, 50], "realizable.risk"),
    "accuracies": ([0.4, 0.7], "realizable.risk"),
    "budget": (60.0, "realizable.risk"),
    "multiples": ([1, 3], "theorem-1-sizes"),
    "steps": (640, "samples.exponent"),
    "sample_sizes": ([6, 12], "samples.exponent"),
    "phi": ("tanh(z)", "realizable.risk"),
    "phis": (["z", "z^3", "cos(3z)"], "complexity.rank"),
    "n_terms": (3, "realizable.risk"),
    "n_outputs": (2, "realizable.risk"),
    "dimension": (4, "realizable.risk"),
    "loss": ("pseudo_huber", "realizable.risk"),
    "noise": (0.6, "agnostic.risk"),
    "batch_size": (4, "realizable.risk"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
