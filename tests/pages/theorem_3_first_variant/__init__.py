"""The page of Theorem 3."""

MOVES = {
    "seed": (1, "ablation.evenness"),
    "n_seeds": (3, "ablation.evenness"),
    "widths": ([4, 9], "theorem-3-samples"),
    "sample_sizes": ([6, 24], "theorem-3-samples"),
    "ablation_width": (6, "ablation.evenness"),
    "ablation_samples": (14, "ablation.evenness"),
    "rounds": (4, "ablation.evenness"),
    "batch_size": (10, "ablation.evenness"),
    "outer": ("z", "ablation.evenness"),
    "inner": ("sin(2z)", "ablation.evenness"),
    "n_inner": (2, "ablation.evenness"),
    "dimension": (6, "ablation.evenness"),
    "noise": (0.7, "ablation.sgd-noise"),
    "step_size": (1.5, "ablation.evenness"),
    "last_lambda": (0.3, "ablation.decay"),
    "smoothing": (0.5, "ablation.smoothing"),
    "gradient_noise": (0.5, "ablation.gradient-noise"),
    "c0": (2.0, "ablation.regulariser"),
    "gamma": (0.1, "risk"),
    "eps0": (0.005, "risk"),
    "candidates": (8, "theorem-3-ablation"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
