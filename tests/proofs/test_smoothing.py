import numpy as np
import pytest
import torch

from ovp_lib.models import pseudo
from ovp_lib.models.inputs import rademacher, stream
from ovp_lib.models.three_layer import gates, three_layer
from ovp_lib.proofs import smoothing
from ovp_lib.proofs.cross_term import signed
from tests.proofs.three_layer_nets import network, noise, points

NET, X = network(m1=6, m2=5, k=2), points(n=1)
DW, DV = noise(NET.W, 1.0, 11), noise(NET.V, 1.0, 12)
SIGMAS = {"sigma_w": 0.2, "sigma_v": 0.3}


def literal(eta: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The definition of Lemma 6.9 with noise matrices: |P - P'| and flips, each ``(n, e)``."""
    gaps, flips, generator = [], [], stream(77)
    for _ in range(n):
        noise_w, noise_v = (
            torch.randn(w.shape, generator=generator, dtype=w.dtype) for w in (NET.W, NET.V)
        )
        smoothed = NET.moved(0.2 * noise_w, 0.3 * noise_v)
        after = signed(smoothed, DW, DV, rademacher((2, 6), generator), eta)
        before = gates(smoothed, X)
        gap = three_layer(after, X) - pseudo.pseudo_three_layer(after, X, before)
        gaps.append(gap.abs().amax(dim=(1, 2)))
        pairs = zip(before, gates(after, X), strict=True)
        flips.append(sum((old != new).sum(dim=(1, 2)) for old, new in pairs))
    return torch.stack(gaps).numpy(), torch.stack(flips).double().numpy()


@pytest.mark.parametrize("eta", [0.1, 1.0])
def test_means_agree_with_noise_matrices_within_standard_errors(eta: float) -> None:
    n, many = 4000, 40_000
    gaps, flips = literal(eta, n)
    generators = [stream(5, i) for i in range(2)]
    (gap,) = smoothing.smoothed_gap(NET, X, DW, DV, [eta], n=many, generators=generators, **SIGMAS)
    for measured, drawn in ((gap.mean, gaps), (gap.flips, flips)):
        error = drawn.std(axis=0) * (1 / n + 1 / many) ** 0.5
        assert (np.abs(measured.numpy() - drawn.mean(axis=0)) < 4.5 * error).all()


def test_the_noise_of_three_vectors_has_the_covariance_of_one_matrix() -> None:
    """E (G u)_j (G v)_j = <u, v>; and a vector that is zero gets no noise."""
    u, v = noise(torch.zeros(1, 1, 6, dtype=torch.float64), 1.0), torch.ones(1, 1, 6).double()
    w = u - 2 * v + 0.1 * torch.arange(6.0).double()
    normal = tuple(noise(torch.zeros(1, 1, 200_000).double(), 1.0, key) for key in (1, 2, 3))
    out = smoothing._shared_noise(u, v, w, normal)
    for a, Ga in zip((u, v, w), out, strict=True):
        for b, Gb in zip((u, v, w), out, strict=True):
            tolerance = 4.5 * (2 / 200_000) ** 0.5 * float(a.norm() * b.norm())
            assert float((Ga * Gb).mean()) == pytest.approx(float((a * b).sum()), abs=tolerance)
    zero = smoothing._shared_noise(u, 0 * v, 0 * w, normal)
    assert zero[1].abs().max() == zero[2].abs().max() == 0


def test_the_gap_is_quadratic_in_small_steps() -> None:
    etas = np.geomspace(0.01, 0.1, 4)
    generators = [stream(6, i) for i in range(2)]
    gaps = smoothing.smoothed_gap(
        NET, X, DW, DV, etas.tolist(), n=40_000, generators=generators, **SIGMAS
    )
    means = torch.stack([gap.mean for gap in gaps]).mean(dim=1).numpy()
    flips = torch.stack([gap.flips for gap in gaps]).mean(dim=1).numpy()
    assert np.polyfit(np.log(etas), np.log(means), 1)[0] == pytest.approx(2.0, abs=0.15)
    assert np.polyfit(np.log(etas), np.log(flips), 1)[0] == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(
    "change",
    [{"sigma_w": 0.0}, {"sigma_v": -1.0}, {"n": 0}, {"etas": [0.1, 0.0]}],
    ids=str,
)
def test_numbers_out_of_range_are_refused(change: dict) -> None:
    settings = {"etas": [0.1], "n": 10, "generators": [stream(1), stream(2)], **SIGMAS} | change
    with pytest.raises(ValueError, match="must be positive and n at least 1, got"):
        smoothing.smoothed_gap(NET, X, DW, DV, **settings)


def test_the_coefficient_has_the_powers_of_the_lemma() -> None:
    """m1 tau_w^2/sigma_w + m2 tau_w^2/sigma_v + m2 tau_v^2/(m1 sigma_v), term by term."""

    def coefficient(**change: float) -> float:
        scales = {"tau_w": 1.0, "tau_v": 1.0, "sigma_w": 1.0, "sigma_v": 1.0} | change
        return smoothing.gap_coefficient(4, 12, **scales)

    assert coefficient() == 4 + 12 + 3
    assert coefficient(tau_w=2.0) == 4 * (4 + 12) + 3
    assert coefficient(tau_v=2.0) == 4 + 12 + 4 * 3
    assert coefficient(sigma_w=0.5) == 2 * 4 + 12 + 3
    assert coefficient(sigma_v=0.5) == 4 + 2 * (12 + 3)
