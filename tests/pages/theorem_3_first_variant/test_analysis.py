"""What the page on Theorem 3 reads off its runs, on runs whose laws are known."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from ovp_lib.experiments.three_layer import Study, train_three_layer
from ovp_lib.experiments.three_layer_recipes import Recipe
from ovp_lib.maths.smooth import parse
from ovp_lib.maths.table_1 import Table1
from ovp_lib.models.composite_targets import random_three_layer_target
from ovp_lib.models.three_layer import ThreeLayer, three_layer
from ovp_lib.pages.theorem_3_first_variant import analysis
from ovp_lib.training.samples import streams
from ovp_lib.training.smoothed.output import Smoothed
from ovp_lib.training.smoothed.settings import INGREDIENTS, Rounds

RECIPE = Recipe(step=1.0, decay=0.2, smoothing_w=0.3, smoothing_v=0.3, gradient_noise=0.3)


def study() -> Study:
    target = random_three_layer_target(parse("z"), parse("z"), streams(0, 2, "target"), d=3)
    return Study(target, noise=0.5, rounds=Rounds(3, 5, 4), test=50, sign_draws=analysis.DRAWS)


def surface(b: float, c: float, spread: float = 0.0) -> pd.DataFrame:
    """Return errors m^b N^c of five seeds, whose exponents differ by up to ``spread``."""
    rows = [
        (seed, m, n, (1 + seed) * m ** (b + spread * (seed - 2)) * n**c)
        for seed in range(5)
        for m in (10, 30, 100)
        for n in (20, 80)
    ]
    table = pd.DataFrame(rows, columns=["seed", "m", "samples", "excess"])
    return table.assign(algorithm="Algorithm 3")


def test_samples_that_grow_like_the_bound_are_found() -> None:
    found = analysis.slopes(surface(b=1.2, c=-0.8), "Algorithm 3")
    np.testing.assert_allclose(found.needed, 1.5)
    np.testing.assert_allclose(found.width, 1.2)
    np.testing.assert_allclose(found.samples, -0.8)


def test_the_jackknife_tells_how_far_seeds_are_apart() -> None:
    """With one c for all seeds the pseudo-values are the ratios of the seeds themselves."""
    found = analysis.slopes(surface(b=0.0, c=-0.5, spread=0.1), "Algorithm 3")
    np.testing.assert_allclose(found.needed, [-0.4, -0.2, 0.0, 0.2, 0.4], atol=1e-12)


def test_runs_that_diverged_are_left_out_and_counted() -> None:
    table = surface(b=1.2, c=-0.8)
    table.loc[[0, 7], "excess"] = np.nan
    np.testing.assert_allclose(analysis.slopes(table, "Algorithm 3").needed, 1.5)
    assert analysis.left_out(table, "Algorithm 3") == "; 2 of 30 runs diverged and are left out"
    assert not analysis.left_out(surface(b=0.0, c=-1.0), "Algorithm 3")


def test_a_single_seed_has_no_interval() -> None:
    with pytest.raises(ValueError, match="two seeds, got 1"):
        analysis.slopes(surface(1.0, -1.0).query("seed == 0"), "Algorithm 3")


def test_ratios_are_paired() -> None:
    rows = {
        "algorithm": ["a", "a", "b", "b"],
        "seed": [0, 1, 0, 1],
        "excess": [2.0, 20.0, 1.0, 10.0],
    }
    found = analysis.ratios(pd.DataFrame(rows), "a", "b")
    assert found.value == pytest.approx(2)
    assert found.high - found.low < 1e-9


def test_what_is_not_positive_has_no_ratio() -> None:
    rows = {"algorithm": ["a", "a", "b", "b"], "seed": [0, 1, 0, 1], "gap": [2.0, -1.0, 1.0, 1.0]}
    assert np.isnan(analysis.ratios(pd.DataFrame(rows), "a", "b", "gap").value)


def test_the_ablation_leaves_out_one_ingredient_at_a_time() -> None:
    variants = analysis.ablation(RECIPE)
    absent = {name: set(recipe.absent) for name, recipe in variants.items()}
    assert absent.pop("SGD") == set(INGREDIENTS)
    for name, left_out in absent.items():
        base, _, part = name.partition(", no ")
        signs = {"signs"} if base == "Algorithm 3" else set()
        assert left_out == signs | ({part} if part else set())
    assert len(absent) == 2 * (1 + len(INGREDIENTS) - 1)


def test_the_calibrated_recipe_is_table_1_at_its_width() -> None:
    table = Table1(m1=50, m2=50, eps0=0.01, c0=10.0)
    settings = {"step": 2.0, "decay": 0.1, "gradient_noise": 0.2}
    member = analysis.calibrated(table, smoothing=0.5, **settings).at(50, seed=3)
    assert member.sigma_w == pytest.approx(0.5 * table.sigma_w)
    assert member.sigma_v == pytest.approx(0.5 * table.sigma_v)
    assert (member.lam_w, member.lam_v) == (table.lam_w, table.lam_v)
    assert (member.eta, member.rate) == (0.04, 0.1)


def test_everything_is_measured_as_it_is_defined() -> None:
    problem = study()
    recipes = {"Algorithm 2": RECIPE, "SGD": RECIPE.without(*INGREDIENTS)}
    reached = train_three_layer(problem, recipes, problem.data(20), 6, device="cpu")
    table = analysis.measured(reached, problem.opt, candidates=4)
    run, points = reached.run, reached.points.to(reached.run.net.W)
    W = run.dW[0].double() * run.lam[0].sqrt()
    lengths = W.norm(dim=1)
    assert table.loc[0, "W_norm"] == pytest.approx(float((lengths**4).sum() ** 0.25))
    assert table.loc[0, "V_norm"] == pytest.approx(float(run.lam[0].sqrt() * run.dV[0].norm()))
    uneven = len(lengths) * (lengths**4).sum() / (lengths**2).sum() ** 2
    assert table.loc[0, "unevenness"] == pytest.approx(float(uneven))
    assert table.loc[1, "gap"] == pytest.approx(
        table.loc[1, "excess"] + problem.opt - table.loc[1, "train"]
    )
    error = (three_layer(run.network(), points.x) - points.y).square().mean(dim=(1, 2))
    plain = table["algorithm"] == "SGD"  # no signs and no smoothing: every draw is the same
    for column in ("single", "output", "drawn"):
        np.testing.assert_allclose(table.loc[plain, column], error[2:], rtol=1e-5)
        assert (table.loc[~plain, column] != table.loc[~plain, "excess"]).all()


def test_an_averaged_prediction_is_better_than_single_ones_on_average() -> None:
    problem = study()
    reached = train_three_layer(problem, {"2": RECIPE}, problem.data(20), 6, device="cpu")
    table = analysis.measured(reached, problem.opt, candidates=1)
    assert (table["excess"] < table["single"]).all()


def test_draws_that_the_output_is_compared_with_were_no_candidates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem, asked = study(), []
    reached = train_three_layer(problem, {"2": RECIPE}, problem.data(20), 6, device="cpu")
    real = Smoothed.drawn

    def noted(run: Smoothed, number: int, **how: Any) -> ThreeLayer:
        asked.append((number, how["smoothing"]))
        return real(run, number, **how)

    monkeypatch.setattr(Smoothed, "drawn", noted)
    analysis.measured(reached, problem.opt, candidates=4)
    smoothed = [number for number, smoothing in asked if smoothing]
    assert set(smoothed[: -analysis.DRAWS]) == set(range(4))
    assert smoothed[-analysis.DRAWS :] == list(range(4, 4 + analysis.DRAWS))


def test_even_rows_have_unevenness_one() -> None:
    problem = study()
    reached = train_three_layer(problem, {"2": RECIPE}, problem.data(20), 6, device="cpu")
    reached.run.dW.fill_(0.5)
    found = analysis.norms(reached.run, torch.ones(2))
    np.testing.assert_allclose(found["unevenness"], 1.0)
