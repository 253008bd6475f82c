"""The page on the convolutional remark of Section 5."""

MOVES = {
    "seed": (1, "fully.ratio"),
    "n_seeds": (3, "fully.ratio"),
    "widths": ([12, 20, 24], "samples.exponent"),
    "steps": (48, "remark-convolution-samples"),
    "batch_size": (5, "remark-convolution-samples"),
    "factor": (1.4, "own-size.risk"),
    "samples": (30, "fully.ratio"),
    "epochs": (6, "fully.ratio"),
    "target_channels": (3, "fully.ratio"),
    "phis": (["sin(2z)", "poly(-1,0,2)"], "fully.ratio"),
    "rows": (8, "fully.ratio"),
    "input_channels": (3, "fully.ratio"),
    "patch": (4, "fully.ratio"),
    "stride": (1, "fully.ratio"),
    "step_size": (0.1, "own-size.risk"),
    "dense_widths": ([2, 16], "fully.ratio"),
    "step_sizes": ([0.01, 0.02], "fully.ratio"),
    "decays": ([0.5, 1.0], "fully.ratio"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
