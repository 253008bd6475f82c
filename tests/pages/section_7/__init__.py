"""What the pages of Figures 1 and 2 have in common."""

from typing import Any


def moves(other_target: str) -> dict[str, tuple[Any, str]]:
    """Return for every parameter another value than the tiny one, and the claim that it moves."""
    values = {
        "seed": 1,
        "n_seeds": 3,
        "target": other_target,
        "convention": "plain",
        "widths": [9],
        "samples": 150,
        "epochs": 6,
        "step_sizes": [0.02],
        "decays": [0.1],
    }
    return {name: (value, "live.order") for name, value in values.items()}
