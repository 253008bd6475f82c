"""Targets along coordinate axes."""

import pytest
import torch

from ovp_lib.experiments.axis_targets import axis_target
from ovp_lib.maths.smooth import parse
from ovp_lib.models.inputs import padded_sphere, stream


def test_it_is_the_function_of_its_formula() -> None:
    target = axis_target(parse("z^2"), parse("sin(3z)"), parse("cos(2z)"), d=5, p2=2, n_seeds=3)
    x = padded_sphere(5)(40, stream(1)).expand(3, -1, -1)
    inside = ((3 * x[..., :2]).sin().sum(dim=2) / 2**0.5) ** 2
    expected = inside * (2 * x[..., 2:4]).cos().sum(dim=2) / 2**0.5
    assert target.scale is not None
    torch.testing.assert_close(target(x)[..., 0], expected * target.scale)


def test_without_a_second_factor_it_is_a_standard_network() -> None:
    target = axis_target(parse("sin(2z)"), parse("z^3"), d=3, p2=2)
    x = padded_sphere(3)(40, stream(1))[None]
    assert target.scale is not None
    expected = (2 * (x[..., :2] ** 3).sum(dim=2) / 2**0.5).sin() * target.scale
    torch.testing.assert_close(target(x)[..., 0], expected)


def test_too_few_axes_are_refused() -> None:
    with pytest.raises(ValueError, match="needs 4 axes"):
        axis_target(parse("z"), parse("z"), parse("z"), d=4, p2=2)
