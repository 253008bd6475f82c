import math

import pytest

from ovp_lib.maths.table_1 import Table1
from ovp_lib.training.smoothed.settings import INGREDIENTS, Rounds, Smoothing
from tests.training.smoothed.reference import ALL


def test_lambda_decays_by_eta_unless_told_otherwise() -> None:
    assert Smoothing(seed=0, eta=0.1).lam(3) == pytest.approx(0.9**3)
    assert Smoothing(seed=0, eta=0.1, decay=0.5).lam(3) == 0.125
    assert Smoothing(seed=0, eta=0.1, decay=0.0).lam(100) == 1.0
    assert Smoothing(seed=0, eta=0.1).step(0.5) == 0.1
    assert Smoothing(seed=0, eta=0.1, rescaled=True).step(0.5) == 0.2


def test_each_ingredient_can_be_left_out_alone() -> None:
    for name, changes in INGREDIENTS.items():
        left = ALL.without(name)
        assert left != ALL
        for field in ("signs", "sigma_w", "sigma_v", "lam_w", "lam_v", "decay", "gradient_noise"):
            assert getattr(left, field) == changes.get(field, getattr(ALL, field))
    plain = ALL.without(*INGREDIENTS)
    assert plain == Smoothing(seed=3, eta=0.03, decay=0.0, signs=False, rescaled=True)


def test_table_1_gives_noise_and_regulariser() -> None:
    table = Table1(m1=50, m2=80, eps0=0.01, c0=2.0)
    chosen = Smoothing.of_table_1(table, seed=4, eta=0.001, constant=3.0, signs=False)
    assert (chosen.sigma_w, chosen.sigma_v) == (table.sigma_w, table.sigma_v)
    assert (chosen.lam_w, chosen.lam_v) == (3 * table.lam_w, 3 * table.lam_v)
    assert not chosen.signs


def test_the_number_of_rounds_brings_lambda_down_to_the_theorem() -> None:
    rounds = Rounds.of_theorem(0.01, m1=100, m2=50, eps0=0.01, steps=3)
    reached = Smoothing(seed=0, eta=0.01).lam(rounds.rounds)
    assert reached == pytest.approx(0.01 / math.log(5000), rel=0.05)
    assert rounds.steps == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rounds": 0}, r"rounds must be at least 1 \(T rounds of decay\), got 0"),
        ({"steps": 0}, r"steps must be at least 1 \(T_w steps of SGD a round\), got 0"),
        ({"batch_size": -1}, "batch_size must be at least 1"),
        ({"draws": "epoch"}, "draws must be one of step, sample, got 'epoch'"),
    ],
)
def test_rounds_out_of_range_are_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Rounds(**change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": -1}, "seed >= 0 and eta > 0, got -1, 0.1"),
        ({"eta": 0.0}, "seed >= 0 and eta > 0"),
        ({"eta": math.nan}, "seed >= 0 and eta > 0"),
        ({"eta": 1.5}, r"needs decay in \[0, 1\), got 1.5 \(decay is eta unless it is given\)"),
        ({"decay": 1.0}, r"needs decay in \[0, 1\), got 1.0$"),
        ({"decay": -0.1}, r"needs decay in \[0, 1\)"),
        ({"sigma_w": -1.0}, "sigma_w must be at least 0 and finite, got -1"),
        ({"sigma_v": math.inf}, "sigma_v must be at least 0 and finite"),
        ({"lam_w": -1.0}, "lam_w must be at least 0"),
        ({"gradient_noise": math.nan}, "gradient_noise must be at least 0"),
        ({"lam_v": 5.0}, "1 - 2 eta lam_v, which must be positive: got eta = 0.1 and lam_v = 5"),
    ],
)
def test_settings_out_of_range_are_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Smoothing(**({"seed": 0, "eta": 0.1} | change))


def test_unknown_ingredients_are_refused() -> None:
    with pytest.raises(ValueError, match=r"ingredients are signs, .* got \['dropout'\]"):
        ALL.without("decay", "dropout")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"decay": 0.0}, "T rounds need 0 < decay < 1"),
        ({"m1": 1}, "m1 and m2 >= 2"),
        ({"eps0": 0.5}, r"eps0 in \(0, 1/100\], got 0.5"),
        ({"constant": 0.0}, "constant > 0"),
    ],
)
def test_rounds_of_no_theorem_are_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Rounds.of_theorem(**({"decay": 0.1, "m1": 9, "m2": 9, "eps0": 0.01} | change))
