"""The page on the ResNet's separation from kernels."""

MOVES = {
    "seed": (1, "resnet-separation-samples"),
    "n_seeds": (3, "resnet-separation-samples"),
    "sample_sizes": ([50, 150], "resnet-separation-samples"),
    "width": (7, "resnet-separation-hierarchy"),
    "dimension": (28, "resnet-separation-samples"),
    "alpha": (0.5, "resnet-separation-hierarchy"),
    "epochs": (6, "resnet-separation-hierarchy"),
    "step_sizes": ([0.02, 0.1], "resnet-separation-sensitivity"),
    "decays": ([1e-3, 1e-1], "resnet-separation-sensitivity"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
