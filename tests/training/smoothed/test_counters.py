"""Random numbers by counter: their laws, and that they depend on nothing but their names."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ovp_lib.training.smoothed import counters

MANY = 400_000


def normals(seeds: list[int], *shape: int, purpose: str = "V_rho", step: int = 0, dtype=None):
    out = torch.empty(len(seeds), *shape, dtype=dtype)
    counters.fill_normals(counters.keys(seeds, purpose, step, 1)[0], out)
    return out


def elsewhere(keys: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(keys.view(np.int64))


def slow_pair(key: int, c: int) -> tuple[float, float]:
    """Box and Muller in Python's integers and float64."""
    mask = 2**64 - 1
    z = (key + c * 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    z ^= z >> 31
    u, low = ((z >> 33) + 0.5) / 2**31, z & (2**32 - 1)
    angle = np.pi * (low - 2**32 * (low >= 2**31)) / 2**31
    radius = np.sqrt(-2 * np.log(u))
    return radius * np.cos(angle), radius * np.sin(angle)


@given(seed=st.integers(0, 2**40), step=st.integers(0, 10**6))
def test_pairs_against_box_and_muller_in_python(seed: int, step: int) -> None:
    (key,) = counters.keys([seed], "W_rho", step, 1)[0]
    out = normals([seed], 8, purpose="W_rho", step=step, dtype=torch.float64)[0]
    expected = [slow_pair(int(key), c) for c in range(4)]
    assert out[:4].tolist() == pytest.approx([pair[0] for pair in expected], abs=3e-6)
    assert out[4:].tolist() == pytest.approx([pair[1] for pair in expected], abs=3e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(1,), (7,), (1023,), (1024,), (1025,), (2, 513), (40, 50)])
def test_pytorch_anywhere_draws_the_same(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    keys = counters.keys([0, 5, 2**40], "V_rho", 3, 1)[0]
    here, there = (torch.full((3, *shape), torch.nan, dtype=dtype) for _ in range(2))
    counters.fill_normals(keys, here)
    counters.fill_normals(elsewhere(keys), there)
    torch.testing.assert_close(here, there, rtol=0, atol=3e-6)
    counters.fill_signs(keys, here)
    counters.fill_signs(elsewhere(keys), there)
    assert torch.equal(here, there)
    assert set(here.flatten().tolist()) <= {-1.0, 1.0}


def test_the_law_is_standard_normal_and_both_of_a_pair_are_independent() -> None:
    z = normals([7], MANY)[0].double().numpy()
    assert stats.kstest(z, "norm").pvalue > 1e-3
    for moment, expected, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert (z**moment).mean() == pytest.approx(expected, abs=4 * np.sqrt(variance / MANY))
    first, second = z[: MANY // 2], z[MANY // 2 :]
    for f, g in ((first, second), (first**2 - 1, second**2 - 1), (z[1:], z[:-1])):
        size = np.sqrt((f**2).mean() * (g**2).mean())
        assert (f * g).mean() / size == pytest.approx(0, abs=4 / np.sqrt(len(f)))
    assert np.abs(z).max() > 4


def test_streams_are_uncorrelated_between_seeds_purposes_and_steps() -> None:
    rows = [
        normals([s], 20_000, purpose=p, step=t)[0]
        for s in (0, 1)
        for t in (0, 1)
        for p in counters.PURPOSES
    ]
    correlation = torch.corrcoef(torch.stack(rows)) - torch.eye(len(rows))
    assert correlation.abs().max() < 5 / 20_000**0.5


def test_signs_are_fair() -> None:
    out = torch.empty(1, MANY)
    counters.fill_signs(counters.keys([3], "signs", 9, 1)[0], out)
    assert out.mean().item() == pytest.approx(0, abs=4 / MANY**0.5)
    assert (out[0, 1:] * out[0, :-1]).mean().item() == pytest.approx(0, abs=4 / MANY**0.5)


def test_positions_are_uniform_with_replacement() -> None:
    found = counters.positions(counters.keys([3, 4], "sample", 0, 50), 1000, 7)
    assert found.shape == (50, 2, 1000)
    counts = np.bincount(found.ravel(), minlength=7)
    assert len(counts) == 7
    assert stats.chisquare(counts).pvalue > 1e-3


@given(seeds=st.lists(st.integers(0, 100), min_size=1, max_size=4), step=st.integers(0, 1000))
def test_a_member_notices_neither_others_nor_how_many_steps_are_asked_for(
    seeds: list[int], step: int
) -> None:
    together = counters.keys(seeds, "signs", step, 3)
    for i, seed in enumerate(seeds):
        for j in range(3):
            assert together[j, i] == counters.keys([seed], "signs", step + j, 1)[0, 0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0], "dropout", 0, 1), "purpose must be one of sample, .* got 'dropout'"),
        (([-1], "sample", 0, 1), r"need seeds, first and steps >= 0, got \[-1\], 0, 1"),
        (([0], "sample", -1, 1), "need seeds, first and steps >= 0"),
    ],
)
def test_bad_names_are_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        counters.keys(*arguments)
