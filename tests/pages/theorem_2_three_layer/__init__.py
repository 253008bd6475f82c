"""The page of Theorem 2."""

MOVES = {
    "seed": (1, "agnostic.large"),
    "n_seeds": (3, "agnostic.large"),
    "widths": ([10, 20], "theorem-2-width"),
    "sample_sizes": ([12, 20, 40], "theorem-2-width"),
    "level": (0.9, "theorem-2-width"),
    "noise": (0.4, "theorem-2-width"),
    "rounds": (5, "agnostic.large"),
    "step_size": (2.0, "theorem-2-width"),
    "noises": ([0.5, 1.0], "agnostic.large"),
    "agnostic_samples": (60, "agnostic.large"),
    "epochs": (6, "bigger.two-layers"),
    "bigger_samples": (80, "bigger.two-layers"),
    "bigger_seeds": (3, "bigger.two-layers"),
    "bigger_widths": ([12, 30], "bigger.two-layers"),
    "inner": ("sin(2z)", "bigger.two-layers"),
    "frequencies": ([1.0, 4.0], "complexity.sines"),
    "waves": ([1.0, 4.0], "waves.two-layers"),
    "wave_samples": (80, "waves.slow"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
