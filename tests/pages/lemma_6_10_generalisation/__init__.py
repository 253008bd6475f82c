"""The page of Lemmas 6.10 and 6.12."""

MOVES = {
    "seed": (1, "frozen.width-exponent"),
    "n_seeds": (3, "frozen.width-exponent"),
    "widths": ([8, 12, 20], "frozen.width-exponent"),
    "samples": (12, "frozen.width-exponent"),
    "sample_sizes": ([5, 10, 25], "frozen.samples-exponent"),
    "fixed_width": (10, "frozen.samples-exponent"),
    "n_draws": (3, "frozen.width-exponent"),
    "real_widths": ([4, 6, 10], "real.width-exponent"),
    "real_samples": (9, "real.width-exponent"),
    "real_draws": (2, "real.width-exponent"),
    "n_signs": (2, "lemma-6-12.real.ratio"),
    "steps": (4, "real.width-exponent"),
    "plane_widths": ([4, 6, 10], "lemma-b-5.width-exponent"),
    "plane_samples": (7, "lemma-b-5.width-exponent"),
    "plane_sample_sizes": ([4, 6, 9], "lemma-b-5.samples-exponent"),
    "instances": (3, "proposition-a-12.d"),
    "tau_v": (0.2, "real.width-exponent"),
    "dimension": (4, "frozen.width-exponent"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
