"""ResNets of all sizes: width does not hurt."""

MOVES = {
    "seed": (1, "mean.exponent"),
    "n_seeds": (3, "mean.exponent"),
    "sample_sizes": ([4, 8, 32], "mean.exponent"),
    "dimension": (3, "mean.exponent"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
