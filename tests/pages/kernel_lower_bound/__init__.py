"""The page on lower bounds for kernels."""

MOVES = {
    "seed": (1, "kernel-lower-bound-spans"),
    "n_seeds": (3, "kernel-lower-bound-spans"),
    "dimension": (7, "kernel-lower-bound-spans"),
    "subset_size": (4, "kernel-lower-bound-spans"),
    "span_sizes": ([5, 8], "kernel-lower-bound-spans"),
    "alpha": (0.4, "kernel-lower-bound-spans"),
    "paper_dimension": (23, "kernel-lower-bound-paper"),
    "share_subset_size": (7, "network.same-samples"),
    "n_draws": (5, "n of kernels.share"),
    "sample_sizes": ([12, 30], "kernel-lower-bound-paper"),
    "common_dimensions": ([10, 11, 13], "kernel-lower-bound-crossing"),
    "crossing_kernels": (["NTK, 2 hidden"], "kernel-lower-bound-crossing"),
    "power_dimension": (13, "kernel-lower-bound-theory"),
    "sample_factors": ([5, 10, 18], "kernel-lower-bound-paper"),
    "width_factor": (9, "kernel-lower-bound-time"),
    "epochs": (120, "kernel-lower-bound-paper"),
    "step_sizes": ([0.1], "kernel-lower-bound-paper"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
