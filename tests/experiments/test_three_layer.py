"""The shared experiment of Theorems 2 and 3."""

import numpy as np
import pytest
import torch

from ovp_lib.experiments.axis_targets import axis_target
from ovp_lib.experiments.three_layer import Study, errors, learn, train_three_layer
from ovp_lib.experiments.three_layer_recipes import Recipe, algorithms
from ovp_lib.maths.smooth import parse
from ovp_lib.training.samples import Sample
from ovp_lib.training.smoothed.settings import Rounds

TARGET = axis_target(parse("z^2"), parse("sin(2z)"), d=4, p2=2, n_seeds=2)
STUDY = Study(TARGET, noise=0.5, rounds=Rounds(3, 5, 10), test=50, sign_draws=4)
BOTH = {name: algorithms(Recipe())[name] for name in ("Algorithm 2", "SGD")}


def test_noise_is_on_training_labels_alone() -> None:
    data, points = STUDY.data(30), STUDY.points()
    off = (data.y - TARGET(data.x)).abs()
    torch.testing.assert_close(off, torch.full_like(off, 0.5))
    torch.testing.assert_close(points.y, TARGET(points.x))
    assert STUDY.opt == 0.25


def test_a_smaller_sample_is_the_beginning_of_a_larger_one() -> None:
    """Its rows are those of a run in which its own first points are all there is."""
    table = learn(STUDY, BOTH, widths=[8], samples=[10, 20], device="cpu")
    first = Sample(*(part[:, :10] for part in STUDY.data(20)))
    alone = errors(train_three_layer(STUDY, BOTH, first, 8, device="cpu"))
    smaller = table[table["samples"] == 10]
    np.testing.assert_array_equal(smaller["excess"], alone["excess"])
    assert not np.isclose(smaller["excess"], table[table["samples"] == 20]["excess"]).any()


def test_the_excess_is_that_of_predictions_averaged_over_signs() -> None:
    reached = train_three_layer(STUDY, BOTH, STUDY.data(20), 8, device="cpu")
    found, points = errors(reached), reached.points.to(reached.run.net.W)
    for draws, column in ((4, "excess"), (1, "excess_one_sign")):
        square = (reached.run.predict(points.x, draws) - points.y).square().mean(dim=(1, 2))
        second = found["algorithm"] == "Algorithm 2"
        np.testing.assert_allclose(found[column][second], square[:2].numpy(), rtol=1e-4)
    plain = found[found["algorithm"] == "SGD"]
    np.testing.assert_allclose(plain["excess"], plain["excess_one_sign"], rtol=1e-5)


def test_what_diverged_has_no_error() -> None:
    wild = {"wild": Recipe(step=1e6, lam_v=0.0), "tame": Recipe()}
    found = errors(train_three_layer(STUDY, wild, STUDY.data(20), 8, device="cpu"))
    lost = found[found["algorithm"] == "wild"]
    assert lost[["train", "excess", "excess_one_sign"]].isna().all(axis=None)
    assert found[found["algorithm"] == "tame"].notna().all(axis=None)


def test_a_recipe_has_the_exponents_of_table_1() -> None:
    narrow, wide = (Recipe().at(m, seed=1) for m in (100, 400))
    assert narrow.eta / wide.eta == pytest.approx(4)
    assert narrow.sigma_w / wide.sigma_w == pytest.approx(4)
    assert narrow.sigma_v / wide.sigma_v == pytest.approx(2)


def test_sgd_has_no_ingredient_and_algorithm_3_lacks_the_signs_alone() -> None:
    second, third, sgd = (each.at(10, seed=0) for each in algorithms(Recipe()).values())
    assert second.signs
    assert third == second.without("signs")
    assert (sgd.signs, sgd.rate, sgd.sigma_v, sgd.lam_w, sgd.gradient_noise) == (False, 0, 0, 0, 0)
