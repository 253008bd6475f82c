import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ovp_lib.models import inputs


def within(sample: torch.Tensor, expected: float, sigmas: float = 4.5) -> bool:
    """Whether the mean of independent draws is within some standard errors of its expectation."""
    standard_error = sample.std() / math.sqrt(len(sample))
    return bool((sample.mean() - expected).abs() <= sigmas * standard_error)


@given(d=st.integers(2, 20), seed=st.integers(0, 2**32))
def test_padded_sphere_is_on_the_unit_sphere_with_last_coordinate_one_half(
    d: int, seed: int
) -> None:
    x = inputs.padded_sphere(d)(7, inputs.stream(seed))
    torch.testing.assert_close(x.norm(dim=1), torch.ones(7, dtype=torch.float64))
    assert (x[:, -1] == 0.5).all()


def test_sphere_is_uniform_to_second_order() -> None:
    d = 5
    x = inputs.sphere(d)(20_000, inputs.stream(0))
    torch.testing.assert_close(x.norm(dim=1), torch.ones(20_000, dtype=torch.float64))
    for i in range(d):
        assert within(x[:, i], 0.0)
        assert within(x[:, i].square(), 1 / d)
        assert within(x[:, i] * x[:, i - 1], 0.0)


def test_gaussian_and_hypercube_moments() -> None:
    z = inputs.gaussian(3)(20_000, inputs.stream(1))
    assert within(z[:, 0], 0.0)
    assert within(z[:, 1].square(), 1.0)
    cube = inputs.hypercube(4)(20_000, inputs.stream(2))
    assert set(cube.unique().tolist()) == {-1.0, 1.0}
    assert within(cube[:, 0] * cube[:, 3], 0.0)


def test_pad_refuses_what_is_not_a_unit_vector() -> None:
    with pytest.raises(ValueError, match="expects unit vectors, got a norm of 2"):
        inputs.pad(torch.tensor([[1.0, 0.0], [0.0, 2.0]]))


@given(key=st.lists(st.integers(0, 10**9), min_size=1, max_size=4))
def test_streams_repeat_and_differ(key: list[int]) -> None:
    def draw(*k: int) -> torch.Tensor:
        return torch.rand(4, generator=inputs.stream(*k))

    assert torch.equal(draw(*key), draw(*key))
    assert not torch.equal(draw(*key), draw(key[0] + 1, *key[1:]))
    assert not torch.equal(draw(*key, 0), draw(*key, 1))


@pytest.mark.parametrize("kind", ["rademacher", "uniform", "gaussian"])
def test_noise_is_centred_with_the_given_deviation(kind: str) -> None:
    noise = inputs.additive_noise(torch.zeros(20_000, 1), 0.3, inputs.stream(3), kind)[:, 0]
    assert within(noise, 0.0)
    if kind == "rademacher":
        torch.testing.assert_close(noise.abs(), torch.full_like(noise, 0.3))
    else:
        assert within(noise.square(), 0.09)
    if kind == "uniform":
        assert noise.abs().max() <= 0.3 * math.sqrt(3)


def test_sampled_classes_follow_the_softmax() -> None:
    logits = torch.log(torch.tensor([[0.1, 0.2, 0.7]], dtype=torch.float64)).expand(20_000, 3)
    classes = inputs.sampled_classes(logits, inputs.stream(4))
    for c, probability in enumerate((0.1, 0.2, 0.7)):
        assert within((classes == c).double(), probability)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: inputs.padded_sphere(1), "d must be at least 2, got 1"),
        (lambda: inputs.gaussian(0), "d must be at least 1, got 0"),
        (lambda: inputs.stream(), "non-negative integers"),
        (lambda: inputs.stream(-1), "non-negative integers"),
        (
            lambda: inputs.additive_noise(torch.zeros(1), -1.0, inputs.stream(0)),
            "at least 0, got -1",
        ),
        (lambda: inputs.additive_noise(torch.zeros(1), 1.0, inputs.stream(0), "pink"), "'pink'"),
    ],
)
def test_bad_arguments_are_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
