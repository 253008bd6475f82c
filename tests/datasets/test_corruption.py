import pytest
import torch
from scipy import stats

from ovp_lib.datasets.corruption import corrupted_pixels, random_labels
from ovp_lib.datasets.labelled import LabelledData
from ovp_lib.models.inputs import stream

K, N = 5, 4000


def data() -> LabelledData:
    """Return many points that are all of class 2."""
    x = torch.randn(N, 6, generator=stream(0), dtype=torch.float64) + 3
    return LabelledData("points", x, torch.full((N,), 2), tuple("abcde"), (6,))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_share_of_changed_labels_is_that_of_the_definition(share: float) -> None:
    changed = int((random_labels(data(), share, stream(1)).labels != 2).sum())
    interval = stats.binom.interval(1 - 1e-6, N, share * (1 - 1 / K))
    assert interval[0] <= changed <= interval[1]


def test_labels_are_uniform_when_all_are_random() -> None:
    counts = random_labels(data(), 1.0, stream(2)).counts
    assert stats.chisquare(counts).pvalue > 1e-6


def test_a_label_that_changes_at_one_share_does_so_at_every_larger_one() -> None:
    few, many = (random_labels(data(), share, stream(3)).labels for share in (0.2, 0.6))
    changed = few != 2
    torch.testing.assert_close(many[changed], few[changed])
    assert int((many != 2).sum()) > int(changed.sum())


def test_shuffled_pixels_are_one_permutation_and_keep_all_distances() -> None:
    before, after = data(), corrupted_pixels(data(), "shuffled", stream(4))
    order = [int((before.x[0] == value).nonzero()) for value in after.x[0]]
    torch.testing.assert_close(after.x, before.x[:, order], rtol=0, atol=0)
    assert sorted(order) == list(range(6))
    assert order != list(range(6))


def test_random_pixels_are_a_permutation_for_each_point() -> None:
    before, after = data(), corrupted_pixels(data(), "random", stream(5))
    torch.testing.assert_close(after.x.sort(dim=1).values, before.x.sort(dim=1).values)
    orders = {
        tuple((before.x[i] == value).nonzero().item() for value in after.x[i]) for i in range(99)
    }
    assert len(orders) > 50


def test_gaussian_pixels_have_the_moments_and_nothing_else() -> None:
    before, after = data(), corrupted_pixels(data(), "gaussian", stream(6))
    standardised = (after.x - before.x.mean()) / before.x.std()
    assert stats.kstest(standardised.flatten().numpy(), "norm").pvalue > 1e-6
    torch.testing.assert_close(after.labels, before.labels)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_no_probability_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match=r"must be in \[0, 1\], got"):
        random_labels(data(), share, stream(0))


def test_one_class_and_unknown_pixels_are_refused() -> None:
    one = LabelledData("one", torch.zeros(2, 1).double(), torch.zeros(2).long(), ("a",), (1,))
    with pytest.raises(ValueError, match="one has one class only"):
        random_labels(one, 0.5, stream(0))
    with pytest.raises(ValueError, match="shuffled, random, gaussian, got 'blurred'"):
        corrupted_pixels(data(), "blurred", stream(0))
