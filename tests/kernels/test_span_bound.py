"""The bound against least squares on all points, over feature maps of every kind."""

import math
import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ovp_lib.kernels import finite_width, span_bound
from ovp_lib.maths import hypercube
from ovp_lib.models.inputs import stream
from ovp_lib.models.learners import init_learner

ROUNDING = 1e-9


def draw(kind: str, d: int, n: int, seed: int) -> Tensor:
    """Return n functions on all points of the cube, one a column."""
    g, x = stream(seed), hypercube.points(d)
    if kind == "gaussian":
        return torch.randn(2**d, n, generator=g, dtype=torch.float64)
    if kind == "neurons":
        w = torch.randn(d + 1, n, generator=g, dtype=torch.float64)
        return (x @ w[:-1] + w[-1]).relu()
    if kind == "indicators":
        return torch.eye(2**d).double()[:, torch.randint(2**d, (n,), generator=g)]
    if kind == "parities":
        return hypercube.fourier(torch.eye(2**d).double())[:, torch.randperm(2**d, generator=g)][
            :, :n
        ]
    low_rank = torch.randn(2**d, 2, generator=g, dtype=torch.float64)
    return low_rank @ torch.randn(2, n, generator=g, dtype=torch.float64)


KINDS = ("gaussian", "neurons", "indicators", "parities", "rank two")
spans = st.tuples(
    st.sampled_from(KINDS), st.integers(2, 7), st.integers(1, 20), st.integers(0, 2**31)
)


def by_least_squares(functions: Tensor, target: Tensor) -> float:
    """Return the mean square over all points of what the best combination leaves over."""
    fitted = functions @ torch.linalg.lstsq(functions, target, driver="gelsd").solution
    return (fitted - target).square().mean().item()


@given(spans, st.data())
@settings(max_examples=60, deadline=None)
def test_best_error_is_that_of_least_squares_and_obeys_the_bound(span, data) -> None:
    kind, d, n, seed = span
    level = data.draw(st.integers(2, d))
    functions, x = draw(kind, d, n, seed), hypercube.points(d)
    which = hypercube.subsets(d, level)
    s = data.draw(st.integers(0, len(which) - 1))
    chosen, i = which[s : s + 1], torch.tensor([[data.draw(st.integers(0, d - 1))]])
    coefficients = hypercube.fourier(functions)
    best = span_bound.best_errors(
        coefficients, hypercube.numbers(chosen), hypercube.numbers(i), alpha=0.3
    )
    target = hypercube.parities(x, i) + 0.3 * hypercube.parities(x, chosen)
    assert best.item() == pytest.approx(by_least_squares(functions, target), abs=ROUNDING)
    h = span_bound.overlaps(coefficients, level).h
    assert best.item() >= 0.09 * (1 - h[s].item()) - ROUNDING


@given(spans, st.data())
@settings(max_examples=60, deadline=None)
def test_overlaps_add_up_to_the_rank_and_few_are_large(span, data) -> None:
    kind, d, n, seed = span
    level = data.draw(st.integers(1, d))
    h, rank = span_bound.overlaps(hypercube.fourier(draw(kind, d, n, seed)), level)
    assert len(h) == math.comb(d, level)
    assert h.min() >= 0
    assert h.max() <= 1 + ROUNDING
    assert rank <= min(n, len(h))
    assert h.sum().item() == pytest.approx(rank, abs=ROUNDING)
    mean = 1 - h.mean().item()
    assert mean >= span_bound.average_bound(n, d, level) - ROUNDING
    for share in (0.0, 0.5, 0.9):
        least = span_bound.share_bound(n, d, level, share=share)
        assert ((1 - h) >= least - ROUNDING).double().mean() >= share


def test_overlap_is_the_part_of_a_parity_inside_the_level_of_the_span() -> None:
    d, level = 6, 3
    coefficients = hypercube.fourier(draw("neurons", d, 9, 0))
    M = coefficients[span_bound.level_rows(2**d, level)]
    h = span_bound.overlaps(coefficients, level).h
    for s in range(len(h)):
        e = torch.zeros(len(h)).double()
        e[s] = 1
        assert 1 - h[s].item() == pytest.approx(len(h) * by_least_squares(M, e), abs=ROUNDING)


@pytest.mark.parametrize(("d", "k", "n"), [(8, 3, 20), (9, 4, 126), (6, 2, 15)])
def test_parities_attain_the_average(d: int, k: int, n: int) -> None:
    which = hypercube.subsets(d, k)
    coefficients = hypercube.fourier(hypercube.parities(hypercube.points(d), which[:n]))
    errors = span_bound.best_errors(coefficients, hypercube.numbers(which))
    assert errors.mean().item() == pytest.approx(span_bound.average_bound(n, d, k), abs=1e-12)
    assert sorted(set(errors.round(decimals=9).tolist())) == ([0, 1] if n < len(which) else [0])


@given(st.integers(4, 8), st.integers(1, 30), st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_random_features_on_the_level_attain_the_average(d: int, n: int, seed: int) -> None:
    which = hypercube.subsets(d, 2)
    mixed = torch.randn(len(which), n, generator=stream(seed), dtype=torch.float64)
    values = hypercube.parities(hypercube.points(d), which) @ mixed
    errors = span_bound.best_errors(hypercube.fourier(values), hypercube.numbers(which))
    assert errors.mean().item() == pytest.approx(span_bound.average_bound(n, d, 2), abs=1e-9)


def test_a_span_without_the_level_learns_nothing_of_it() -> None:
    x = hypercube.points(8)
    cubic = (x @ x[:50].T / 7 + 1) ** 3  # not exact in float64
    overlaps = span_bound.overlaps(hypercube.fourier(cubic), level=4)
    assert overlaps.rank == 0
    assert overlaps.h.abs().max() == 0
    best = span_bound.best_errors(
        hypercube.fourier(cubic), hypercube.numbers(hypercube.subsets(8, 4))
    )
    torch.testing.assert_close(best, torch.ones_like(best), atol=1e-12, rtol=0)


def test_scale_of_the_features_does_not_matter() -> None:
    coefficients = hypercube.fourier(draw("neurons", 6, 8, 3))
    scaled = coefficients * torch.logspace(-9, 9, 8).double()
    h = span_bound.overlaps(coefficients, 2).h
    torch.testing.assert_close(span_bound.overlaps(scaled, 2).h, h, atol=1e-8, rtol=0)
    numbers = hypercube.numbers(hypercube.subsets(6, 2))
    best = span_bound.best_errors(coefficients, numbers)
    torch.testing.assert_close(span_bound.best_errors(scaled, numbers), best, atol=1e-8, rtol=0)


@pytest.mark.parametrize("name", ["two-layer", "three-layer", "resnet"])
def test_kernels_of_concrete_networks_obey_the_bound(name: str) -> None:
    d, k, n = 7, 3, 12
    net = init_learner(name, [stream(1)], d=d, m=20, k=1)
    x = hypercube.points(d).unsqueeze(0)
    chosen = torch.randperm(2**d, generator=stream(2))[:n]
    for kernel in (finite_width.ntk, finite_width.conjugate):
        coefficients = hypercube.fourier(kernel(net, x, x[:, chosen])[0])
        h, rank = span_bound.overlaps(coefficients, k)
        which = hypercube.subsets(d, k)
        best = span_bound.best_errors(
            coefficients, hypercube.numbers(which), hypercube.numbers(which[:, :1]), alpha=0.3
        )
        assert (best >= 0.09 * (1 - h) - ROUNDING).all()
        assert h.sum().item() == pytest.approx(rank, abs=ROUNDING)


def test_numbers_of_the_papers_setting() -> None:
    assert span_bound.average_bound(300, 30, 4) == pytest.approx(1 - 300 / 27405)
    assert span_bound.share_bound(math.comb(30, 8) // 1000, 30, 8) >= 0.9
    assert span_bound.share_bound(28, 30, 4) < 0.9
    assert span_bound.size_needed(1.0, 30, 4) == 0
    assert span_bound.size_needed(0.7, 5, 2) == 3  # 10 (1 - 0.7) is rounded to more than 3
    assert span_bound.average_bound(span_bound.size_needed(0.5, 30, 8), 30, 8) <= 0.5
    assert span_bound.average_bound(span_bound.size_needed(0.5, 30, 8) - 1, 30, 8) > 0.5
    assert span_bound.average_bound(10**6, 10, 2) == 0


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (lambda: span_bound.average_bound(-1, 5, 2), "n >= 0 and 1 <= k <= d, got n = -1"),
        (lambda: span_bound.average_bound(1, 5, 6), "d = 5, k = 6"),
        (lambda: span_bound.share_bound(1, 5, 2, share=1.0), "[0, 1), got 1.0"),
        (lambda: span_bound.size_needed(1.5, 5, 2), "[0, 1], got 1.5"),
        (lambda: span_bound.level_rows(12, 1), "all 2^d subsets and a level in 0..d, got 12"),
        (lambda: span_bound.level_rows(16, 5), "got 16 and 5"),
        (
            lambda: span_bound.best_errors(
                torch.ones(4, 1).double(), torch.tensor([1]), torch.tensor([1])
            ),
            "another parity than the signal",
        ),
    ],
)
def test_what_cannot_be_is_refused(refused, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        refused()
