"""What the page on width trains and compares: against made tables, and on tiny data."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from ovp_lib.datasets import cifar_10
from ovp_lib.pages.slides_width import analysis, problem
from ovp_lib.pages.slides_width.statement import TINY, SlidesWidthParameters
from ovp_lib.training.classifier import train_classifier
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.samples import streams
from tests.pages.slides_width import RECORDS, write_cifar_10

SMALL = TINY.but(widths=(2, 3, 4, 6), epochs=2, epochs_per_look=1)


def made(test: list[list[float]], train: list[list[float]] | None = None) -> analysis.Errors:
    """Errors whose validation errors are the test errors."""
    errors, fits = np.array(test), np.array(train or np.zeros_like(test).tolist())
    widths = tuple(2**i for i in range(errors.shape[1]))
    return analysis.Errors(widths, fits, errors, errors, np.ones_like(errors), pd.DataFrame())


HUMP = [[0.5, 0.2, 0.3, 0.4, 0.25], [0.5, 0.1, 0.3, 0.5, 0.15]]
FITS = [[0.5, 0.4, 0.2, 0.1, 0.0], [0.5, 0.4, 0.2, 0.0, 0.0]]


def test_a_peak_is_right_of_the_first_minimum_and_never_the_widest() -> None:
    assert analysis.peak(made(HUMP)) == 3
    assert analysis.peak(made([[0.5, 0.4, 0.3], [0.5, 0.4, 0.2]])) is None
    assert analysis.peak(made([[0.5, 0.2, 0.3], [0.5, 0.2, 0.4]])) is None


def test_the_peak_is_compared_with_the_best_width_left_of_it_and_with_the_widest() -> None:
    rise, fall = analysis.rise_and_fall(made(HUMP))
    assert (rise.value, fall.value) == (pytest.approx(0.3), pytest.approx(0.25))
    assert math.isnan(analysis.rise_and_fall(made([[0.5, 0.4], [0.5, 0.4]]))[0].value)


def test_the_place_of_the_peak_is_told_in_units_of_the_first_width_that_fits() -> None:
    even = [[0.5, 0.2, 0.3, 0.4, 0.3], [0.5, 0.1, 0.3, 0.5, 0.3]]
    np.testing.assert_allclose(analysis.place_of_peak(made(even, FITS)), [0.5, 1.0])
    leaning = analysis.place_of_peak(made(HUMP, FITS))  # more on its left than on its right
    assert (leaning < [0.5, 1.0]).all()
    assert (leaning > [0.25, 0.5]).all()
    # Errors 1 - (log m - 1.8)^2 / 4: the top of the parabola is between two widths.
    bent = [[0.5, *(1 - (k - 1.8) ** 2 / 4 for k in (1, 2, 3, 4))]] * 2
    np.testing.assert_allclose(
        analysis.place_of_peak(made(bent, FITS)), 2 ** (1.8 - np.array([4, 3]))
    )
    at_the_end = [[0.5, 0.2, 0.3], [0.5, 0.2, 0.3]]
    fits = [[0.5, 0.0, 0.0]] * 2
    np.testing.assert_allclose(analysis.place_of_peak(made(at_the_end, fits)), [2.0, 2.0])
    assert np.isnan(analysis.place_of_peak(made(HUMP, HUMP))).all()


def test_beyond_is_measured_from_where_every_seed_fits() -> None:
    train = [[0.5, 0.0, 0.2, 0.0, 0.0], [0.5, 0.4, 0.0, 0.0, 0.0]]
    assert analysis.first_fit(made(HUMP, train)) == 3
    assert analysis.beyond(made(HUMP, train)).value == pytest.approx(0.25)
    assert analysis.first_fit(made(HUMP, HUMP)) is None
    assert math.isnan(analysis.beyond(made(HUMP, FITS)).value)


def test_the_best_narrower_width_is_chosen_by_validation_and_compared_by_test() -> None:
    validation = np.array([[0.5, 0.4, 0.1, 0.4, 0.0], [0.5, 0.1, 0.4, 0.4, 0.0]])
    errors = made(HUMP)._replace(validation=validation)
    assert analysis.best_narrower(errors).tolist() == [2, 1]
    assert analysis.best_narrower(errors, 1).tolist() == [0, 0]
    assert analysis.of_best(errors).tolist() == [0.3, 0.1]
    assert analysis.widest_against_best(errors).value == pytest.approx((0.25 + 0.15 - 0.4) / 2)
    assert analysis.chosen(errors) == "The best narrower widths are 2, 4"


def test_stopping_early_takes_the_epoch_of_the_least_mean_validation_error() -> None:
    """The second seed fits after the first look and keeps its errors."""
    rows = [
        (0, 0, 0.9, 0.8),
        (1, 0, 0.3, 0.2),
        (2, 0, 0.6, 0.1),
        (0, 1, 0.9, 0.8),
        (1, 1, 0.4, 0.1),
    ]
    curves = pd.DataFrame(rows, columns=["epoch", "member", "validation", "test"])
    errors = made([[0.5, 0.3], [0.4, 0.3]])._replace(curves=curves.assign(width=1))
    test, epoch = analysis.stopped_early(errors, 0)
    assert (test.tolist(), epoch) == ([0.2, 0.1], 1)


def test_noise_is_in_training_and_validation_labels_and_never_in_those_of_the_test() -> None:
    p = TINY.but(samples=600, n_validation=600, share=0.5)
    sets = problem.on_digits(p).sets
    for part, share in (("train", 0.45), ("validation", 0.45), ("test", 0.0)):
        clean, noisy = (sets[labels][part] for labels in problem.LABELS)
        assert torch.equal(clean.x, noisy.x)
        assert (clean.y != noisy.y).double().mean().item() == pytest.approx(share, abs=0.06)


def test_training_validation_and_test_points_of_a_seed_are_disjoint() -> None:
    for task in (problem.on_digits(TINY), problem.on_images(TINY, skip=True)):
        sets = task.sets["clean"]
        points = torch.cat([sets[part].x[0] for part in ("train", "validation", "test")])
        assert len(points.unique(dim=0)) == len(points)


def settings(p: SlidesWidthParameters = SMALL) -> dict[str, Any]:
    return {"lr": 0.05, "p": p, "device": torch.device("cpu")}


def test_a_smaller_width_set_gives_the_same_errors_and_seeds_have_their_own() -> None:
    task, protocol = problem.on_digits(SMALL), Protocol(2, 10, 0.9, ())
    both = analysis.train_widths(task, (2, 4), protocol, **settings(), follow=True)
    for labels in problem.LABELS:
        one = analysis.train_widths(task, (4,), protocol, **settings())[labels]
        np.testing.assert_array_equal(both[labels].test[:, 1], one.test[:, 0])
        np.testing.assert_array_equal(both[labels].validation[:, 1], one.validation[:, 0])
        assert both[labels].widths == (2, 4)
        assert set(both[labels].curves["epoch"]) == {0, 1, 2}
        assert set(one.curves["epoch"]) == {2}
    assert not torch.equal(task.sets["clean"]["train"].x[0], task.sets["clean"]["train"].x[1])


def test_each_kind_of_labels_has_the_errors_of_a_run_of_its_own() -> None:
    """As one ensemble they are the same to the bit, also where a member stops before the others."""
    p = SMALL.but(epochs=40, epochs_per_look=5)
    task, protocol = problem.on_digits(p), Protocol(40, 10, 0.9, ())
    both = analysis.train_widths(task, (12,), protocol, **settings(p), follow=True)
    start = task.start(streams(p.seed, p.n_seeds, "init"), 12).to("cpu", torch.float32)
    members = [Member(analysis.APART * p.seed + i, 0.05) for i in range(p.n_seeds)]
    for labels, found in both.items():
        train, *others = (task.sets[labels][part] for part in ("train", *analysis.HELD))
        sets, looks = dict(zip(analysis.HELD, others, strict=True)), range(0, 41, 5)
        alone = train_classifier(
            task.network, start, train, members, protocol, sets=sets, looks=looks
        )
        for name in ("epoch", "member", "train", *analysis.HELD):
            assert found.curves[name].tolist() == alone.curves[name].tolist()
    assert set(both["clean"].epoch.flatten()) | set(both["noise"].epoch.flatten()) > {40}


def test_skips_are_what_tells_the_two_convolutional_networks_apart() -> None:
    tasks = [problem.on_images(SMALL, skip=skip) for skip in (True, False)]
    nets = [task.start([torch.Generator().manual_seed(0)], 4) for task in tasks]
    assert torch.equal(nets[0].V, nets[1].V)
    x = tasks[0].sets["clean"]["test"].x[:1]
    outputs = [task.network(net, x) for task, net in zip(tasks, nets, strict=True)]
    assert not torch.allclose(*outputs)


def test_cifar_10_comes_from_the_user_s_folder_with_its_own_test_set(tmp_path) -> None:
    p = SMALL.but(data_folder=str(write_cifar_10(tmp_path)))
    task = problem.on_images(p, skip=True)
    assert task.name == "CIFAR-10 (train)"
    assert task.sets["clean"]["test"].x.shape == (2, RECORDS, 3072)
    assert torch.equal(*task.sets["clean"]["test"].x)
    assert torch.equal(task.sets["clean"]["test"].x[0], cifar_10(tmp_path, "test").x)
    protocol = Protocol(1, 10, 0.9, ())
    noisy = analysis.train_widths(task, (2,), protocol, **settings(p))["noise"]
    assert noisy.test.shape == (2, 1)


def test_a_folder_without_its_files_is_refused_with_their_names(tmp_path) -> None:
    p = SMALL.but(data_folder=str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"cifar-10-binary\.tar\.gz"):
        problem.on_images(p, skip=True)


def test_more_points_than_there_are_and_batches_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="1797 points"):
        problem.on_digits(TINY.but(samples=1790))
    with pytest.raises(ValueError, match="a batch is at most the training set, got 31 of 30"):
        SlidesWidthParameters.model_validate(TINY.model_dump() | {"batch_size": 31})
