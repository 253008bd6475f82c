"""Tables of the page on lower bounds, against what is counted by hand."""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from ovp_lib.kernels import correlation, feature_maps, hard_instance, span_checks
from ovp_lib.maths import hypercube
from ovp_lib.models import inputs
from ovp_lib.pages.kernel_lower_bound import analysis
from ovp_lib.pages.kernel_lower_bound.statement import ROUNDING

D, K, ALPHA = 5, 2, 0.3


@pytest.fixture
def spans() -> pd.DataFrame:
    points = torch.tensor([3, 7, 20, 31])
    kernels = feature_maps.closed_form_sections(D, points)
    maps = feature_maps.random_maps(D, K, 4, torch.Generator().manual_seed(0))
    return analysis.check_spans(kernels, maps, points, K, ALPHA)


def test_only_kernels_are_held_against_ridge(spans: pd.DataFrame) -> None:
    kernel = spans["ridge"].notna()
    assert set(spans[kernel]["span"]).isdisjoint({"lookup table", *feature_maps.TIGHT})
    assert kernel.sum() == len(spans) - 7
    assert (spans[kernel]["ridge"] >= spans[kernel]["error"]).all()
    assert (spans[kernel]["ridge_broken"] == 0).all()


def test_ridge_below_the_best_of_its_span_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    points = torch.tensor([3, 7])
    kernels = {"one": next(iter(feature_maps.closed_form_sections(D, points).values()))}
    zero = torch.zeros(math.comb(D, K), dtype=torch.float64)
    monkeypatch.setattr(span_checks, "best_ridge", lambda *_: zero)
    [row] = analysis.check_spans(kernels, {}, points, K, ALPHA).to_dict("records")
    assert row["ridge_broken"] == math.comb(D, K)


def test_a_seed_is_summed_over_its_rows_and_the_furthest_ratio_is_kept() -> None:
    table = pd.DataFrame({"seed": [1, 0, 1, 0], "broken": [1, 2, 4, 8], "r": [1.1, 0.9, 0.7, 1.2]})
    assert analysis.in_each_seed(table, "broken").tolist() == [10, 5]
    assert analysis.in_each_seed(table, "broken", "max").tolist() == [8, 4]
    assert analysis.furthest_from_one(table, "r") == pytest.approx([1.2, 0.7])


def test_columns_are_sorted_by_seed_and_size() -> None:
    rows = [(1, 20, "a", 4.0), (0, 20, "a", 2.0), (1, 10, "a", 3.0), (0, 10, "a", 1.0)]
    table = pd.DataFrame([*rows, (0, 10, "b", 9.0)], columns=["seed", "N", "span", "error"])
    assert analysis.by_size(table, "a", "error").tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_means_are_rounded_and_what_is_missing_stays_empty(spans: pd.DataFrame) -> None:
    table = analysis.means_by_span(spans.assign(bound=1 - spans["rank"] / math.comb(D, K)))
    assert list(table.index) == list(spans["span"])
    assert table.loc["lookup table", "best ridge / α²"] == ""
    assert table.loc[feature_maps.TIGHT[0], "rank of M"] == "4"
    assert table.loc[feature_maps.TIGHT[0], "1 − rank / C(d,k)"] == "0.6"


def test_every_kind_of_violation_of_a_span_counts() -> None:
    whole = span_checks.check_span(torch.eye(2**D, dtype=torch.float64)[:, :3], K, ALPHA)
    assert analysis.broken(whole) == 0
    several = whole._replace(broken=1, average_broken=2, share_broken=4, rank_defect=1.0)
    assert analysis.broken(several) == 8
    assert analysis.broken(whole._replace(rank_defect=ROUNDING)) == 0


def test_the_proposition_in_words() -> None:
    words = analysis.what_is_proved(30, 8, 1000)
    assert list(words.values()) == ["5,852,925", "5,852", "2,926,463", "1,000", "0.9998"]


def test_a_search_tries_sizes_by_the_root_of_two_and_gives_up() -> None:
    tried: list[int] = []

    def error_of(n: int) -> float:
        tried.append(n)
        return 1.0

    assert analysis.search_crossing(error_of, 100) == math.inf
    assert tried[:4] == [25, 35, 50, 71]
    assert len(tried) == analysis.MOST_SIZES


def test_a_search_stops_where_the_error_is_one_half() -> None:
    assert analysis.search_crossing(lambda n: 0.4 if n > 30 else 1.0, 100) == pytest.approx(
        25 * 1.4 ** (math.log(2) / math.log(2.5))
    )


def test_each_row_crosses_and_grows_for_itself() -> None:
    errors = np.array([[1.0, 0.25, 0.1], [1.0, 0.9, 0.8]])
    assert analysis.crossings([10, 40, 80], errors) == [pytest.approx(20.0), math.inf]
    slopes = analysis.exponents([1, 2, 4], np.array([[3.0, 6.0, 12.0], [1.0, math.inf, 4.0]]))
    assert slopes[0] == 1.0
    assert math.isnan(slopes[1])


def test_samples_seen_are_steps_times_the_batch() -> None:
    looks = [("test", 0, 2, 0.5), ("test", 0, 1, 1.0), ("test", 1, 1, 0.2), ("test", 1, 2, 0.1)]
    table = pd.DataFrame(looks, columns=["set", "member", "step", "risk"])
    other = table.assign(set="validation", risk=0.0)
    seen = analysis.samples_until_half(pd.concat([other, table]), unit=2.0)
    assert seen == pytest.approx([100.0, 50.0])


@pytest.mark.parametrize("d", [9, 12])  # where points repeat up to their sign, and where not
def test_the_least_error_of_a_draw_is_what_the_span_cannot_hold(d: int) -> None:
    k, n = 4, 60
    x = inputs.hypercube(d)(n, generator := inputs.stream(3))
    which = hard_instance.random_subsets(d, k, 1, generator)
    held = correlation.level_overlaps(x, hypercube.parities(x, which), k).item()
    assert 0.05 < held < 0.8
    assert analysis.least_error(d, k, n, inputs.stream(3)) == pytest.approx(1 - held)


def test_a_share_counts_draws_and_half_of_the_parities_hold_too_much() -> None:
    few = analysis.share_resisting(9, 4, 5, seed=0, n_draws=20)
    assert few.n == 20
    assert (few.value, few.high) == (1.0, 1.0)
    assert 0.8 < few.low < 0.9
    assert analysis.share_resisting(9, 4, 60, seed=0, n_draws=20).value == 0.0


def test_with_enough_samples_the_cubic_kernel_has_learned_and_what_never_crossed_is_missing() -> (
    None
):
    learned, hardly, missing = analysis.error_of_power(8, [40.0, 9.0, math.inf], 0.3, 0)
    assert learned < 0.01
    assert hardly > 0.8
    assert math.isnan(missing)
