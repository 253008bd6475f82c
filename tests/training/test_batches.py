import numpy as np
import pytest
import torch

from ovp_lib.training.batches import Batches
from ovp_lib.training.samples import Sample
from tests.training.small_nets import sample

REFERENCE = torch.zeros(1, dtype=torch.float32)
ORDER = np.random.default_rng(0).integers(0, 23, (3, 6, 5)).astype(np.int32)


@pytest.mark.parametrize("classes", [False, True])
@pytest.mark.parametrize("shared", [False, True])
def test_steps_see_the_samples_of_their_order(shared: bool, classes: bool) -> None:
    data = sample(shared=shared, classes=classes)
    batches = Batches(data, REFERENCE, 8, 5, constant=True)
    batches.gather(ORDER)
    for member in range(3):
        for step in range(6):
            at = torch.from_numpy(ORDER[member, step])
            x, y = batches.x[step, member], batches.y[step, member]
            assert torch.equal(x[:, :-1], data.x[member, at].float())
            assert (x[:, -1] == 1).all()
            assert torch.equal(y, data.y[member, at].to(y.dtype))
            assert y.dtype == (torch.int64 if classes else torch.float32)


def test_one_part_may_be_shared_and_the_other_not() -> None:
    data = Sample(sample(shared=True).x, sample(shared=False).y)
    batches = Batches(data, REFERENCE, 8, 5, constant=False)
    batches.gather(ORDER)
    assert torch.equal(batches.x[2, 1], data.x[1, torch.from_numpy(ORDER[1, 2])].float())
    assert torch.equal(batches.y[2, 1], data.y[1, torch.from_numpy(ORDER[1, 2])].float())
    assert (len(batches.x_rows), len(batches.y_rows)) == (23, 69)


@pytest.mark.parametrize("shared", [False, True])
def test_members_that_are_kept_keep_their_data(shared: bool) -> None:
    data = sample(shared=shared)
    batches = Batches(data, REFERENCE, 8, 5, constant=False)
    batches.keep([2, 0])
    batches.keep([0])
    batches.gather(ORDER[:1])
    assert batches.x.shape[1] == 1
    assert torch.equal(batches.x[3, 0], data.x[2, torch.from_numpy(ORDER[0, 3])].float())


def test_buffers_stay_where_they_are() -> None:
    batches = Batches(sample(), REFERENCE, 8, 5, constant=False)
    places = batches.x.data_ptr(), batches.y.data_ptr()
    batches.gather(ORDER)
    batches.gather(ORDER[:, :2])
    assert places == (batches.x.data_ptr(), batches.y.data_ptr())
