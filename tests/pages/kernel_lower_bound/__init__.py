"""The page on lower bounds for kernels."""

MOVES = {
    "seed": (1, "kernel-lower-bound-spans"),
    "n_seeds": (3, "kernel-lower-bound-spans"),
    "dimension": (7, "kernel-lower-bound-spans"),
    "level": (4, "kernel-lower-bound-spans"),
    "span_sizes": ([5, 8], "kernel-lower-bound-spans"),
    "alpha": (0.4, "kernel-lower-bound-spans"),
    "paper_dimension": (
        {"paper_dimension": 21, "network_dimensions": [10, 12, 21]},
        "kernel-lower-bound-paper",
    ),
    "sample_sizes": ([12, 30], "kernel-lower-bound-paper"),
    "kernel_dimensions": ([6, 7, 9], "kernel-lower-bound-crossing"),
    "network_dimensions": ([10, 13, 20], "kernel-lower-bound-time"),
    "sample_factors": ([5, 10, 18], "kernel-lower-bound-paper"),
    "epochs": (120, "kernel-lower-bound-paper"),
    "step_sizes": ([0.1], "kernel-lower-bound-paper"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
