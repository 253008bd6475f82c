import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from ovp_lib.training.order import GOLDEN, MIX_1, MIX_2, orders, shuffled


def mixed_by_numpy(z: np.ndarray) -> np.ndarray:
    z = (z ^ (z >> np.uint64(30))) * MIX_1
    z = (z ^ (z >> np.uint64(27))) * MIX_2
    return z ^ (z >> np.uint64(31))


def shuffled_by_numpy(keys: np.ndarray, n: int) -> np.ndarray:
    """The same swaps, a position at a time for all keys, without a compiler."""
    states = mixed_by_numpy(keys)
    out = np.tile(np.arange(n, dtype=np.int32), (len(keys), 1))
    rows = np.arange(len(keys))
    for i in range(n - 1, 0, -1):
        u = mixed_by_numpy(states + np.uint64(i * int(GOLDEN) % 2**64)) >> np.uint64(32)
        j = ((u * np.uint64(i + 1)) >> np.uint64(32)).astype(np.int64)
        out[rows, i], out[rows, j] = out[rows, j], out[rows, i]
    return out


@given(seed=st.integers(0, 2**40), first=st.integers(0, 900), n=st.integers(1, 40))
def test_every_epoch_is_a_permutation(seed: int, first: int, n: int) -> None:
    drawn = orders([seed], first, first + 3, n)
    assert drawn.dtype == np.int32
    assert (np.sort(drawn, axis=2) == np.arange(n)).all()


@given(
    seeds=st.lists(st.integers(0, 5), min_size=1, max_size=4),
    first=st.integers(0, 5),
    middle=st.integers(1, 4),
    n=st.integers(1, 30),
)
def test_an_order_is_a_function_of_seed_and_epoch(
    seeds: list[int], first: int, middle: int, n: int
) -> None:
    last = first + middle + 2
    whole = orders(seeds, first, last, n)
    split = [orders(seeds, first, first + middle, n), orders(seeds, first + middle, last, n)]
    assert (whole == np.concatenate(split, axis=1)).all()
    for seed, own in zip(seeds, whole, strict=True):
        assert (own == orders([seed], first, last, n)[0]).all()


def test_seeds_and_epochs_differ() -> None:
    drawn = orders(range(20), 0, 20, 50).reshape(400, 50)
    assert len({tuple(row) for row in drawn.tolist()}) == 400


@given(keys=st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=5), n=st.integers(1, 60))
def test_the_compiled_shuffle_is_the_reference(keys: list[int], n: int) -> None:
    array = np.array(keys, dtype=np.uint64)
    assert (shuffled(array, n) == shuffled_by_numpy(array, n)).all()


def test_orders_stay_what_they_were() -> None:
    """Every stored number was computed with these."""
    drawn = orders([3, 1, 3], 4, 6, 7)
    assert drawn[:2].tolist() == [
        [[6, 4, 0, 2, 3, 1, 5], [0, 2, 1, 6, 4, 3, 5]],
        [[4, 2, 6, 5, 1, 3, 0], [2, 4, 5, 3, 0, 6, 1]],
    ]
    assert (drawn[2] == drawn[0]).all()


@pytest.mark.parametrize("n", [5, 50])
def test_every_sample_is_as_likely_in_every_position(n: int) -> None:
    epochs = 20_000
    drawn = orders([7], 0, epochs, n)[0]
    counts = np.stack([np.bincount(column, minlength=n) for column in drawn.T])
    expected = epochs / n
    statistic = ((counts - expected) ** 2 / expected).sum()
    low, high = chi2.ppf([1e-4, 1 - 1e-4], (n - 1) ** 2)
    assert low < statistic < high


def test_neighbouring_epochs_are_unrelated() -> None:
    drawn = orders([7], 0, 20_001, 10)[0]
    same = (drawn[1:] == drawn[:-1]).mean()
    assert abs(same - 0.1) < 4 * np.sqrt(0.1 * 0.9 / drawn[1:].size)


@pytest.mark.parametrize(
    ("seeds", "first", "last", "n"),
    [([], 0, 1, 5), ([-1], 0, 1, 5), ([0], 1, 1, 5), ([0], -1, 1, 5), ([0], 0, 1, 0)],
)
def test_numbers_out_of_range_are_refused(seeds: list[int], first: int, last: int, n: int) -> None:
    with pytest.raises(ValueError, match="need seeds >= 0, 0 <= first < last"):
        orders(seeds, first, last, n)
