import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import pairwise_distances

from ovp_lib.datasets.labelled import (
    LabelledData,
    grouped,
    of_classes,
    on_sphere,
    separation,
    signs,
    split,
)
from ovp_lib.models.inputs import stream


def blobs(n: int = 30, k: int = 3, d: int = 4, seed: int = 0) -> LabelledData:
    """Return n Gaussian points of k classes in turn."""
    x = torch.randn(n, d, generator=stream(seed), dtype=torch.float64)
    return LabelledData("blobs", x, torch.arange(n) % k, tuple("abcdefg"[:k]), (d,))


@given(st.integers(1, 10), st.integers(1, 10), st.integers(0, 99))
def test_parts_are_disjoint_and_the_first_does_not_depend_on_the_others(
    first: int, second: int, seed: int
) -> None:
    data = blobs()
    parts = split(data, (first, second), stream(seed))
    rows = torch.cat([part.x for part in parts])
    assert len(torch.unique(rows, dim=0)) == first + second
    assert all(bool((data.x == row).all(dim=1).any()) for row in rows)
    [alone] = split(data, (first,), stream(seed))
    torch.testing.assert_close(alone.x, parts[0].x, rtol=0, atol=0)


def test_smaller_samples_are_the_beginning_of_larger_ones() -> None:
    [small], [large] = (split(blobs(), (n,), stream(1)) for n in (5, 20))
    torch.testing.assert_close(large.x[:5], small.x, rtol=0, atol=0)
    torch.testing.assert_close(large.labels[:5], small.labels, rtol=0, atol=0)


def test_chosen_classes_are_numbered_in_their_order() -> None:
    data = blobs()
    chosen = of_classes(data, (2, 0))
    assert chosen.classes == ("c", "a")
    for new, old in enumerate((2, 0)):
        torch.testing.assert_close(chosen.x[chosen.labels == new], data.x[data.labels == old])


def test_points_on_the_sphere_have_length_one_and_their_direction() -> None:
    data = blobs()
    scaled = on_sphere(data)
    np.testing.assert_allclose(scaled.x.norm(dim=1), 1, rtol=1e-14)
    np.testing.assert_allclose((scaled.x * data.x).sum(dim=1), data.x.norm(dim=1), rtol=1e-14)


def test_signs_are_those_of_the_groups() -> None:
    data = blobs()
    expected = [1.0 if label in (0, 2) else -1.0 for label in data.labels.tolist()]
    assert signs(data, (0, 2))[:, 0].tolist() == expected


def test_separation_is_the_least_distance_between_classes() -> None:
    data = blobs(n=12)
    distances = pairwise_distances(data.x)
    expected = min(
        distances[i, j] for i in range(12) for j in range(12) if data.labels[i] != data.labels[j]
    )
    assert separation(data) == pytest.approx(expected, rel=1e-9)


X, LABELS = torch.zeros(2, 3, dtype=torch.float64), torch.tensor([0, 1])


@pytest.mark.parametrize(
    ("x", "labels", "shape", "why"),
    [
        (X, LABELS, (2, 2), "3 numbers a point, got .* a shape"),
        (X, LABELS + 1, (3,), r"labels must be in 0\.\.1, the 2 classes"),
        (X, LABELS - 1, (3,), r"labels must be in 0\.\.1"),
        (X / 0, LABELS, (3,), "not finite"),
    ],
)
def test_parts_that_do_not_fit_are_refused(
    x: torch.Tensor, labels: torch.Tensor, shape: tuple[int, ...], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        LabelledData("bad", x, labels, ("a", "b"), shape)


@pytest.mark.parametrize("sizes", [(), (0,), (31,), (20, 11), (5, -1)])
def test_parts_that_cannot_be_drawn_are_refused(sizes: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="blobs has 30 points"):
        split(blobs(), sizes, stream(0))


@pytest.mark.parametrize("chosen", [(), (1,), (1, 1), (0, 3), (-1, 0)])
def test_classes_that_are_unknown_doubled_or_alone_are_refused(chosen: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="at least two different classes"):
        of_classes(blobs(), chosen)


def test_a_class_without_points_is_refused() -> None:
    with pytest.raises(ValueError, match="no point of class 2"):
        of_classes(blobs(n=2), (0, 2))


@pytest.mark.parametrize("positive", [(), (0, 1, 2), (7,)])
def test_one_sign_only_is_refused(positive: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="both signs must occur"):
        signs(blobs(), positive)


def test_a_point_without_direction_and_a_single_class_are_refused() -> None:
    with pytest.raises(ValueError, match="has no direction"):
        on_sphere(LabelledData("bad", X, LABELS, ("a", "b"), (3,)))
    with pytest.raises(ValueError, match="points of two classes"):
        separation(blobs(k=1))


def test_groups_are_numbered_in_their_order_and_points_stay() -> None:
    data = blobs(k=4)
    merged = grouped(data, {"last": (3,), "even": (0, 2), "rest": (1,)})
    expected = ["even", "rest", "even", "last"]
    assert [merged.classes[label] for label in merged.labels] == [
        expected[label] for label in data.labels
    ]
    assert merged.x is data.x


@pytest.mark.parametrize(
    "groups", [{}, {"all": (0, 1, 2)}, {"a": (0,), "b": (1,)}, {"a": (0, 1), "b": (1, 2)}]
)
def test_a_class_in_no_group_or_in_two_is_refused(groups: dict[str, tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match=r"hold each class in 0\.\.2 once"):
        grouped(blobs(), groups)
