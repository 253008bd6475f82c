import math

import numpy as np
import pytest
import torch

from ovp_lib.maths.smooth import parse
from ovp_lib.models.inputs import padded_sphere
from ovp_lib.models.targets import random_two_layer_target
from ovp_lib.training.losses import LOSSES
from ovp_lib.training.problems import Problem, fresh, side_by_side
from ovp_lib.training.samples import BLOCK, PURPOSES, from_dataset, streams


def make_task(loss: str = "squared", *, noise: float = 0.0, k: int = 1, e: int = 3) -> Problem:
    phi = parse("sin(2z)").scaled(2.0)
    target = random_two_layer_target(phi, streams(0, e, "target"), d=4, p=2, k=k)
    return Problem(padded_sphere(4), target, LOSSES[loss], noise)


def rows(x: torch.Tensor) -> set[tuple[float, ...]]:
    return {tuple(row) for row in x.flatten(0, -2).tolist()}


def test_no_sample_is_shared_between_purposes_or_members() -> None:
    """Test data never overlap training data, whichever way training data are drawn."""
    task = make_task()
    test = rows(task.draw(500, streams(0, 3, "test")).x)
    train = rows(task.draw(500, streams(0, 3, "train")).x)
    seen = [block.x for block in fresh(task, streams(0, 3, "train"))(600, 2)]
    assert len(test) == len(train) == 1500
    assert not test & train
    assert not test & rows(torch.cat(seen))
    assert len(rows(torch.cat(seen))) == 600 * 2 * 3


def test_every_purpose_has_its_own_stream() -> None:
    draws = [torch.rand(3, generator=streams(0, 1, purpose)[0]) for purpose in PURPOSES]
    assert len({tuple(draw.tolist()) for draw in draws}) == len(PURPOSES)
    with pytest.raises(ValueError, match="purpose must be one of target, init"):
        streams(0, 1, "vibes")


def test_members_do_not_depend_on_how_many_there_are() -> None:
    few = make_task(e=2, noise=0.1).draw(5, streams(0, 2, "train"))
    many = make_task(e=4, noise=0.1).draw(5, streams(0, 4, "train"))
    assert torch.equal(few.x, many.x[:2])
    torch.testing.assert_close(few.y, many.y[:2])


def test_fresh_source_has_the_promised_shapes() -> None:
    steps = BLOCK + 7
    blocks = list(fresh(make_task(k=2), streams(0, 3, "train"))(steps, 5))
    assert [tuple(b.x.shape) for b in blocks] == [(BLOCK, 3, 5, 4), (7, 3, 5, 4)]
    assert tuple(blocks[1].y.shape) == (7, 3, 5, 2)


@pytest.mark.parametrize(("loss", "k"), [("squared", 1), ("cross_entropy", 3)])
def test_labels_stay_with_their_inputs(loss: str, k: int) -> None:
    task = make_task(loss, k=k)
    data = task.draw(6, streams(0, 3, "train"))
    sources = {
        "fresh": fresh(task, streams(0, 3, "train")),
        "dataset": from_dataset(data, streams(0, 3, "order")),
    }
    for source in sources.values():
        for block in source(20, 2):
            for x, y in zip(block.x, block.y, strict=True):
                clean = task.target(x)
                expected = clean.argmax(-1) if loss == "cross_entropy" else clean
                torch.testing.assert_close(y, expected)


def test_dataset_source_draws_each_members_own_data_with_replacement() -> None:
    data = make_task().draw(6, streams(0, 3, "train"))
    blocks = list(from_dataset(data, streams(0, 3, "order"))(400, 1))
    x = torch.cat([block.x for block in blocks])
    for member in range(3):
        own = [tuple(row) for row in data.x[member].tolist()]
        drawn = [tuple(row) for row in x[:, member, 0].tolist()]
        counts = np.array([drawn.count(row) for row in own])
        assert counts.sum() == 400
        assert (abs(counts - 400 / 6) < 4.5 * math.sqrt(400 / 6)).all()


@pytest.mark.parametrize("loss", ["squared", "pseudo_huber", "cross_entropy"])
def test_optimal_risk_is_that_of_the_target(loss: str) -> None:
    """Against sampling: F* (over its temperature, for classes) has the risk that is claimed."""
    noise, n = 0.5, 40_000
    task = make_task(loss, noise=noise, k=3)
    sample = task.draw(n, streams(0, 3, "test"))
    best = task.target(sample.x) / (noise if loss == "cross_entropy" else 1.0)
    values = task.loss.value(best, sample.y)
    error = values.std(dim=1) / math.sqrt(n)
    assert ((values.mean(1) - task.optimal_risk(sample.x)).abs() <= 4.5 * error + 1e-12).all()
    assert (task.relative_excess(values.mean(dim=1), sample) < 0.02).all()


def test_relative_excess_is_one_for_nothing_and_zero_for_the_optimum() -> None:
    task = make_task(noise=0.2)
    sample = task.draw(200, streams(0, 3, "test"))
    np.testing.assert_allclose(task.relative_excess(task.null_risk(sample), sample), 1.0)
    np.testing.assert_allclose(task.relative_excess(task.optimal_risk(sample.x), sample), 0.0)


@pytest.mark.parametrize(("loss", "k"), [("squared", 2), ("cross_entropy", 3)])
def test_random_labels_say_nothing_about_the_input(loss: str, k: int) -> None:
    task = make_task(loss, k=k, e=1).random_labels()
    sample = task.draw(20_000, streams(0, 1, "train"))
    labels = sample.y.double() if task.loss.classifies else sample.y[..., 0]
    if loss == "squared":
        assert set(labels.unique().tolist()) == {-1.0, 1.0}
    for coordinate in sample.x[0].T[:-1]:
        correlation = torch.corrcoef(torch.stack([coordinate, labels[0]]))[0, 1]
        assert abs(correlation) < 4.5 / math.sqrt(20_000)
    expected = math.log(3) if task.loss.classifies else 1.0
    assert task.optimal_risk(sample.x).item() == pytest.approx(expected)
    assert task.null_risk(sample).item() == pytest.approx(expected)


def test_impossible_tasks_are_refused() -> None:
    with pytest.raises(ValueError, match="cross_entropy needs at least 2 outputs k, got 1"):
        make_task("cross_entropy")
    with pytest.raises(ValueError, match="noise must be at least 0, got -1"):
        make_task(noise=-1.0)


def test_side_by_side_every_ensemble_meets_its_own_samples() -> None:
    targets = [
        random_two_layer_target(parse(phi), streams(0, 2, "target"), d=4, p=3) for phi in PHIS
    ]
    problems = [Problem(padded_sphere(4), target, LOSSES["squared"]) for target in targets]
    alone = [next(fresh(each, streams(0, 2, "train"))(9, 3)) for each in problems]
    joint = side_by_side([fresh(each, streams(0, 2, "train")) for each in problems])
    (both,) = joint(9, 3)
    assert both.x.shape == (9, 4, 3, 4)
    for place, own in enumerate(alone):
        members = slice(2 * place, 2 * place + 2)
        assert torch.equal(both.x[:, members], own.x)
        assert torch.equal(both.y[:, members], own.y)
    assert not torch.equal(both.y[:, :2], both.y[:, 2:])


PHIS = ("z^2", "sin(3z)")
