import math

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.optimize import linprog

from ovp_lib.maths.smooth import parse
from ovp_lib.proofs.indicator import least_norm_indicator, taylor_indicator
from ovp_lib.proofs.minimal_sup import CellIndicator, least_sup_indicator

EDGES = torch.tensor([-0.7, 0.2, 1.1], dtype=torch.float64)
VALUES = torch.tensor([[1.0, -2, 0, 3], [0, 4, -1, 2], [2, 2, -3, 1], [-1, 0, 1, 5]]).double()
CELLS = CellIndicator("by hand", EDGES, EDGES, VALUES)


def test_values_cell_by_cell() -> None:
    points = torch.tensor([-5.0, -0.1, 0.5, 7.0], dtype=torch.float64)
    assert torch.equal(CELLS(points[:, None], points[None, :]), VALUES)


@pytest.mark.parametrize("x1", [-1.0, -0.999, -0.6, 0.0, 0.3, 0.97, 1.0])
def test_expectation_by_counting_a_fine_grid(x1: float) -> None:
    """P(alpha1 in cell, b0 in cell, gate open), with alpha1 and b0 on a midpoint grid."""
    u = (np.arange(3000) + 0.5) / 3000
    z = torch.from_numpy(stats.norm.ppf(u))
    s = math.sqrt(max(1e-30, 1 - x1 * x1))
    opened = torch.special.ndtr((z[None, :] + x1 * z[:, None]) / s)
    expected = (CELLS(z[:, None], z[None, :]) * opened).mean().item()
    got = CELLS.expectation(torch.tensor([x1], dtype=torch.float64)).item()
    assert got == pytest.approx(expected, abs=3e-3)


def test_cells_that_are_all_alike_give_half() -> None:
    ones = CellIndicator("one", EDGES, EDGES, torch.ones(4, 4, dtype=torch.float64))
    x1 = torch.linspace(-1, 1, 21, dtype=torch.float64)
    half = torch.full_like(x1, 0.5)
    torch.testing.assert_close(ones.expectation(x1), half, rtol=0, atol=1e-8)
    assert (ones.second_moment(), ones.lipschitz()) == (pytest.approx(1.0), 0.0)
    assert CELLS.lipschitz() == math.inf


def test_the_program_finds_a_small_bang_bang_function() -> None:
    phi, x1 = parse("sin(2z)"), torch.linspace(-1, 1, 201, dtype=torch.float64)
    h = least_sup_indicator(phi, 0.02, cells=16)
    assert (h.expectation(x1) - phi(x1)).abs().max() < 0.02 * 1.05
    at_the_bound = (h.values.abs() > 0.999 * h.sup()).double().mean()
    assert at_the_bound > 0.9
    clipped = [make(phi, 7, 4.0).sup() for make in (taylor_indicator, least_norm_indicator)]
    assert h.sup() < 0.1 * min(clipped)


def test_no_duality_gap() -> None:
    """The dual program over signed measures nu on [-1, 1] reaches the same value.

    max  sum nu phi - eps |nu|    subject to    sum over cells |sum nu P(cell, open)| <= 1
    """
    phi, eps, n = parse("z^3"), 0.01, 8
    h = least_sup_indicator(phi, eps, cells=n, n_points=17)
    x1 = torch.cos(torch.linspace(math.pi, 0, 17, dtype=torch.float64))
    one_cell = torch.eye(n * n, dtype=torch.float64).reshape(-1, n, n)
    A = torch.stack(
        [CellIndicator("", h.alpha_edges, h.b_edges, cell).expectation(x1) for cell in one_cell]
    ).numpy()
    target, cells = phi(x1).numpy(), n * n
    split = np.hstack([A, -A])
    below = np.hstack([split, -np.eye(cells)]), np.hstack([-split, -np.eye(cells)])
    total = np.concatenate([np.zeros(34), np.ones(cells)])
    dual = linprog(
        np.concatenate([eps - target, eps + target, np.zeros(cells)]),
        A_ub=np.vstack([*below, total]),
        b_ub=np.append(np.zeros(2 * cells), 1.0),
    )
    assert -dual.fun == pytest.approx(h.sup(), rel=1e-6)


def test_a_finer_grid_can_only_help() -> None:
    coarse, fine = (least_sup_indicator(parse("z^3"), 0.01, cells=c, n_points=17) for c in (8, 14))
    assert fine.sup() <= coarse.sup() * (1 + 1e-6)  # 6 and 12 inner cells: nested


@pytest.mark.parametrize(
    ("eps", "cells", "points", "message"),
    [
        (0.0, 10, 9, r"eps must lie in \(0, 1\), got 0"),
        (0.1, 2, 9, "at least 3, got"),
        (1e-9, 4, 40, "no function on 4 x 4 cells represents sin"),
    ],
)
def test_bad_input_is_refused(eps: float, cells: int, points: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        least_sup_indicator(parse("sin(2z)"), eps, cells=cells, n_points=points)
