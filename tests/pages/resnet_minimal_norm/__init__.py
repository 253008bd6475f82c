"""The page on the norm figure of the ResNet paper."""

MOVES = {
    "seed": (1, "resnet-minimal-norm-plane"),
    "n_seeds": (3, "resnet-minimal-norm-plane"),
    "dimension": (17, "resnet-minimal-norm-plane"),
    "subset_size": (4, "resnet-minimal-norm-by-hand"),
    "samples": (60, "resnet-minimal-norm-plane"),
    "widths": ([8, 10], "resnet-minimal-norm-plane"),
    "epochs": (10, "resnet-minimal-norm-plane"),
    "batch_size": (25, "resnet-minimal-norm-plane"),
    "step_sizes": ([0.2], "resnet-minimal-norm-plane"),
    "decays": ([1e-2], "resnet-minimal-norm-plane"),
    "init": ("unit", "resnet-minimal-norm-by-hand"),
    "hand_steps": (60, "resnet-minimal-norm-by-hand"),
    "n_starts": (3, "bound.neuron"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
