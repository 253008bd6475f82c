"""The page of Lemma 6.7."""

MOVES = {
    "seed": (1, "lemma-6-7.start"),
    "n_seeds": (3, "lemma-6-7.start"),
    "width": (8, "lemma-6-7.start"),
    "widths": ([4, 10], "lemma-6-7.width.exponent"),
    "rounds": (9, "lemma-6-8.noisy"),
    "inner_steps": (3, "lemma-6-8.noisy"),
    "samples": (16, "lemma-6-8.noisy"),
    "noise": (0.7, "lemma-6-8.noisy"),
    "outer": ("z^2", "lemma-6-8.noisy"),
    "inner": ("tanh(z)", "lemma-6-8.noisy"),
    "dimension": (4, "lemma-6-8.noisy"),
    "gamma": (0.2, "lemma-6-8.noisy"),
    "eps0": (0.005, "lemma-6-8.noisy"),
    "step_size": (0.1, "lemma-6-8.noisy"),
    "last_lambda": (0.5, "lemma-6-8.noisy"),
    "smoothing": (0.2, "lemma-6-8.noisy"),
    "penalty": (0.02, "lemma-6-7-descent-values"),
    "sign_draws": (3, "remark-c-10.end"),
    "curvatures": ([0.1, 0.4], "lemma-a-9.exponent"),
    "saddle_dimension": (4, "lemma-a-9.exponent"),
    "two_layer_width": (40, "lemma-b-4.loss"),
    "accuracy": (0.6, "lemma-b-4.loss"),
    "budget": (30.0, "lemma-b-4.loss"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
