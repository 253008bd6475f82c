"""The step sizes and decays of Figures 1 and 2 of Going Beyond Two Layers.

They are those of {1, 2, 5} x 10^-k around the optimum, which a coarser search with another seed had
found at m = 100 to 10,000. There are fewer of them where a run takes long, and one more where the
best one of a first pass was the smallest or the largest.
"""

from ovp_lib.experiments.network_task import Convention, Network, Target, Trained
from ovp_lib.training.protocol import one_two_five

Grid = tuple[tuple[float, ...], tuple[float, ...]]
"""Step sizes and decays."""


def grid_of(network: Network, trained: Trained, width: int, samples: int = 1000) -> Grid:
    """Return the step sizes and decays that are tried.

    Args:
        network: two or three layers.
        trained: its hidden weights, the last layer alone, or the linear model of its tangents.
        width: m.
        samples: N.
    """
    if trained == "last":
        return (0.5, 1.0, 2.0, 5.0, 10.0), (0.0, 1e-5, 1e-4)
    if trained == "ntk":
        return one_two_five(1.9 / width, 21 / width), (0.0, 1e-5, 1e-4, 1e-3)
    return _two_layer(width) if network == "two-layer" else _three_layer(width, samples)


def _two_layer(width: int) -> Grid:
    if width <= 500:
        return one_two_five(5e-3, 1e-1), (0.0, 1e-5, 1e-4)
    if width <= 10_000:
        return one_two_five(4 / width, 60 / width), (0.0, 1e-5, 1e-4)
    if width <= 200_000:
        return one_two_five(9 / width, 50 / width), (1e-5,)
    return one_two_five(9 / width, 2e7 / width**2), (1e-5,)


def _three_layer(width: int, samples: int) -> Grid:
    if width <= 200:
        return one_two_five(2e-3, 5e-2), (0.0, 1e-5, 1e-4, 1e-3)
    if width <= 1000:
        return one_two_five(2e-3, 1e-2), (1e-5, 1e-4)
    if width <= 2000 and samples <= 1000:
        return one_two_five(2e-3, 1e-2), (1e-5,)
    return (5e-3,), (1e-5,)


Point = tuple[str, Convention, int, int]
"""A curve, what the network sees of the input, its width and its number of samples."""

EXTRA_STEP_SIZES: dict[Target, dict[Point, tuple[float, ...]]] = {
    "sine": {
        ("3layer", "padded", 1000, 1000): (2e-2,),
        ("2layer", "padded", 2000, 200): (5e-2,),
        ("2layer", "padded", 2000, 10_000): (1e-3,),
        ("2layer", "plain", 500, 1000): (2e-3,),
        ("2layer", "plain", 1000, 1000): (2e-3,),
        ("3layer(NTK)", "padded", 1000, 1000): (1e-3,),
        ("3layer(NTK)", "plain", 500, 1000): (2e-3,),
        ("2layer(NTK)", "padded", 500, 1000): (2e-3,),
        ("2layer(NTK)", "padded", 1000, 1000): (1e-3,),
        ("2layer(NTK)", "padded", 2000, 2000): (5e-4,),
        ("2layer(NTK)", "padded", 5000, 1000): (5e-3,),
        ("2layer(NTK)", "padded", 50_000, 1000): (5e-4,),
        ("2layer(NTK)", "plain", 100, 1000): (1e-2,),
        ("2layer(NTK)", "plain", 500, 1000): (2e-3,),
        ("2layer(NTK)", "plain", 1000, 1000): (1e-3,),
    },
    "tanh": {
        ("3layer", "padded", 2000, 200): (1e-3,),
        ("3layer", "padded", 2000, 500): (1e-3,),
        ("3layer", "padded", 2000, 1000): (2e-3,),
        ("2layer", "padded", 100, 1000): (2e-1,),
        ("2layer", "padded", 200, 1000): (2e-1,),
        ("2layer", "plain", 500, 1000): (2e-3,),
        ("2layer", "plain", 1000, 1000): (2e-3,),
        ("3layer(NTK)", "padded", 500, 1000): (2e-3,),
        ("3layer(NTK)", "padded", 1000, 1000): (1e-3,),
        ("3layer(NTK)", "padded", 2000, 200): (5e-4,),
        ("3layer(NTK)", "padded", 2000, 500): (5e-4,),
        ("3layer(NTK)", "plain", 500, 1000): (2e-3,),
        ("3layer(NTK)", "plain", 1000, 1000): (1e-3,),
        ("2layer(NTK)", "padded", 500, 1000): (2e-3,),
        ("2layer(NTK)", "padded", 1000, 1000): (1e-3,),
        ("2layer(NTK)", "padded", 2000, 200): (5e-4,),
        ("2layer(NTK)", "padded", 2000, 500): (5e-4,),
        ("2layer(NTK)", "padded", 2000, 1000): (5e-4,),
        ("2layer(NTK)", "padded", 2000, 2000): (5e-4,),
        ("2layer(NTK)", "plain", 500, 1000): (2e-3,),
        ("2layer(NTK)", "plain", 1000, 1000): (1e-3,),
    },
}
"""Step sizes by which the grid was extended after a first pass: the next one at each point where
the best one was the smallest or the largest that had been tried."""


PRESCREENED: dict[tuple[Target, Point], tuple[float, ...]] = {
    ("tanh", ("3layer", "padded", 2000, 1000)): (5e-3,),
}
"""Step sizes to which the grid was narrowed for all seeds but the first, as runs take long: those
that were the best for every seed at m = 500 and 1000, and for the first one here. The next smaller
one was added when the errors of the other two seeds were higher than at m = 1000."""
