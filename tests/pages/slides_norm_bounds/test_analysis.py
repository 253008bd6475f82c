"""What the page on norm bounds reads off its networks, on tiny ones."""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from ovp_lib.datasets import digits, on_sphere
from ovp_lib.errors import Refusal
from ovp_lib.experiments.to_margin import Goal, ReachedMargin, init_scaled
from ovp_lib.kernels.agreement import label_agreement, slides_kernel
from ovp_lib.models.deep import Deep
from ovp_lib.models.inputs import stream
from ovp_lib.pages.slides_norm_bounds import analysis
from ovp_lib.pages.slides_norm_bounds.statement import STATEMENT
from ovp_lib.proofs import norm_bounds

SETTING = analysis.Scaling("slides", 4.0)


def task(n: int = 30) -> analysis.SeedPoints:
    return analysis.draw_task(on_sphere(digits()), 5, 0, n, 40)


def trained(m: int = 30, epochs: int = 60) -> tuple[analysis.SeedPoints, Deep, ReachedMargin]:
    own, goal = task(), Goal(1.0, epochs=epochs, batch=10)
    return own, *analysis.train_network(own, SETTING, (5, 0), m, 2, goal, "cpu")


def test_training_and_test_points_are_disjoint_and_the_same_for_all_widths() -> None:
    own, again = task(), task()
    assert torch.equal(own.train.x, again.train.x)
    assert float(torch.cdist(own.train.x, own.test.x).min()) > 1e-6
    assert set(own.train.y.flatten().tolist()) == {-1.0, 1.0}


def test_factors_multiply_to_the_bounds() -> None:
    own, start, reached = trained()
    row = analysis.measure(own, SETTING, start, reached)
    for name in ("bartlett", "neyshabur", "bartlett whole", "neyshabur whole", "bartlett columns"):
        parts = math.sqrt(30 / 30) * row["product"] * row[f"{name} distance"] / row["gamma"]
        assert row[name] == pytest.approx(parts)
    assert row["product"] == pytest.approx(row["spectral 1"] * row["spectral 2"])
    assert row["bartlett whole"] > row["bartlett"]
    assert 0 <= row["test error"] < 0.5


def test_the_standard_scaling_counts_the_output_weights_as_a_layer() -> None:
    own, start, reached = trained()
    row = analysis.measure(own, SETTING._replace(scaling="standard"), start, reached)
    assert row["spectral 3"] == pytest.approx(math.sqrt(30))  # signs, not trained here
    assert row["bartlett"] == pytest.approx(
        analysis.measure(own, SETTING, start, reached)["bartlett"]
    )


def test_a_network_without_a_margin_has_no_bound() -> None:
    own, start, reached = trained(epochs=1)
    row = analysis.measure(own, SETTING, start, reached._replace(gamma=-0.1))
    assert row == {"gamma": -0.1, "epochs": 1.0}
    table = pd.DataFrame([{"setting": "s", "member": 0, "m": 9, "bartlett": 1.0, **row}])
    assert analysis.by_width(table, "s", "bartlett").tolist() == [[1.0]]


def test_normalised_margins_are_margins_over_the_bound_at_margin_one() -> None:
    own, start, reached = trained()
    row = analysis.measure(own, SETTING, start, reached)
    found = analysis.normalised_margins(own, reached, row["bartlett"])
    level = found[math.floor(0.05 * 30)]
    assert level * row["bartlett"] == pytest.approx(1.0)
    assert (np.diff(found) >= 0).all()


def test_agreement_of_a_wide_network_is_that_in_closed_form() -> None:
    own = task()
    start = init_scaled("slides", [stream(3)], d=64, m=3000, depth=2)
    theta = slides_kernel(own.train.x[0], depth=2)
    limit = math.sqrt(label_agreement(theta, own.train.y[0]).item())
    assert analysis.agreement_at_start(own, start) == pytest.approx(limit, rel=0.1)


def test_pairs_are_at_the_widths_that_both_settings_have() -> None:
    rows = [
        {"setting": s, "member": k, "m": m, "bartlett": scale * m}
        for s, scale in (("a", 6.0), ("b", 2.0))
        for k in range(2)
        for m in (10, 20, 30)
        if (s, m) != ("b", 10)
    ]
    table = pd.DataFrame(rows)
    assert analysis.paired(table, ("a", "b"), ("bartlett", "bartlett")).tolist() == [[3, 3]] * 2


def test_exponents_are_those_of_the_columns() -> None:
    rows = [
        {"setting": "a", "member": k, "m": m, "up": (k + 1) * m**0.5, "flat": 2.0 + k}
        for k in range(2)
        for m in (10, 20, 40)
    ]
    found = analysis.exponents(
        pd.DataFrame(rows), "a", {"rises": "up", "stays": "flat"}, (10, 20, 40)
    )
    assert found["rises"].value == pytest.approx(0.5)
    assert found["stays"].value == pytest.approx(0.0)


def test_more_points_than_there_are_digits_are_refused() -> None:
    with pytest.raises(Refusal, match="1797 digits"):
        STATEMENT.resolve("quick", samples=1000, n_test=1000)


def test_the_bounds_do_not_see_the_device() -> None:
    """Norms are taken on the CPU in float64, whatever the weights are in."""
    W = [torch.randn(1, 5, 4, generator=stream(2))]
    norms = norm_bounds.layer_norms(W)
    assert all(each.dtype == torch.float64 and each.device.type == "cpu" for each in norms)
