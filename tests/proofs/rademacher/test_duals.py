import pytest
import torch

from ovp_lib.models.inputs import stream
from ovp_lib.proofs.perturbations import frobenius, norm_2_4
from ovp_lib.proofs.rademacher import duals

G = torch.randn(2, 6, 3, generator=stream(0), dtype=torch.float64)


def test_the_best_in_the_2_4_ball_attains_the_dual_norm_and_no_other_beats_it() -> None:
    best = duals.along_2_4(G, 0.7)
    value = (G * best).sum(dim=(1, 2))
    torch.testing.assert_close(norm_2_4(best), torch.full((2,), 0.7).double())
    torch.testing.assert_close(value, 0.7 * duals.dual_2_4(G))
    for i in range(300):
        other = best + 0.2 * torch.randn(G.shape, generator=stream(1, i), dtype=torch.float64)
        other *= (0.7 / norm_2_4(other))[:, None, None]
        assert bool(((G * other).sum(dim=(1, 2)) < value).all())


def test_the_best_in_the_frobenius_ball() -> None:
    best = duals.along_frobenius(G, 0.7)
    assert frobenius(best).tolist() == pytest.approx([0.7, 0.7])
    torch.testing.assert_close((G * best).sum(dim=(1, 2)), 0.7 * frobenius(G))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_no_direction_is_no_movement(dtype: torch.dtype) -> None:
    zero = torch.zeros(1, 4, 2, dtype=dtype)
    assert duals.along_2_4(zero, 1.0).abs().max() == 0
    assert duals.along_frobenius(zero, 1.0).abs().max() == 0
