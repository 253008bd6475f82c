import itertools
import math
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ovp_lib.maths import hypercube


def test_points_are_all_and_carry_their_numbers() -> None:
    x = hypercube.points(4)
    assert {tuple(row) for row in x.tolist()} == set(itertools.product((-1.0, 1.0), repeat=4))
    numbers = [sum(2**i for i in range(4) if row[i] < 0) for row in x.tolist()]
    assert numbers == list(range(16))


@pytest.mark.parametrize(("d", "k"), [(1, 0), (5, 2), (6, 6), (7, 3)])
def test_parities_are_orthonormal_and_as_many_as_subsets(d: int, k: int) -> None:
    chi = hypercube.parities(hypercube.points(d), hypercube.subsets(d, k))
    gram = chi.T @ chi / 2**d
    assert torch.equal(gram, torch.eye(math.comb(d, k), dtype=torch.float64))


def test_parity_is_the_product_of_its_coordinates() -> None:
    x, which = hypercube.points(5), hypercube.subsets(5, 3)
    for row, value in zip(x.tolist(), hypercube.parities(x, which).tolist(), strict=True):
        assert value == [row[i] * row[j] * row[k] for i, j, k in which.tolist()]


@given(d=st.integers(1, 6), f=st.integers(0, 3), seed=st.integers(0, 2**31))
def test_transform_is_the_mean_against_every_parity(d: int, f: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(2**d, f, generator=generator, dtype=torch.float64)
    found = hypercube.fourier(values)
    for k in range(d + 1):
        which = hypercube.subsets(d, k)
        expected = hypercube.parities(hypercube.points(d), which).T @ values / 2**d
        torch.testing.assert_close(found[hypercube.numbers(which)], expected)


@given(d=st.integers(1, 7), seed=st.integers(0, 2**31))
def test_level_weights_add_up_to_the_second_moment(d: int, seed: int) -> None:
    values = torch.randn(2**d, 2, generator=torch.Generator().manual_seed(seed)).double()
    weights = hypercube.level_weights(hypercube.fourier(values))
    assert weights.shape == (d + 1, 2)
    torch.testing.assert_close(weights.sum(dim=0), values.square().mean(dim=0))


def test_a_parity_has_all_its_weight_at_its_level() -> None:
    chi = hypercube.parities(hypercube.points(6), torch.tensor([[0, 2, 3, 5]]))
    assert hypercube.level_weights(hypercube.fourier(chi)).flatten().tolist() == [
        0,
        0,
        0,
        0,
        1,
        0,
        0,
    ]


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (lambda: hypercube.points(21), "listed for d in 1..20, got 21"),
        (lambda: hypercube.points(0), "listed for d in 1..20, got 0"),
        (lambda: hypercube.subsets(3, 4), "got k = 4 of d = 3"),
        (lambda: hypercube.subsets(40, 20), "at most 2^20 subsets, got k = 20 of d = 40"),
        (lambda: hypercube.fourier(torch.zeros(6, 1)), "all 2^d points, got 6"),
        (
            lambda: hypercube.parities(torch.ones(1, 3), torch.tensor([[0, 3]])),
            "coordinates in 0..2",
        ),
    ],
)
def test_what_cannot_be_is_refused(refused, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        refused()
