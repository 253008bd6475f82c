import numpy as np
import pytest
import torch

from ovp_lib.datasets import digits, on_sphere, signs, split
from ovp_lib.kernels.agreement import label_agreement, slides_kernel
from ovp_lib.kernels.finite_width import ntk
from ovp_lib.models.deep import init_deep
from ovp_lib.models.inputs import stream
from ovp_lib.pages.slides_classifiability import conventions, labellings, pairs
from ovp_lib.pages.slides_classifiability.statement import TINY
from ovp_lib.training.samples import Sample, streams

TASK = labellings.even_or_odd(on_sphere(digits()))


def nets(m: int = 30):
    return pairs.networks(0, 2, d=64, m=m, depth=2, scale=1.0, device=torch.device("cpu"))


def test_even_digits_are_one_class() -> None:
    assert torch.equal(TASK.labels, 1 - digits().labels % 2)


def test_noise_makes_labels_disagree_and_hard() -> None:
    found = labellings.under_noise(
        TASK, (0.0, 1.0), (200, 300), nets(), seed=0, kappa=2.0, every=20
    )
    assert found.value.shape == found.error.shape == (2, 2)
    assert (found.value[:, 1] > 1.5 * found.value[:, 0]).all()
    assert (found.error[:, 0] < 0.4).all()
    assert (abs(found.error[:, 1] - 0.5) < 0.08).all()


@pytest.mark.parametrize("grow", [False, True])
def test_test_labels_are_not_corrupted_as_the_training_labels_are(
    monkeypatch: pytest.MonkeyPatch, grow: bool
) -> None:
    seen: list[tuple[Sample, Sample]] = []

    def see(_: object, trains: list[Sample], tests: list[Sample], **__: object) -> np.ndarray:
        seen.extend(zip(trains, tests, strict=True))
        return np.zeros(4)

    monkeypatch.setattr(labellings, "_errors", see)
    settings = {"seed": 0, "kappa": 2.0, "every": 20}
    if grow:
        labellings.as_samples_grow(TASK, (80,), 80, nets(), **settings)
    else:
        labellings.under_noise(TASK, (0.0, 1.0), (80, 80), nets(), **settings)
    assert len(seen) == 2
    for train, test in seen:
        same = (train.y[1] == test.y[1]).double().mean().item()
        assert 0.25 < same < 0.75


def test_a_smaller_sample_is_the_beginning_of_the_larger_one() -> None:
    settings = {"seed": 0, "kappa": 2.0, "every": 10}
    found = labellings.as_samples_grow(TASK, (20, 60), 100, nets(), **settings)
    assert found.value.shape == (2, 2, 2)
    train, _ = split(TASK, (60, 100), streams(0, 2, "train")[1])
    theta, y = slides_kernel(train.x, depth=2), signs(train, (1,))
    for k, n in enumerate((20, 60)):
        alone = label_agreement(theta[:n, :n], y[:n]).item() ** 0.5
        assert found.value[1, 0, k] == pytest.approx(alone)
    assert (found.error[:, 0, 1] < found.error[:, 0, 0]).all()


def test_wider_networks_are_closer_to_the_limit() -> None:
    kernel, agreement = labellings.at_finite_widths(
        TASK, 8, (16, 1024), depth=2, nets=6, seed=0, seeds=2
    )
    for errors in (kernel, agreement):
        assert errors.shape == (2, 2)
        assert (errors[:, 1] < errors[:, 0] / 2).all()
        assert (errors[:, 1] < 0.3).all()


def test_the_errors_are_relative_to_the_limit() -> None:
    kernel, agreement = labellings.at_finite_widths(
        TASK, 8, (64,), depth=2, nets=1, seed=3, seeds=1
    )
    [part] = split(TASK, (8,), streams(3, 1, "train")[0])
    y, theta = signs(part, (1,)), slides_kernel(part.x, depth=2)
    own = init_deep([stream(3, 0, 0, labellings.NETS, 64)], d=64, m=64, depth=2)
    K = ntk(own, part.x[None])[0] / 64
    expected = np.linalg.norm(K - theta) / np.linalg.norm(theta)
    assert kernel.item() == pytest.approx(expected)
    parts = [float(y.mT @ torch.linalg.solve(each, y)) for each in (K, theta)]
    assert agreement.item() == pytest.approx(abs(parts[0] / parts[1] - 1))


def test_the_conventions_differ_by_two() -> None:
    x = TASK.x[:5]
    ratios = conventions.measured_ratios(x, m=200, depth=2, nets=12, seed=0)
    np.testing.assert_allclose(ratios.unit, 2 * ratios.slides)
    assert abs(ratios.slides.mean() - 1) < 4 * ratios.slides.std() / 12**0.5
    table = conventions.four_values(x, signs(TASK, (1,))[:5], 2)
    assert table["K(x, x)"].tolist() == ["1", "2", "2", "0.5"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"classes": (0, 1)}, "at least three different digits"),
        ({"classes": (0, 1, 12)}, "at least three different digits"),
        ({"shares": (0.0, 0.5, 1.5)}, r"lie in \[0, 1\]"),
        ({"widths": (2, 3, 4)}, "kernel is singular"),
        ({"depth": 0}, "greater than or equal to 1"),
    ],
    ids=str,
)
def test_bad_parameters_are_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TINY.but(**change)
