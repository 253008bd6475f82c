"""The page on the slides' key observations and Cao and Gu's theorem."""

MOVES = {
    "seed": (1, "regret"),
    "n_seeds": (3, "regret"),
    "depth": (4, "regret"),
    "widths": ([8, 16, 20], "linear.width"),
    "search_widths": ([8, 16, 20], "convex.width"),
    "last_widths": ([8, 16, 20], "last.width"),
    "ball_width": (12, "regret"),
    "n_points": (5, "linear.width"),
    "radius": (0.5, "linear.width"),
    "radii": ([0.25, 0.5, 2.0], "linear.radius"),
    "search_points": (2, "convex.width"),
    "search_steps": (3, "convex.width"),
    "samples": (24, "regret"),
    "n_test": (40, "last.width"),
    "shares": ([0.0, 0.3, 1.0], "risk.order"),
    "ball_radii": ([0.5, 1.0, 4.0, 16.0], "slides-almost-linear-balls"),
    "sgd_radii": ([0.25, 1.0, 4.0], "regret"),
    "kappa": (0.5, "regret"),
    "constant": (0.3, "bound.vacuous"),
    "tolerance": (0.01, "certificate"),
    "step_size": (1.0, "last.width"),
    "batch_size": (4, "last.width"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
