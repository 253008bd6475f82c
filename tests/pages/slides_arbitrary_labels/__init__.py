"""The slides' page on arbitrary labels."""

MOVES = {
    "seed": (1, "slides-random-labels.learned"),
    "n_seeds": (3, "slides-random-labels.learned"),
    "data": ("MNIST-1D", "slides-zou.steps.width"),
    "fitted_samples": (20, "slides-random-labels.learned"),
    "n_test": (30, "slides-random-labels.learned"),
    "label_sample_sizes": ([12, 15, 20], "slides-conditions.deep.exponent"),
    "patience": (20, "slides-arbitrary-labels-width"),
    "narrow": ([5, 9, 16, 24], "slides-conditions.deep.gap"),
    "widths": ([16, 20, 32], "slides-zou.steps.width"),
    "sample_sizes": ([10, 12, 16], "slides-zou.steps.samples"),
    "depths": ([1, 2, 4], "slides-zou.steps.depth"),
    "separations": ([0.7, 0.8, 1.0], "slides-zou.steps.separation"),
    "samples": (12, "slides-zou.steps.width"),
    "paired_samples": (6, "slides-zou.steps.separation"),
    "width": (20, "slides-random-labels.learned"),
    "depth": (2, "slides-random-labels.learned"),
    "goal": (0.2, "slides-zou.steps.width"),
    "steps": (400, "slides-random-labels.fitted"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
