import numpy as np
import torch

from ovp_lib.maths.table_1 import Table1
from ovp_lib.models.composite_targets import LabelledComposite
from ovp_lib.models.inputs import stream
from ovp_lib.models.three_layer import three_layer
from ovp_lib.pages.lemma_6_7_descent import analysis
from ovp_lib.proofs.descent import objective, scenarios
from ovp_lib.proofs.descent.objective import Point
from tests.proofs.three_layer_nets import network, noise, points

NET, X = network(m1=5, m2=5, k=1), points(n=6)
DATA = LabelledComposite(X, three_layer(NET, X) + noise(X[..., :1], 2.0))
AT = analysis.numbers(Table1(5, 5, 0.01), analysis.Constants(0.5, 0.1), 0.8)
HERE = Point(NET, noise(NET.W, 0.2, 1), noise(NET.V, 0.2, 2))


def seen(*, signs: bool, spectrum_too: bool = False) -> analysis.Look:
    generators = [stream(3, i) for i in range(2)]
    how = {"signs": signs, "draws": 3, "spectrum_too": spectrum_too}
    return analysis.look(HERE, DATA, AT, generators, **how)


def test_the_first_variant_needs_no_draws_for_its_second_derivatives() -> None:
    once, twice = seen(signs=False), seen(signs=False)
    np.testing.assert_array_equal(once.best, twice.best)
    np.testing.assert_allclose(once.best, once.bound, rtol=0.2)
    assert (once.bound <= once.best + 1e-12).all()
    assert (once.spread >= once.best - 1e-12).all()


def test_with_signs_the_direction_is_judged_on_other_draws() -> None:
    found = seen(signs=True)
    rows_value = found.change / found.value
    assert (np.abs(rows_value - found.best) > 1e-9).all()


def test_decay_is_that_of_the_scenario() -> None:
    found, generators = seen(signs=False), [stream(3, i) for i in range(2)]
    rows = objective.draw_rows(HERE, *DATA, generators, draws=12, signs=False)
    expected = scenarios.decay_rate(HERE, rows, AT).rate.numpy()
    np.testing.assert_allclose(found.decay, expected, rtol=0.2, atol=0.1)


def test_the_smallest_eigenvalue_lies_below_the_change() -> None:
    found = seen(signs=False, spectrum_too=True)
    assert (found.lowest <= found.change + 1e-9).all()
    assert np.isnan(seen(signs=False).lowest).all()


def test_either_scenario_is_the_smaller_change() -> None:
    found = seen(signs=False)
    np.testing.assert_array_equal(found.either, np.minimum(found.best, found.decay))


def test_looks_where_the_lemma_does_not_speak_are_left_out() -> None:
    rate, value = np.array([[-1.0, 0.5], [-2.0, -0.1]]), np.array([[2.0, 0.1], [2.0, 3.0]])
    worst = analysis.worst_where_it_applies(rate, value, floor=1.0, gamma=0.2)
    np.testing.assert_allclose(worst, [-20.0, -2.0])


def test_the_noise_and_the_regulariser_are_those_of_the_runs() -> None:
    (member,) = analysis.settings(AT, [3], eta=0.1, signs=False)
    assert (member.sigma_v, member.lam_w) == (AT.sigma_v, AT.lam_w)
    assert AT.sigma_v == 0.5 * Table1(5, 5, 0.01).sigma_v
    assert AT.lam_v == 0.1 * Table1(5, 5, 0.01).lam_v


def test_training_starts_where_nothing_has_moved() -> None:
    start = analysis.start_of(NET.map(lambda w: w.float()))
    assert start.dW.dtype == torch.float64
    assert not start.dW.any()
    assert not start.dV.any()
