"""The arithmetic of Lemma 6.4 against numbers that can be said beforehand."""

import math

import numpy as np
import pytest
import torch

from ovp_lib.evidence import dependence
from ovp_lib.evidence.claims import Estimate
from ovp_lib.models import inputs
from ovp_lib.pages.lemma_6_4_information_out_of_randomness import analysis
from ovp_lib.proofs import interval
from ovp_lib.proofs.information import Pieces

X1 = torch.linspace(-0.7, 0.7, 3, dtype=torch.float64)
PHI = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)


def pieces(seed: int, draws: int = 6) -> Pieces:
    """Return pieces with n1 = rho PHI + B + R, R = 0."""
    normal = torch.randn(2, draws, 3, generator=inputs.stream(seed), dtype=torch.float64)
    rho, B, zero = normal[0, :, 0], normal[1], torch.zeros(draws, 3, dtype=torch.float64)
    n1 = rho[:, None] * PHI + B
    return Pieces(n1, rho, B, zero, zero, zero, zero, zero + 1, torch.ones(draws).double())


RUNS = {10: [pieces(1), pieces(2)], 20: [pieces(3, draws=3), pieces(4, draws=3)]}


@pytest.mark.parametrize("construction", ["least norm", "paper", "least sup"])
def test_what_is_sought_comes_within_the_accuracy(construction: str) -> None:
    sought = analysis.look_for("sin(z)", X1, construction=construction, clip=6.0, eps=0.1)
    assert (sought.phi_eps - torch.sin(X1)).abs().max() < 0.1
    assert sought.C / sought.h.sup() == pytest.approx(2.001)
    assert analysis.error(sought, X1) == (sought.phi_eps - torch.sin(X1)).abs().max()


def test_constructions_differ() -> None:
    options = {"clip": 3.0, "eps": 0.1}
    names = ("least norm", "paper", "least sup")
    found = [analysis.look_for("sin(z)", X1, construction=name, **options).C for name in names]
    assert found[2] < found[0] < found[1]


def test_the_direction_is_a_unit_vector_orthogonal_to_the_last_axis() -> None:
    w_star = analysis.direction(4, inputs.stream(0))
    assert w_star.shape == (4,)
    assert w_star.norm().item() == pytest.approx(1.0)
    assert w_star[-1] == 0.0


def test_the_printed_partition_is_off_near_zero_and_nowhere_else() -> None:
    y0 = interval.turning_point(0.01)
    near, far = torch.tensor([[y0 / 2], [0.5]], dtype=torch.float64)
    assert analysis.bias(interval.printed_partition(far, 0.01)) < 1e-12
    assert analysis.bias(interval.printed_partition(near, 0.01)) == pytest.approx(y0 / 4, rel=1e-2)
    assert analysis.bias(interval.interval_partition(near, 0.01)) < 1e-12


def test_numbers_are_everywhere_and_around_zero() -> None:
    y, y0 = analysis.numbers(0.01), interval.turning_point(0.01)
    assert y.min() == -1
    assert y.max() == 1
    assert (y.abs() < 2 * y0).sum() > 2000


def test_a_computed_number_has_no_interval_and_a_floor() -> None:
    assert analysis.exactly(0.5) == Estimate(0.5, 0.5, 0.5, 1)
    assert analysis.exactly(1e-17, floor=1e-13).value == 1e-13


def test_far_from_zero_four_ends_move_at_about_speed_one() -> None:
    y = torch.tensor([0.5, 0.6], dtype=torch.float64)
    here, there = (interval.interval_partition(each, 0.01) for each in (y, y + 1e-4))
    assert analysis.speed(here, there) == pytest.approx(4.0, abs=0.02)


def test_the_print_leaves_a_part_where_h_is_small() -> None:
    sought = analysis.look_for("sin(z)", X1, construction="least norm", clip=3.0, eps=0.1)
    b0 = torch.zeros(2, dtype=torch.float64)
    small, large = (torch.full_like(b0, alpha1) for alpha1 in (0.001, 2.0))
    assert analysis.left_by_print(sought, 0.01, large, b0) < 1e-10
    y = 2 * sought.h(small, b0) / sought.C
    miss = (interval.printed_partition(y, 0.01).mean() - y).abs().mean().item()
    assert analysis.left_by_print(sought, 0.01, small, b0) == pytest.approx(sought.C / 2 * miss)
    assert miss > 0


def test_a_residual_is_what_the_pieces_do_not_explain() -> None:
    run = RUNS[10][0]
    assert analysis.residual(run, PHI) < 1e-12
    more = run._replace(R1=torch.full_like(run.R1, -0.5))
    root = run.n1.square().mean().sqrt().item()
    assert analysis.residual(more, PHI) == pytest.approx(0.5 / root)


def test_slopes_pool_the_draws_of_all_widths() -> None:
    exact = analysis.slopes(RUNS, lambda run: run.n1 - run.B)
    assert exact == pytest.approx(np.tile(PHI.numpy(), (2, 1)))
    with_noise = analysis.slopes(RUNS, lambda run: run.n1)
    first = [RUNS[m1][0] for m1 in RUNS]
    rho = torch.cat([run.rho for run in first])
    n1 = torch.cat([run.n1 for run in first])
    assert with_noise[0] == pytest.approx((rho @ n1 / (rho @ rho)).numpy())


def test_the_farthest_interval_counts_and_not_the_farthest_mean() -> None:
    wide, off = Estimate(0.1, -0.5, 0.7, 8), Estimate(0.4, 0.3, 0.5, 8)
    assert analysis.farthest([off, wide]) is wide
    below = Estimate(-0.7, -0.9, -0.5, 8)
    assert analysis.farthest([off, wide, below]) is below


def test_words_give_mean_and_half_the_interval() -> None:
    values = np.array([[1.0], [3.0]])  # mean 2, half interval 12.7 at two values
    assert analysis.in_words(values) == ["2 ± 13"]


def test_the_distance_of_quantiles_to_their_law_is_half_a_step() -> None:
    levels = (torch.arange(100, dtype=torch.float64) + 0.5) / 100
    quantiles = torch.special.ndtri(levels)
    assert analysis.kolmogorov(quantiles) == pytest.approx(math.sqrt(100) * 0.5 / 100)


def hidden(seed: int, slope: float) -> Pieces:
    """Return pieces in which B2 goes with rho by a slope, and n1 - B is 2 rho."""
    rho, noise = torch.randn(2, 400, generator=inputs.stream(seed), dtype=torch.float64)
    B2, zero, rest = (each[:, None] for each in (slope * rho + noise, 0 * rho, 2 * rho))
    return Pieces(B2 + rest, rho, zero, B2, rest, zero, zero, zero, rho)


def test_the_dial_goes_from_nothing_to_all_that_was_taken_out() -> None:
    runs = [hidden(seed, slope=0.0) for seed in range(4)]
    dial = analysis.dial(runs, seed=0, permutations=99)
    all_of_it = dependence.distance_correlation(
        runs[0].rho.numpy(), (runs[0].n1 - runs[0].B1)[:, 0].numpy()
    )

    assert dial.measured.shape == (4, len(analysis.SHARES))
    assert dial.measured[0, -1] == pytest.approx(all_of_it)
    assert dial.at(0.0).low < 0 < dial.at(0.0).high < 0.02 < dial.at(1.0).low
    assert 0.05 < dial.p_value() <= 1
    assert 0 < dial.smallest_seen() < 1


def test_a_dependence_that_is_left_in_is_seen_at_once() -> None:
    dial = analysis.dial([hidden(seed, slope=1.0) for seed in range(4)], seed=0, permutations=99)

    assert dial.p_value() == 0.01
    assert dial.smallest_seen() == 0.0


def test_chance_has_the_size_of_what_independent_draws_give() -> None:
    null = analysis.dial([hidden(seed, slope=0.0) for seed in range(4)], seed=0).null

    assert abs(null.mean()) < 4 * null.std() / math.sqrt(len(null))
    assert null.std() < 2 / 400


def test_sizes_have_a_row_a_seed_and_a_column_a_width() -> None:
    found = analysis.rms(RUNS, "rho")
    assert found.shape == (2, 2)
    assert found[1, 0] == pytest.approx(math.sqrt(RUNS[10][1].rho.square().mean()))
    assert found[0, 1] == pytest.approx(math.sqrt(RUNS[20][0].rho.square().mean()))
