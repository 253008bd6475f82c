import math

import torch

from ovp_lib.proofs.descent.moments import relu_moments


def test_moments_are_integrals() -> None:
    """Against a fine sum over the normal density."""
    g = torch.linspace(-9, 9, 200_001, dtype=torch.float64)
    weights = torch.exp(-g.square() / 2) / math.sqrt(2 * math.pi) * (g[1] - g[0])
    mu, tau = torch.tensor([-1.3, 0.0, 0.4]).double(), torch.tensor([0.5, 2.0, 0.01]).double()
    u = mu.unsqueeze(1) + tau.sqrt().unsqueeze(1) * g
    found = relu_moments(mu, tau)
    torch.testing.assert_close(found.mean, u.relu() @ weights, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(found.square, u.relu().square() @ weights, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(found.gate, (u > 0).double() @ weights, rtol=1e-3, atol=1e-4)


def test_the_density_is_the_slope_of_the_gate() -> None:
    mu, tau = torch.tensor([-0.2, 0.7]).double(), torch.tensor(0.3).double()
    up, down = (relu_moments(mu + by, tau).gate for by in (1e-5, -1e-5))
    torch.testing.assert_close(relu_moments(mu, tau).density, (up - down) / 2e-5)


def test_without_noise_it_is_the_relu() -> None:
    found = relu_moments(torch.tensor([-1.0, 2.0]).double(), torch.zeros(1).double())
    assert found.mean.tolist() == [0.0, 2.0]
    assert found.square.tolist() == [0.0, 4.0]
    assert found.gate.tolist() == [0.0, 1.0]
    assert found.density.tolist() == [0.0, 0.0]
