"""Errors to compare with: those of a constant, and of two-layer networks without biases."""

from collections.abc import Mapping

import pandas as pd

from ovp_lib.evidence import statistics
from ovp_lib.evidence.claims import Estimate
from ovp_lib.experiments.network_task import Target
from ovp_lib.models import even_plus_linear, inputs, section_7

POINTS, DRAWS = 100_000, 5
"""Inputs behind each number, and independent draws of them."""


def baselines(target: Target, seed: int) -> dict[str, Estimate]:
    """Return the least errors of two classes of functions.

    Args:
        target: what is to be fitted.
        seed: root of the draws.

    Returns:
        The error of the best constant, and of the best even function plus a linear one, see
        :mod:`~ovp_lib.models.even_plus_linear`; mean squared errors.
    """
    labels, d = section_7.TARGETS[target], section_7.DIMENSION
    draws = [inputs.stream(seed, i, 1) for i in range(DRAWS)]
    constant = [labels(inputs.sphere(d)(POINTS, draw)).var().item() for draw in draws]
    even = [even_plus_linear.least_error(labels, d, POINTS, draw) for draw in draws]
    return {
        "constant": statistics.mean_interval(constant),
        "least, even plus linear": statistics.mean_interval(even),
    }


def table(errors: Mapping[str, Estimate]) -> pd.DataFrame:
    """Return errors with their intervals as words, one row an error.

    Args:
        errors: by what has them.
    """
    words = {
        name: f"{error.value:#.3g} [{error.low:#.3g}, {error.high:#.3g}]"
        for name, error in errors.items()
    }
    return pd.Series(words, name="error").to_frame()
