import re
from collections import Counter

import pytest
import torch

from ovp_lib.kernels import correlation, hard_instance, library
from ovp_lib.kernels.ridge_regression import ridge
from ovp_lib.maths import hypercube as cube
from ovp_lib.maths.krawtchouk import hamming
from ovp_lib.models.inputs import hypercube, stream
from ovp_lib.models.residual_targets import hard_instance as target

D, K, N, ALPHA = 8, 3, 30, 0.3


@pytest.mark.parametrize("name", ["NTK, 2 hidden", "polynomial, degree 4"])
def test_errors_are_those_of_ridge_on_the_instance_itself(name: str) -> None:
    kernel = library.correlation_kernels(D)[name]
    x = hypercube(D)(N, stream(0))
    train, every = (target(D, K).at(points.unsqueeze(0)) for points in (x, cube.points(D)))
    first = torch.arange(K).unsqueeze(0)
    found = hard_instance.relative_ridge_errors(kernel, x, first, ALPHA)
    gram = kernel.gram(hamming(x, x))
    scale = gram.diagonal().mean().item()
    path = ridge(gram, train.labels(ALPHA)[0], [scale * p for p in hard_instance.PENALTIES])
    predicted = path.predict(kernel.gram(hamming(cube.points(D), x)))
    errors = (predicted - every.labels(ALPHA)[0]).square().sum(dim=2).mean(dim=1)
    assert found.item() == pytest.approx(errors.min().item() / (K * ALPHA**2), rel=1e-6)


def test_subsets_are_alike_up_to_the_names_of_coordinates() -> None:
    kernel = library.correlation_kernels(D)["arcsin"]
    x, order = hypercube(D)(N, stream(1)), torch.randperm(D, generator=stream(2))
    which = torch.tensor([[0, 1, 2], [1, 5, 7]])
    found = hard_instance.relative_ridge_errors(kernel, x, which, ALPHA)
    renamed = hard_instance.relative_ridge_errors(
        kernel, x[:, order], order.argsort()[which], ALPHA
    )
    torch.testing.assert_close(found, renamed)
    assert found[0] != found[1]


def test_each_subset_is_as_alone_and_one_penalty_serves_its_outputs() -> None:
    kernel = library.correlation_kernels(D)["arcsin"]
    x, which = hypercube(D)(N, stream(6)), cube.subsets(D, K)

    def errors(subsets, *penalties):
        return hard_instance.relative_ridge_errors(kernel, x, subsets, ALPHA, penalties)

    together = errors(which, 1.0, 0.1, 1e-3)
    alone = torch.cat([errors(which[s : s + 1], 1.0, 0.1, 1e-3) for s in range(0, 56, 11)])
    torch.testing.assert_close(together[::11], alone)
    by_penalty = torch.stack([errors(which, penalty) for penalty in (1.0, 0.1, 1e-3)])
    torch.testing.assert_close(together, by_penalty.amin(dim=0))
    assert len(by_penalty.argmin(dim=0).unique()) > 1


def test_enough_samples_learn_the_parity_and_few_do_not() -> None:
    kernel = library.correlation_kernels(6)["polynomial, degree 4"]
    first, every = torch.arange(K).unsqueeze(0), cube.points(6)
    errors = [
        hard_instance.relative_ridge_errors(kernel, x, first, ALPHA) for x in (every, every[:9])
    ]
    assert errors[0].item() < 1e-6
    assert errors[1].item() > 0.5


def test_random_subsets_are_uniform_and_sorted() -> None:
    drawn = hard_instance.random_subsets(5, 2, 5000, stream(3))
    assert (drawn[:, 0] < drawn[:, 1]).all()
    counts = Counter(map(tuple, drawn.tolist()))
    assert len(counts) == 10
    sd = (5000 * 0.1 * 0.9) ** 0.5
    assert all(abs(count - 500) < 4.5 * sd for count in counts.values())
    with pytest.raises(ValueError, match=re.escape("1..d, got k = 6 and d = 5")):
        hard_instance.random_subsets(5, 6, 1, stream(0))


def test_the_best_in_the_span_is_below() -> None:
    kernel = library.correlation_kernels(D)["Gaussian, width 1"]
    x, which = hypercube(D)(N, stream(4)), cube.subsets(D, K)
    found = hard_instance.relative_ridge_errors(kernel, x, which, ALPHA)
    least = sum(
        correlation.best_errors(
            kernel, x, {1: x[:, which[:, j]], K: ALPHA * cube.parities(x, which)}, 1 + ALPHA**2
        )
        for j in range(K)
    )
    assert (found * K * ALPHA**2 >= least - 1e-9).all()


@pytest.mark.parametrize("k", [2, 3])
def test_with_two_outputs_the_coordinates_alone_have_the_printed_risk(k: int) -> None:
    linear = correlation.correlation_kernel(lambda x, x2: x @ x2.mT, D)
    x, which = hypercube(D)(N, stream(5)), cube.subsets(D, k)
    for j in range(k):
        parts = {1: x[:, which[:, j]], k: ALPHA * cube.parities(x, which)}
        risk = correlation.best_errors(linear, x, parts, 1 + ALPHA**2) / 2
        torch.testing.assert_close(k * risk, torch.full_like(risk, k / 2 * ALPHA**2))
