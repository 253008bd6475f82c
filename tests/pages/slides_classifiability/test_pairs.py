from functools import partial
from itertools import combinations

import numpy as np
import pytest
import torch
from scipy import stats

from ovp_lib.datasets import LabelledData, digits, on_sphere
from ovp_lib.kernels.agreement import label_agreement, slides_kernel, two_layer_kernel
from ovp_lib.pages.slides_classifiability import pairs, ranks

CLASSES = (0, 1, 8)
DATA = on_sphere(digits())
KERNEL = partial(slides_kernel, depth=2)


def drawn(draw: int = 0) -> pairs.Draw:
    return pairs.draw_pairs(DATA, CLASSES, (30, 50), 0, draw)


def net(depth: int = 2, scale: float = 1.0):
    [found] = pairs.networks(0, 1, d=64, m=40, depth=depth, scale=scale, device=torch.device("cpu"))
    return found


def test_training_and_test_points_of_a_pair_are_different_points_of_its_classes() -> None:
    train, test = drawn()
    assert train.x.shape == (3, 30, 64)
    assert test.y.shape == (3, 50, 1)
    for i, pair in enumerate(combinations(CLASSES, 2)):
        both = torch.cat([train.x[i], test.x[i]])
        assert len(both.unique(dim=0)) == 80
        where = (both[:, None] == DATA.x[None]).all(dim=2).int().argmax(dim=1)
        signs = torch.cat([train.y[i], test.y[i]])[:, 0]
        assert torch.equal(DATA.labels[where], torch.where(signs > 0, pair[1], pair[0]))
    assert not torch.equal(train.x, drawn(1).train.x)


def test_values_and_distances_are_those_of_each_pair_alone() -> None:
    train, _ = drawn()
    value, distance = pairs.values(train, KERNEL), pairs.class_distance(train)
    for i, (x, y) in enumerate(zip(*train, strict=True)):
        assert value[i] ** 2 == pytest.approx(label_agreement(KERNEL(x), y).item())
        means = [x[y[:, 0] == s].mean(dim=0) for s in (1, -1)]
        assert distance[i] == pytest.approx((means[0] - means[1]).norm().item())


def test_sgd_and_gradient_descent_learn_the_pairs() -> None:
    sgd = pairs.by_online_sgd(drawn(), KERNEL, net(), kappa=2.0, every=10)
    assert (sgd.last < sgd.error).all()
    assert sgd.last.max() < 0.2
    np.testing.assert_array_equal(sgd.value, pairs.values(drawn().train, KERNEL))
    descent = pairs.by_gradient_descent(
        drawn(), two_layer_kernel, net(depth=1, scale=0.1), steps=60
    )
    assert descent.last.max() < 0.2
    assert (descent.last < descent.error).all()  # a wrong sign costs one, a right one something
    assert descent.error.max() < 0.7
    np.testing.assert_array_equal(descent.value, pairs.values(drawn().train, two_layer_kernel))


def test_draws_are_stacked_and_ranks_taken_in_each() -> None:
    rows = [pairs.PairNumbers(*(np.array(row) for row in ([1, 2, 3], each, [0, 0, 1], [3, 2, 1])))
            for each in ([0.1, 0.2, 0.3], [0.3, 0.2, 0.1])]  # fmt: skip
    both = pairs.stacked(rows)
    assert ranks.spearman(both.value, both.error).tolist() == [1.0, -1.0]
    interval = ranks.rank_interval(both.value, both.error)
    assert interval == (0.0, -1.0, 1.0, 2)


def test_rank_correlations_are_scipys() -> None:
    generator = np.random.default_rng(0)
    x, y = generator.standard_normal((2, 20, 12))
    tied = (x + y).round(0)
    for other in (y, tied):
        theirs = [stats.spearmanr(a, b).statistic for a, b in zip(x, other, strict=True)]
        assert ranks.spearman(x, other).tolist() == theirs
    assert np.isnan(ranks.spearman(x[:1], np.ones((1, 12)))).all()
    with pytest.raises(ValueError, match="a row for each draw"):
        ranks.spearman(x, y[:3])


def test_the_bootstrap_is_over_draws() -> None:
    generator = np.random.default_rng(1)
    truth = np.arange(20.0)
    noisy = truth + 5 * generator.standard_normal((12, 20))
    found = ranks.bootstrapped(np.tile(truth, (12, 1)), noisy, generator)
    single = ranks.rank_interval(np.tile(truth, (12, 1)), noisy)
    assert found.low <= found.value <= found.high <= 1
    assert found.value > single.value  # means have less noise

    def correlation(draws: np.ndarray) -> float:
        return stats.spearmanr(truth, noisy[draws].mean(axis=0)).statistic

    theirs = stats.bootstrap(
        (np.arange(12),), correlation, n_resamples=2000, method="percentile", rng=generator
    ).confidence_interval
    assert found.low == pytest.approx(theirs.low, abs=0.01)
    assert found.high == pytest.approx(theirs.high, abs=0.01)


def test_a_pair_with_too_few_points_is_refused() -> None:
    with pytest.raises(ValueError, match=r"has 360 points: .*got \(300, 100\)"):
        pairs.draw_pairs(DATA, CLASSES, (300, 100), 0, 0)
    few = LabelledData("few", DATA.x[:6], torch.tensor([0, 0, 0, 0, 0, 1]), ("a", "b"), (64,))
    with pytest.raises(ValueError, match="both signs must occur"):
        pairs.draw_pairs(few, (0, 1), (1, 1), 0, 0)
