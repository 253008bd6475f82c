"""What even functions plus linear ones cannot represent: known values, and least squares."""

import numpy as np
import pytest
import torch

from ovp_lib.models.even_plus_linear import least_error
from ovp_lib.models.inputs import sphere, stream
from ovp_lib.models.section_7 import TARGETS


def test_a_cube_s_remainder_is_that_of_the_moments_of_the_sphere() -> None:
    """On the unit sphere of R^4, E u_1^2, u_1^4 and u_1^6 are 1/4, 1/8 and 5/64."""
    values = [least_error(lambda u: u[:, :1] ** 3, 4, 20_000, stream(3, i)) for i in range(20)]
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    assert np.mean(values) == pytest.approx(5 / 64 - 4 / 8**2, abs=4 * error)


def test_even_functions_and_linear_ones_are_represented() -> None:
    def given(u: torch.Tensor) -> torch.Tensor:
        return u[:, :1].abs() + (u[:, :1] * u[:, 1:2]) - 2 * u[:, 2:3] + 7

    def more(u: torch.Tensor) -> torch.Tensor:
        return TARGETS["sine"](u) + given(u)

    assert least_error(given, 4, 1000, stream(4)) == pytest.approx(0.0, abs=1e-20)
    alone = least_error(TARGETS["sine"], 4, 1000, stream(4))
    assert least_error(more, 4, 1000, stream(4)) == pytest.approx(alone)


def test_no_network_without_biases_errs_less() -> None:
    """Output weights of wide networks, fitted to the very points on which they are judged."""
    u = sphere(4)(300, stream(5))
    both, target = torch.cat([u, -u]), TARGETS["tanh"]
    neurons = (both @ torch.randn(4, 2000, generator=stream(6), dtype=u.dtype)).relu()
    fit = torch.linalg.lstsq(neurons, target(both), driver="gelsd").solution
    error = float((neurons @ fit - target(both)).square().mean())
    assert error == pytest.approx(least_error(target, 4, 300, stream(5)), rel=1e-6)
