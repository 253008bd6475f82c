"""What the page on Theorem 2 trains and reads off."""

import numpy as np
import torch

from ovp_lib.evidence.claims import Estimate
from ovp_lib.experiments.axis_targets import axis_target
from ovp_lib.experiments.three_layer import Study, train_three_layer
from ovp_lib.experiments.three_layer_recipes import Recipe
from ovp_lib.kernels.closed_form import relu_network
from ovp_lib.maths.smooth import parse, polynomial
from ovp_lib.models.three_layer import three_layer
from ovp_lib.pages.theorem_2_three_layer import analysis
from ovp_lib.training.smoothed.output import choose_output
from ovp_lib.training.smoothed.settings import Rounds

SINE = axis_target(parse("sin(2z)"), parse("z"), d=4, p2=2, n_seeds=2)


def test_the_error_of_the_output_is_that_of_its_network() -> None:
    study = Study(SINE, rounds=Rounds(2, 5, 10), test=30)
    recipes = {"Algorithm 2": Recipe()}
    reached = train_three_layer(study, recipes, study.data(20), 8, device="cpu")
    net = choose_output(reached.run, reached.data, 3).net
    points = reached.points.to(net.W)
    expected = (three_layer(net, points.x) - points.y).square().mean(dim=(1, 2))
    found = analysis.outputs(reached, 3)
    np.testing.assert_allclose(found["excess_of_output"], expected.numpy(), rtol=1e-5)
    assert not np.isclose(found["excess_of_output"], found["excess"]).any()


def test_a_kernel_is_tuned_on_validation_data() -> None:
    """The error on record is the test error of the penalty with the least validation error."""
    splits = analysis.split(SINE, 25, seed=0)
    found = analysis.tuned_kernels(splits)
    assert len(found) == 8
    parts = [(part.x[1], part.y[1]) for part in splits]
    kernels = [relu_network(x, parts[0][0], hidden_layers=2).conjugate for x, _ in parts]
    at_penalty = []
    for penalty in analysis.PENALTIES:
        noisy = kernels[0] + penalty * kernels[0].trace() * torch.eye(25)
        c = torch.linalg.solve(noisy, parts[0][1])
        errors = [
            float((K @ c - y).square().mean()) for K, (_, y) in zip(kernels, parts, strict=True)
        ]
        at_penalty.append(errors[1:])
    row = found[(found["learner"] == "conjugate, 3 layers") & (found["seed"] == 1)]
    np.testing.assert_allclose(row["test"].item(), min(at_penalty)[1], rtol=1e-4)


def test_a_network_keeps_the_step_size_with_the_least_validation_error() -> None:
    splits = analysis.split(SINE, 60, seed=0)
    learner = analysis.Learner(3, 10, (1e-9, 0.02, 1e9))
    found = analysis.tuned_network(learner, splits, epochs=20, seed=0, device="cpu")
    assert found["lr"].tolist() == [0.02, 0.02]
    assert (found["at_edge"] == "").all()
    edge = learner._replace(layers=2, step_sizes=(1e-9, 0.02))
    found = analysis.tuned_network(edge, splits, epochs=20, seed=0, device="cpu")
    assert (found["at_edge"] == "lr").all()


def test_the_slope_that_would_have_been_seen() -> None:
    assert analysis.visible_slope(Estimate(-0.2, -0.3, 0.0, 5), 0.25) == 0.4


def test_targets_stand_in_the_order_of_their_complexity() -> None:
    targets = [axis_target(parse("sin(z)"), polynomial(0.0, C), d=3) for C in (4.0, 1.0)]
    needed = [np.array([np.inf, np.inf]), np.array([0.0, 0.0])]
    table = analysis.complexities(targets, needed, eps=0.1)
    words = ["fewer than the smallest sample", "more than the largest sample"]
    assert table["samples (median)"].tolist() == words
