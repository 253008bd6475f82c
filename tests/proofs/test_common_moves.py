from itertools import combinations

import pytest
import torch

from ovp_lib.models.inputs import stream
from ovp_lib.proofs.common_moves import worst_flips


def draws(m: int) -> tuple[torch.Tensor, torch.Tensor]:
    z, gain = torch.randn(2, m, generator=stream(3), dtype=torch.float64)
    return z, gain


def fall(z: torch.Tensor, gain: torch.Tensor, t: torch.Tensor, length: float) -> float:
    before, after = z >= 0, z - length**2 * t >= 0
    return float((gain * before).sum() - (gain * after).sum())


@pytest.mark.parametrize("power", [2, 4])
@pytest.mark.parametrize("length", [1.0, 0.7])
def test_the_budget_is_kept_and_every_flip_does_harm(power: int, length: float) -> None:
    z, gain = draws(200)
    for radius in (0.1, 1.0, 4.0):
        t = worst_flips(z, gain, length=length, power=power, radius=radius)
        assert float(((t * length).abs() ** power).sum()) <= radius**power
        flipped = (z >= 0) != (z - length**2 * t >= 0)
        assert bool((flipped == (t != 0)).all())
        harm = torch.where(z >= 0, gain, -gain)
        assert bool((harm[flipped] > 0).all())
        assert fall(z, gain, t, length) == pytest.approx(float(gain[flipped].abs().sum()))


def test_it_is_nearly_the_best_set_of_flips() -> None:
    """Against all subsets of 10 neurons: short by less than the largest gain."""
    z, gain = draws(10)
    radius, overshoot = 1.0, 1.5
    t = worst_flips(z, gain, length=1.0, power=2, radius=radius, overshoot=overshoot)
    harm = torch.where(z >= 0, gain, -gain).tolist()
    cost = (overshoot * z).square().tolist()
    sets = [s for size in range(11) for s in combinations(range(10), size)]
    payable = [s for s in sets if sum(cost[i] for i in s) <= radius**2]
    best = max(sum(harm[i] for i in s) for s in payable)
    assert best - max(abs(g) for g in harm) < fall(z, gain, t, 1.0) <= best + 1e-12


def test_an_unlimited_adversary_takes_all_that_there_is() -> None:
    z, gain = draws(50)
    t = worst_flips(z, gain, length=1.0, power=2, radius=1e6)
    expected = float((gain * (z >= 0)).sum() - gain.clamp(max=0).sum())
    assert fall(z, gain, t, 1.0) == pytest.approx(expected)


@pytest.mark.parametrize(
    "bad", [{"length": 0.0}, {"radius": 0.0}, {"power": 0}, {"overshoot": 0.5}]
)
def test_bad_input_is_refused(bad: dict[str, float]) -> None:
    z, gain = draws(3)
    with pytest.raises(ValueError, match="must be positive and overshoot at least 1"):
        worst_flips(z, gain, **({"length": 1.0, "power": 2, "radius": 1.0} | bad))
