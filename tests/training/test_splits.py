from collections.abc import Sequence
from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator, Tensor

from ovp_lib.models import section_7
from ovp_lib.models.inputs import hypercube, stream
from ovp_lib.training.splits import Splits, draw_splits, partition


def signs(d: int, n: int, generators: Sequence[Generator]) -> tuple[Tensor, Tensor]:
    x = torch.stack([hypercube(d)(n, generator) for generator in generators])
    return x, x.prod(dim=-1, keepdim=True)


def rows(x: Tensor) -> set[tuple[float, ...]]:
    return {tuple(row) for row in x.tolist()}


def overlaps(splits: Splits) -> int:
    sets = [[rows(member) for member in sample.x] for sample in splits]
    return sum(
        len(one[i] & other[i])
        for i in range(len(splits.train.x))
        for one, other in ((sets[0], sets[1]), (sets[0], sets[2]), (sets[1], sets[2]))
    )


def test_splits_of_section_7_have_the_sizes_and_nothing_in_common() -> None:
    draw = partial(section_7.draw, "sine", "padded")
    splits = draw_splits(draw, 0, 3, train=300, validation=200, test=400)
    assert [sample.x.shape for sample in splits] == [(3, 300, 5), (3, 200, 5), (3, 400, 5)]
    assert overlaps(splits) == 0
    everything = torch.cat([sample.x for sample in splits], dim=1).flatten(0, 1)
    assert len(rows(everything)) == 3 * 900, "members or splits share a point"


@given(seed=st.integers(0, 10**6), d=st.integers(5, 8))
def test_on_a_small_cube_points_are_drawn_again_until_splits_are_apart(seed: int, d: int) -> None:
    """32 points at least, 6 + 5 + 4 drawn: independent draws would nearly always overlap."""
    splits = draw_splits(partial(signs, d), seed, 2, train=6, validation=5, test=4)
    assert overlaps(splits) == 0
    for x, y in splits:
        assert torch.equal(y, x.prod(dim=-1, keepdim=True)), "a label left its input"


def test_independent_draws_would_have_overlapped() -> None:
    """What the test above rests on: without redrawing, the streams do collide on a small cube."""
    found = 0
    for seed in range(20):
        x = [signs(5, 15, [stream(seed, 0, purpose)])[0][0] for purpose in (2, 7)]
        found += bool(rows(x[0]) & rows(x[1]))
    assert found >= 15


def test_a_domain_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="domain of the inputs is too small"):
        draw_splits(partial(signs, 1), 0, 1, train=50, validation=50, test=1)


def test_members_do_not_depend_on_how_many_there_are() -> None:
    few, many = (
        draw_splits(partial(signs, 6), 4, e, train=9, validation=7, test=5) for e in (1, 3)
    )
    for one, other in zip(few, many, strict=True):
        assert torch.equal(one.x, other.x[:1])


def test_splits_come_from_streams_of_their_own() -> None:
    """More training data do not change the test data, nor the first training points."""
    draw = partial(section_7.draw, "sine", "padded")
    few, many = (draw_splits(draw, 0, 1, train=n, validation=5, test=9) for n in (10, 50))
    assert torch.equal(few.test.x, many.test.x)
    assert torch.equal(few.validation.x, many.validation.x)


def test_bad_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"must be at least 1, got .*'validation': 0"):
        draw_splits(partial(signs, 6), 0, 1, train=1, validation=0, test=1)
    with pytest.raises(ValueError, match=r"10 samples cannot be cut into sets of \[6, 5\]"):
        partition(10, (6, 5), stream(0))


@given(n=st.integers(3, 60), data=st.data())
def test_parts_are_disjoint_and_have_their_sizes(n: int, data: st.DataObject) -> None:
    train = data.draw(st.integers(1, n - 2))
    test = data.draw(st.integers(1, n - 1 - train))
    parts = partition(n, (train, 1, test), stream(n))
    assert [len(part) for part in parts] == [train, 1, test]
    joined = torch.cat(parts).tolist()
    assert len(set(joined)) == len(joined)
    assert set(joined) <= set(range(n))
