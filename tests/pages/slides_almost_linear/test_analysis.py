"""Data and measurements of the page, against what they are defined as."""

import numpy as np
import pytest
import torch

from ovp_lib.models.deep import deep
from ovp_lib.pages.slides_almost_linear import analysis
from ovp_lib.proofs import linearisation as near

CPU = torch.device("cpu")


def problem(shares: tuple[float, ...] = (0.0, 0.5, 1.0)) -> analysis.SignedDigits:
    return analysis.draw(3, 2, (40, 60), shares, CPU)


def test_signs_are_parities_and_noise_is_nested_and_as_frequent_as_asked() -> None:
    found = problem()
    assert found.x.shape == (2, 40, 64)
    torch.testing.assert_close(found.x.norm(dim=2), torch.ones(2, 40).double())
    assert bool((found.y.abs() == 1).all())
    half, whole = (found.y[k] != found.y[0] for k in (1, 2))
    assert bool((whole[half]).all())  # what is wrong at one share is so at a larger one
    assert 0.1 < float(half.double().mean()) < 0.4
    assert 0.3 < float(whole.double().mean()) < 0.7


def test_training_and_test_digits_are_disjoint_and_fewer_are_the_first_of_more() -> None:
    found, fewer = problem(), analysis.draw(3, 2, (10, 60), (0.0, 1.0), CPU)
    distance = torch.cdist(found.x[0], found.test_x[0])
    assert float(distance.min()) > 1e-6
    torch.testing.assert_close(fewer.x, found.x[:, :10])


def test_the_gradient_of_the_loss_goes_down() -> None:
    found = problem()
    net = found.networks(16, 2)
    step = analysis.loss_gradient(net, found.x, found.y[0])
    moved = near.moved_by(net, tuple(-1e-4 * dW for dW in step))
    before, after = (
        near.logistic(found.y[0] * deep(each, found.x).squeeze(2)).mean(dim=1)
        for each in (net, moved)
    )
    squares = sum(dW.square().sum(dim=(1, 2)) for dW in step)
    torch.testing.assert_close(before - after, 1e-4 * squares, rtol=2e-2, atol=0.0)


def test_the_error_is_of_the_movement_that_was_asked_for() -> None:
    found = problem()
    net = found.networks(16, 2)
    way = analysis.directions(found, net, 20)["random"]
    error, linear = near.linearisation_error(net, tuple(0.5 / 4 * dW for dW in way), found.x)
    measured = analysis.near_linear(net, way, 0.5, found.x)
    size, scale = (each.square().mean(dim=1).numpy() ** 0.5 for each in (error, linear))
    np.testing.assert_allclose(measured.size, size)
    np.testing.assert_allclose(measured.relative, size / scale)


def test_the_largest_gradient_is_that_of_each_point_and_layer() -> None:
    found = problem()
    net = found.networks(16, 2)
    norms = [
        near.layer_norms(
            analysis.loss_gradient(net, found.x[:, i : i + 1], found.y[0, :, i : i + 1])
        )
        for i in range(40)
    ]
    expected = torch.stack(norms).amax(dim=(0, 2)).numpy() / 4
    np.testing.assert_allclose(analysis.lipschitz(net, found.x, found.y[0]), expected)


def test_the_worst_defect_is_larger_than_that_against_the_gradient() -> None:
    found = problem()
    measured = analysis.near_convex(found, found.networks(32, 2), 1.0, points=2, steps=6)
    assert (measured.worst > measured.gradient).all()
    assert (measured.worst > 0).all()


def test_more_digits_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError, match="digits has 1797 points"):
        analysis.draw(0, 2, (1700, 200), (0.0, 1.0), CPU)
