"""The page on classifiability by the tangent kernel."""

MOVES = {
    "seed": (1, "pairs.digits"),
    "n_seeds": (4, "pairs.digits"),
    "classes": ([0, 1, 3, 8], "pairs.digits"),
    "pair_samples": (30, "pairs.digits"),
    "pair_tests": (30, "pairs.digits"),
    "width": (20, "pairs.digits"),
    "depth": (3, "decay.true"),
    "kappa": (1.0, "decay.error"),
    "samples_per_look": (5, "decay.error"),
    "descent_samples": (30, "arora.pairs"),
    "descent_steps": (2, "arora.pairs"),
    "shares": ([0.0, 0.3, 1.0], "noise.correlation"),
    "noise_samples": (60, "noise.correlation"),
    "noise_tests": (90, "noise.correlation"),
    "sample_sizes": ([20, 50, 80], "decay.true"),
    "size_tests": (90, "decay.error"),
    "widths": ([16, 32, 128], "width.kernel"),
    "nets": (3, "width.kernel"),
    "width_samples": (6, "width.kernel"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
