"""The page of Lemma 6.2."""

MOVES = {
    "seed": (1, "lemma-6-2.square.exponent"),
    "n_seeds": (3, "lemma-6-2.square.exponent"),
    "widths": ([50, 100, 300], "lemma-6-2.square.exponent"),
    "networks": (2, "lemma-6-2.square.exponent"),
    "chunk_widths": ([4000, 4400, 5200], "claim-c-3.rest.exponent"),
    "chunk_draws": (24, "claim-c-3.slope"),
    "ball_widths": ([16, 24, 40], "lemma-6-2.ball.error"),
    "counts": ([1, 2, 4], "remark-c-6-7.terms.exponent"),
    "inner": ("sin(z)", "lemma-6-2.square.exponent"),
    "ridge": (1e-2, "lemma-6-2.ball.error"),
    "clip": (3.0, "lemma-6-2.square.exponent"),
    "dimension": (5, "lemma-6-2.square.exponent"),
    "n_points": (12, "lemma-6-2.square.exponent"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
