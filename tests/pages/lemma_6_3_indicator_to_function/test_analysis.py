"""The tables of Lemma 6.3 against numbers that can be said beforehand."""

import math

import numpy as np
import pytest
import torch

from ovp_lib.maths import smooth
from ovp_lib.pages.lemma_6_3_indicator_to_function import analysis
from ovp_lib.proofs import hermite_indicator, indicator, minimal_sup

FUNCTIONS = {"z": smooth.parse("z"), "z^2": smooth.parse("z^2")}
X1 = torch.linspace(-1, 1, 5, dtype=torch.float64)


def of_each(construct, *settings):
    return {name: construct(phi, *settings) for name, phi in FUNCTIONS.items()}


@pytest.fixture(scope="module")
def clipped():
    return of_each(indicator.taylor_indicator, 2, 5.0)


def test_an_extreme_of_computed_numbers_is_no_repetition() -> None:
    assert analysis.smallest(np.array([3.0, 1.0, 2.0])) == (1.0, 1.0, 1.0, 1)
    assert analysis.largest({"z": 3.0, "z^2": 1.0}) == (3.0, 3.0, 3.0, 1)


def test_the_error_is_the_largest_distance() -> None:
    exact = indicator.taylor_indicator(FUNCTIONS["z"], 1)
    assert analysis.largest_error(exact, X1, X1) < 1e-12
    shifted = X1 + torch.tensor([0.0, 0.5, 0.0, -2.0, 0.0], dtype=torch.float64)
    assert analysis.largest_error(exact, X1, shifted) == pytest.approx(2.0)


def test_only_what_has_a_lipschitz_constant_has_a_row_for_it(clipped) -> None:
    sup = of_each(minimal_sup.least_sup_indicator, 0.1)
    table = analysis.sizes_table(FUNCTIONS, {"clipped": clipped, "sup": sup}, X1)
    assert list(table.columns) == ["z", "z^2"]
    assert "clipped: Lipschitz" in table.index
    assert "sup: Lipschitz" not in table.index
    h = clipped["z^2"]
    assert table.at["clipped: √E[h²]", "z^2"] == f"{math.sqrt(h.second_moment()):.3g}"
    assert table.at["sup: sup|h|", "z"] == f"{sup['z'].sup():.3g}"


def test_the_smallest_constants_make_the_bounds_equalities(clipped) -> None:
    bounds = analysis.Bounds(FUNCTIONS, eps=math.exp(-1), degree=2)
    # C_eps(z, 1) = 2 C* and C_s(z, 1) = 2^1.75 C*, where log(1/eps) = 1
    assert bounds.constants_for_width({"z": 6.0})["z"] == pytest.approx(3.0)
    h = clipped["z"]
    reach = max(h.sup(), h.lipschitz())
    assert bounds.width_constants(clipped)["z"] == pytest.approx(reach / 2)
    root = math.sqrt(h.second_moment())
    assert bounds.samples_constants(clipped)["z"] == pytest.approx(root / 2**1.75)


def test_the_table_of_bounds_has_them_at_the_papers_constant(clipped) -> None:
    bounds = analysis.Bounds(FUNCTIONS, eps=math.exp(-1), degree=2)
    table = bounds.table({"any": {"z": 7.0, "z^2": 8.0}}, clipped)
    assert list(table.loc["smallest C*: any"]) == ["7", "8"]
    assert list(table.loc["degree that ε needs"]) == ["1", "2"]
    for reading in ("whole series", "cut at ε"):
        words = f"log10 C_ε at C* = 10000, {reading}"
        assert table.at[words, "z"] == f"{math.log10(2e4):.3g}"
    assert table.at["log10 C_s at C* = 10000", "z"] == f"{4 + 1.75 * math.log10(2):.3g}"
    assert table.at["log10 of the largest ε, 1/C_s", "z"] == f"{-4 - 1.75 * math.log10(2):.3g}"


def test_numbers_are_brought_to_the_front() -> None:
    shape = (2, 3, 1, 2, 4)  # seeds, widths, constructions, phis, numbers
    found = np.arange(48.0).reshape(shape)
    turned = analysis.by_number(found)
    assert turned.shape == (4, 1, 2, 2, 3)
    assert turned[3, 0, 1, 0, 2] == found[0, 2, 0, 1, 3]
    assert turned.flags["C_CONTIGUOUS"]


def test_every_h_is_measured_in_its_place(clipped) -> None:
    doubled = dict(reversed(clipped.items()))
    constructions = {"one": clipped, "two": doubled}
    found = analysis.for_each_h(
        lambda phi, h: (phi(X1)[0].item(), h.sup()), FUNCTIONS, constructions
    )
    assert found.shape == (2, 2, 2)
    assert list(found[0, :, 0]) == [-1.0, 1.0]
    assert np.array_equal(found[0], found[1])
    moments = [clipped[name].second_moment() for name in FUNCTIONS]
    assert analysis.root_mean_squares({"one": clipped})[0] == pytest.approx(np.sqrt(moments))


def test_networks_are_described_at_the_largest_width(clipped) -> None:
    power = np.array([[[[1.0, 0.1, 0.01], [2.0, 0.2, 0.02]]] * 2])  # falls like 1/m
    table = analysis.networks_table(
        FUNCTIONS,
        {"paper's h": clipped},
        (10, 100, 1000),
        sup_error=power,
        size=2 * power,
        longest_row=4 * power,
        degree=2,
    )
    assert table.at["paper's h: exponent", "z"] == "-1.00 [-1.00, -1.00]"
    assert table.at["paper's h: error at largest m", "z^2"] == "0.015"
    assert table.at["‖W*‖_F √m ε_a, paper's h", "z"] == "0.03"
    assert table.at["‖W*‖_{2,∞} m ε_a, paper's h", "z"] == "0.06"
    assert table.at["its bound C_s at C* = 10000", "z"] == f"{2**1.75 * 1e4:.2g}"
    assert table.at["paper's h: kurtosis of h", "z"] == f"{analysis.kurtosis(clipped['z']):.3g}"


def test_a_gaussian_has_kurtosis_three_whatever_its_size() -> None:
    constant = hermite_indicator.Steps(
        *(torch.tensor([0.0, end], dtype=torch.float64) for end in (2.0, -math.inf, math.inf))
    )
    gaussian = hermite_indicator.HermiteIndicator("h_1", constant, (math.inf, math.inf))
    assert analysis.kurtosis(gaussian) == pytest.approx(3.0)
