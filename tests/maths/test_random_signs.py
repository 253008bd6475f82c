import itertools
import math

import numpy as np
import pytest
import torch
from scipy.stats import norm

from ovp_lib.maths.random_signs import REACH, distance_to_gaussian, law
from ovp_lib.models.inputs import rademacher, stream


def gaussian_weights(n: int, key: int = 0) -> torch.Tensor:
    return torch.randn(n, generator=stream(key, n), dtype=torch.float64)


def test_law_of_few_atoms_beside_a_gaussian() -> None:
    """With a tiny rest of many weights X is a Gaussian mixture over the large ones' 2^3 atoms."""
    large, n = torch.tensor([0.5, 0.31, 0.22], dtype=torch.float64), 2000
    small = torch.linspace(0.9, 1.1, n, dtype=torch.float64)
    small = small / small.norm()
    a = torch.cat([large, small])
    scale = a.norm().item()
    x = torch.linspace(0, 4, 17, dtype=torch.float64)
    tail, density = law(a, x)
    atoms = [
        sum(s * w for s, w in zip(signs, large.tolist(), strict=True))
        for signs in itertools.product((-1, 1), repeat=3)
    ]
    points = scale * x.numpy()
    expected = np.mean([norm.sf(points - atom) for atom in atoms], axis=0)
    np.testing.assert_allclose(tail.numpy(), expected, atol=3e-4)
    expected = scale * np.mean([norm.pdf(points - atom) for atom in atoms], axis=0)
    np.testing.assert_allclose(density.numpy(), expected, atol=1e-3)


def test_law_by_sampling() -> None:
    a = gaussian_weights(64)
    n = 200_000
    sums = rademacher((n, 64), stream(1)) @ a / a.norm()
    x = torch.tensor([0.0, 0.5, 1.0, 2.0, 3.0], dtype=torch.float64)
    tail, _ = law(a, x)
    seen = (sums[:, None] > x).double().mean(dim=0)
    assert ((seen - tail).abs() < 4.5 * (tail * (1 - tail) / n).sqrt()).all()


def test_density_is_the_slope_of_the_tail_and_integrates_to_one() -> None:
    a = gaussian_weights(100)
    x = torch.linspace(-REACH, REACH, 2401, dtype=torch.float64)
    tail, density = law(a, x)
    assert torch.trapezoid(density, x).item() == pytest.approx(1, abs=1e-7)
    assert torch.trapezoid(density * x**2, x).item() == pytest.approx(1, abs=1e-6)
    slope = -(tail[2:] - tail[:-2]) / (x[2:] - x[:-2])
    torch.testing.assert_close(slope, density[1:-1], atol=1e-5, rtol=0)
    torch.testing.assert_close(tail + tail.flip(0), torch.ones_like(tail), atol=1e-12, rtol=0)


def test_kurtosis_is_that_of_the_weights() -> None:
    """E X^4 = 3 - 2 sum a_i^4 for unit weights."""
    a = gaussian_weights(50)
    a = a / a.norm()
    x = torch.linspace(-REACH, REACH, 2401, dtype=torch.float64)
    fourth = torch.trapezoid(law(a, x)[1] * x**4, x).item()
    assert fourth == pytest.approx(3 - 2 * (a**4).sum().item(), abs=1e-4)


def test_distance_to_another_variance_is_the_difference_of_deviations() -> None:
    """Between Gaussians W2 = |sd - sd'|; a sum of many small weights nearly is one."""
    a = torch.linspace(1.0, 1.2, 20_000, dtype=torch.float64)
    a = a / a.norm()
    std = torch.tensor([0.5, 0.9, 1.3], dtype=torch.float64)
    torch.testing.assert_close(distance_to_gaussian(a, std), (std - 1).abs(), atol=1e-4, rtol=0)


def test_distance_by_sorting_samples() -> None:
    a = gaussian_weights(40, key=3)
    n = 400_000
    sums = (rademacher((n, 40), stream(2)) @ a).sort().values
    quantiles = torch.as_tensor(norm.ppf((np.arange(n) + 0.5) / n))
    std = 1.2 * a.norm()
    sampled = (sums - std * quantiles).square().mean().sqrt().item()
    exact = distance_to_gaussian(a, std[None])[0].item()
    assert exact == pytest.approx(sampled, rel=0.02)


def test_units_and_order_of_the_weights_do_not_matter() -> None:
    a, std = gaussian_weights(80), torch.tensor([3.0, 11.0], dtype=torch.float64)
    distance = distance_to_gaussian(a, std)
    torch.testing.assert_close(distance_to_gaussian(7 * a.flip(0), 7 * std), 7 * distance)
    torch.testing.assert_close(distance_to_gaussian(-a, std), distance)


def test_shape_is_gaussian_to_order_one_over_n() -> None:
    """Edgeworth: W2 to the Gaussian of the same variance falls like 1/n, exponent -1."""
    sizes = [64, 256, 1024]
    means = []
    for n in sizes:
        weights = torch.randn(12, n, generator=stream(8, n), dtype=torch.float64) / math.sqrt(n)
        far = [distance_to_gaussian(a, a.norm()[None])[0].item() for a in weights]
        means.append(np.mean(far))
    slope = np.polyfit(np.log(sizes), np.log(means), 1)[0]
    assert slope == pytest.approx(-1, abs=0.06)


def test_refuses_what_it_cannot_invert() -> None:
    x = torch.zeros(1, dtype=torch.float64)
    with pytest.raises(ValueError, match="at least 32 weights, got 31"):
        law(gaussian_weights(31), x)
    heavy = gaussian_weights(64)
    heavy[0] = 100.0
    with pytest.raises(ValueError, match="more than half"):
        law(heavy, x)
    with pytest.raises(ValueError, match="more than half"):
        law(torch.zeros(64, dtype=torch.float64), x)
    with pytest.raises(ValueError, match="lattice"):
        law(torch.ones(64, dtype=torch.float64), x)
    with pytest.raises(ValueError, match="std must be positive"):
        distance_to_gaussian(gaussian_weights(64), x)
