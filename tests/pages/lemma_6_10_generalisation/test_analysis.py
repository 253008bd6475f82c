"""What the page measures, against numbers that can be said beforehand."""

import numpy as np
import pytest
import torch

from ovp_lib.models import inputs, networks, three_layer
from ovp_lib.pages.lemma_6_10_generalisation import analysis
from ovp_lib.proofs.rademacher import ascent, bounds
from ovp_lib.training.samples import streams

M, D, SEEDS = 6, 4, 2


def net(m: int = M) -> three_layer.ThreeLayer:
    return three_layer.init_three_layer(streams(0, SEEDS, "init"), d=D, m1=m, m2=m)


def data(draws: int = 3, d: int = D) -> analysis.Data:
    sampler = inputs.sphere(d)
    return analysis.draw(sampler, 8, draws, streams(0, SEEDS, "train"), streams(0, SEEDS, "signs"))


def test_every_seed_has_its_own_points_and_signs() -> None:
    x, xi = data()
    assert x.shape == (SEEDS, 8, D)
    assert xi.shape == (3, SEEDS, 8)
    assert set(xi.unique().tolist()) == {-1, 1}
    assert not torch.equal(x[0], x[1])
    assert not torch.equal(xi[:, 0], xi[:, 1])
    torch.testing.assert_close(x, data(draws=5).x)


def test_frozen_classes_are_means_over_draws_and_lie_between() -> None:
    whole = analysis.frozen(net(), data(), 0.7)
    each = [analysis.frozen(net(), data()._replace(xi=data().xi[i : i + 1]), 0.7) for i in range(3)]
    for name, values in whole.items():
        assert values == pytest.approx(np.mean([row[name] for row in each], axis=0))
    assert (whole["with"] <= whole["without"]).all()
    assert (whole["without"] < whole["above"]).all()
    assert (whole["above"] < 3 * whole["without"]).all()


def test_the_radius_of_the_first_layer_falls_with_the_width() -> None:
    doubled = analysis.frozen(net(), data(), 1.4)
    assert doubled["with"] == pytest.approx(2 * analysis.frozen(net(), data(), 0.7)["with"])
    task = ascent.Correlation(net(), data().x, data().xi[0], M**-0.75, 0.7)
    found = analysis.real(net(), data(1), 0.7, torch.ones(SEEDS, 5, M).double(), 3)
    first = data(1).xi[0]
    expected = ascent.ascend(task._replace(xi=first), steps=3)
    assert found["without"] == pytest.approx(expected.numpy())


def test_what_ascent_found_is_judged_on_other_signs() -> None:
    sigma = torch.stack([inputs.rademacher((10, M), g) for g in streams(0, SEEDS, "perturbation")])
    found = analysis.real(net(), data(1), 0.7, sigma, 2)["with"]
    task = ascent.Correlation(net(), data(1).x, data(1).xi[0], M**-0.75, 0.7)
    other = ascent.ascend(task, sigma[:, :2], steps=2, fresh=sigma[:, 2:])
    assert found == pytest.approx(other.numpy())
    assert found != pytest.approx(ascent.ascend(task, sigma[:, :2], steps=2).numpy())


def test_neurons_move_by_the_radius_over_the_width() -> None:
    two = networks.init_two_layer(streams(0, SEEDS, "init"), d=2, m=5)
    values = analysis.neurons(two, data(2, d=2), 1.5)
    bound = 2 * two.a.abs().sum(dim=(1, 2)).numpy() * 0.3 / np.sqrt(8)
    assert values["bound"] == pytest.approx(bound)
    assert (values["real"] > 0).all()
    tiny = analysis.neurons(two, data(2, d=2), 1e-6)  # no gate can change
    assert tiny["real"] == pytest.approx(tiny["frozen"])


def test_ratios_are_the_largest_over_instances() -> None:
    many = analysis.calculus_ratios(5, 3, 4, streams(0, SEEDS, "order"))
    few = analysis.calculus_ratios(5, 3, 2, streams(0, SEEDS, "order"))
    assert list(many) == list("abcdef")
    assert all((many[rule] >= few[rule]).all() for rule in many)
    assert (many["a"] > few["a"]).any()
    assert many["c"].max() < 1e-9


def test_gaps_of_every_seed() -> None:
    found = analysis.gaps(4, 3, 0.2, streams(0, SEEDS, "test"))
    assert found.failures.tolist() == [0, 0]
    assert ((found.needed >= 0) & (found.needed < 1)).all()
    assert ((found.contraction > 0) & (found.contraction < 2**0.5)).all()


def test_guarantees_are_the_least_over_the_sizes() -> None:
    without, coupling = analysis.least_guarantee(1.0)
    at_25 = bounds.printed_without(25**-0.75, 1.0, 25, 25, 2000).total
    assert without == pytest.approx(2 * at_25)
    assert coupling == pytest.approx(2 * bounds.printed_with(400**-0.75, 1.0, 400, 400, 1).coupling)
    table = analysis.bound_table(net(), data().x, 1.0)
    assert table["6.10 printed"] == pytest.approx(
        [bounds.printed_without(M**-0.75, 1.0, M, M, 8).total] * SEEDS
    )
    assert (table["6.12 printed"] > table["6.12 printed, B left out"]).all()


def test_the_proof_needs_nearly_the_square_of_the_width() -> None:
    assert analysis.width_power() == pytest.approx(1.99, abs=0.005)
    assert analysis.width_power(widths=(10, 100)) < 1.9  # smaller widths have other terms


def test_sizes_stand_side_by_side() -> None:
    rows = [{"a": np.array([1.0, 2.0])}, {"a": np.array([3.0, 4.0])}]
    assert analysis.by_size(rows)["a"].tolist() == [[1, 3], [2, 4]]
