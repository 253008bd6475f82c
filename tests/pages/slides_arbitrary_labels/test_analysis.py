"""The tasks of the page on arbitrary labels, on a small data set."""

import math

import numpy as np
import pytest
import torch

from ovp_lib.datasets import LabelledData
from ovp_lib.kernels.finite_width import ntk
from ovp_lib.maths.width_conditions import CONDITIONS
from ovp_lib.models.deep import deep
from ovp_lib.models.inputs import stream
from ovp_lib.pages.slides_arbitrary_labels import analysis
from ovp_lib.pages.slides_arbitrary_labels.statement import (
    QUICK,
    TINY,
    SlidesArbitraryLabelsParameters,
)
from ovp_lib.training.samples import Sample

D, E = 6, 2


def source(n: int = 60) -> LabelledData:
    x = torch.rand(n, D, generator=stream(7), dtype=torch.float64)
    labels = torch.arange(n) % 10
    return LabelledData("sixty", x, labels, tuple("0123456789"), (D,))


def task(steps: int = 200) -> analysis.LabelledPoints:
    return analysis.LabelledPoints(source(), 3, E, torch.device("cpu"), steps)


@pytest.mark.parametrize("kind", analysis.KINDS)
def test_smaller_sets_begin_larger_ones_and_test_points_are_others(kind: str) -> None:
    small, _ = task().draw(kind, 8)
    large, test = task().draw(kind, 20, 30)
    assert test is not None
    assert torch.equal(small.x, large.x[:, :8])
    assert torch.equal(small.y, large.y[:, :8])
    for seed in range(E):
        assert torch.cdist(large.x[seed], test.x[seed]).min() > 1e-6
    torch.testing.assert_close(large.x.norm(dim=2), torch.ones(E, 20).double())
    assert not torch.equal(large.x[0], large.x[1])


def test_what_is_random_is_what_is_said() -> None:
    true, _ = task().draw("true labels", 30)
    labels, _ = task().draw("random labels", 30)
    shuffled, _ = task().draw("shuffled pixels", 30)
    assert torch.equal(true.x, labels.x)
    assert 0.2 < (true.y != labels.y).double().mean() < 0.8
    assert torch.equal(true.y, shuffled.y)
    torch.testing.assert_close(true.x @ true.x.mT, shuffled.x @ shuffled.x.mT)
    for kind in ("random pixels", "gaussian pixels"):
        pixels, _ = task().draw(kind, 30)
        assert torch.equal(true.y, pixels.y)
        assert (true.x @ true.x.mT - pixels.x @ pixels.x.mT).abs().max() > 0.1
    with pytest.raises(ValueError, match="must be one of true labels"):
        task().draw("no labels", 30)
    with pytest.raises(ValueError, match="has 60 points"):
        task().draw("true labels", 61)


def test_a_set_with_one_class_is_refused() -> None:
    data = source()
    even = LabelledData("even", data.x, 2 * (data.labels // 2), data.classes, (D,))
    with pytest.raises(ValueError, match="both signs must occur"):
        analysis.LabelledPoints(even, 0, E, torch.device("cpu"), 10).draw("true labels", 20)


def test_pairs_are_as_far_apart_as_is_said() -> None:
    data = task().pairs(12, 0.05)
    first, second = data.x[:, :6], data.x[:, 6:]
    torch.testing.assert_close((first - second).norm(dim=2), torch.full((E, 6), 0.05).double())
    torch.testing.assert_close(data.x.norm(dim=2), torch.ones(E, 12).double())
    assert torch.equal(data.y[:, :6], -data.y[:, 6:])
    assert analysis.settings(data, 2)[0].phi == pytest.approx(0.05)


def test_the_smallest_width_is_the_first_that_fits() -> None:
    data, widths = task().draw("random labels", 12)[0], (1, 2, 4, 8, 16, 32)
    found = analysis.smallest_widths(task(), {12: data}, widths, 2)
    for seed, smallest in enumerate(found[:, 0]):
        fitted = [np.isfinite(analysis.steps_of(task().fit(data, m, 2))[seed]) for m in widths]
        assert widths[fitted.index(True)] == smallest
    none = analysis.smallest_widths(task(1), {12: data}, (1, 2), 2)
    assert np.isinf(none).all()


def test_the_course_has_the_worst_of_the_way() -> None:
    data = task().draw("random labels", 10)[0]
    done = task().fit(data, 40, 3, goal=0.05)
    numbers = {name: each[:, 0] for name, each in analysis.course({40: done}).items()}
    for seed in range(E):
        taken = int(numbers["steps"][seed])
        way = done.slopes[:taken, seed].square().sum(dim=1) / (2 * done.loss[:taken, seed])
        assert numbers["dominance"][seed] == pytest.approx(way.min().item())
        assert numbers["zero"][seed] <= taken
        assert done.errors[int(numbers["zero"][seed]), seed] == 0
        assert numbers["furthest"][seed] == done.moved[seed].max().item()
        assert numbers["moved"][seed] == pytest.approx(done.moved[seed].norm().item())
        assert numbers["path"][seed] >= numbers["moved"][seed]
        assert 0 < numbers["curvature"][seed] < 2.5


def test_eigenvalues_are_those_of_the_start() -> None:
    data = task().draw("random labels", 10)[0]
    net = task().start(D, 20, 2).to("cpu")
    kernel = ntk(net, data.x) / 10
    expected = torch.linalg.eigvalsh(kernel)
    np.testing.assert_allclose(analysis.least_eigenvalues(task(), data, 20, 2), expected[:, 0])
    # Training, unlike these eigenvalues, is in single precision.
    np.testing.assert_allclose(1 / task(1).fit(data, 20, 2).etas, expected[:, -1], rtol=1e-5)


def test_kernels_of_a_setting_are_limits_of_wide_networks() -> None:
    """lambda_0 and lambda_K against the features of networks with random weights."""
    data = task().draw("random labels", 6)[0]
    one = data.map(lambda part: part[:1])
    seen = analysis.settings(one, 2)[0]
    net = (
        analysis.LabelledPoints(source(), 3, 1, torch.device("cpu"), 1).start(D, 4000, 2).to("cpu")
    )
    x = one.x[0]
    gates = (x @ net.W[0].mT >= 0).double()
    gram = x @ x.mT * (gates @ gates.mT) / 4000
    assert float(torch.linalg.eigvalsh(gram)[0]) == pytest.approx(seen.lambda_0, rel=0.2)
    h = ((x @ net.W[0].mT).relu() @ net.V[0, 0].mT).relu()
    assert float(torch.linalg.eigvalsh(h @ h.mT)[0]) == pytest.approx(seen.lambda_k, rel=0.3)


def test_limiting_ratios_are_those_of_wide_networks() -> None:
    data = task().draw("random labels", 6)[0]
    found = analysis.limiting_ratios(data, (1, 3))
    for column, depth in enumerate((1, 3)):
        values = torch.linalg.eigvalsh(ntk(task().start(D, 1500, depth).to("cpu"), data.x))
        ratio = (values[:, 0] / values[:, -1]).numpy()
        np.testing.assert_allclose(ratio, found[:, column], rtol=0.35)


def test_rows_without_powers_are_left_out() -> None:
    seen = analysis.settings(task().draw("random labels", 10)[0], 3)
    found = analysis.orders_of_magnitude(CONDITIONS, seen)
    assert list(found) == [each.name for each in CONDITIONS[1:]]
    assert len(analysis.orders_of_magnitude(CONDITIONS, seen, "log10_steps")) == 4


def test_test_errors_are_those_of_the_sign() -> None:
    net = task().start(D, 20, 2)
    data, _ = task().draw("true labels", 20)
    wrong = (deep(net, data.x.float()) * data.y <= 0).double().mean(dim=(1, 2))
    np.testing.assert_allclose(analysis.test_errors(net, data), wrong, rtol=1e-6)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"sample_sizes": (10, 20, 1800)}, "cannot train on 1800"),
        ({"fitted_samples": 12, "n_test": 1790}, "1790 for the test"),
        ({"fitted_samples": 13}, "one of label_sample_sizes"),
        ({"paired_samples": 5}, "even and at least 4"),
        ({"separations": (0.5, 1.0, 2.0)}, "less than 2 apart"),
        ({"separations": (0.0, 1.0, 1.5)}, "must be positive"),
        ({"depths": (0, 1, 2)}, "greater than or equal to 1"),
    ],
)
def test_what_does_not_fit_is_refused(wrong: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        SlidesArbitraryLabelsParameters.model_validate(TINY.model_dump() | wrong)


def test_the_quick_run_has_the_points_of_part_a_in_part_b() -> None:
    assert QUICK.fitted_samples in QUICK.label_sample_sizes


def test_the_separation_is_of_points_with_different_labels() -> None:
    angles = torch.tensor([0.0, 0.1, 1.0], dtype=torch.float64)
    x = torch.stack([angles.cos(), angles.sin()], dim=1)[None]
    [seen] = analysis.settings(Sample(x, torch.tensor([[[1.0], [1.0], [-1.0]]]).double()), 2)
    assert seen.closest == pytest.approx(2 * math.sin(0.05))
    assert seen.phi == pytest.approx(2 * math.sin(0.45))
