import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovp_lib.evidence.selection import select

LRS, WDS, SEEDS, WIDTHS = (0.01, 0.1, 1.0), (0.0, 1e-3), (0, 1), (100, 200)


def grid(seed: int = 0) -> pd.DataFrame:
    """A made-up grid: every number differs from every other."""
    rows = list(itertools.product(WIDTHS, LRS, WDS, SEEDS))
    table = pd.DataFrame(rows, columns=["m", "lr", "wd", "seed"])
    draws = np.random.default_rng(seed)
    return table.assign(
        validation=draws.permutation(len(rows)) / 10.0, test=draws.permutation(len(rows)) / 7.0
    )


def brute_force(runs: pd.DataFrame, by: str, m: int, seed: int) -> dict[str, float]:
    best: dict[str, float] = {}
    for row in runs.to_dict("records"):
        fits = row["m"] == m and row["seed"] == seed and math.isfinite(row[by])
        if fits and (not best or row[by] < best[by]):
            best = row
    return best


@given(seed=st.integers(0, 10**6), by=st.sampled_from(["validation", "test"]))
def test_every_seed_tuned_for_itself_against_a_loop(seed: int, by: str) -> None:
    runs = grid(seed).sample(frac=1, random_state=seed % 2**32)
    chosen = select(runs, score=by, groups=["m", "seed"], parameters=["lr", "wd"])
    assert len(chosen) == 4
    for row in chosen.to_dict("records"):
        expected = brute_force(runs, by, row["m"], row["seed"])
        assert {name: row[name] for name in expected} == expected
        assert (row["selected_by"], row["grid"], row["diverged"], row["ties"]) == (by, 6, 0, 1)


def test_one_choice_for_all_seeds_has_the_least_mean() -> None:
    runs = grid(3)
    chosen = select(
        runs, score="validation", groups=["m"], parameters=["lr", "wd"], replicates="seed"
    )
    assert len(chosen) == len(WIDTHS) * len(SEEDS), "all replicates of a winner are kept"
    means = runs.groupby(["m", "lr", "wd"])["validation"].mean()
    for m, table in chosen.groupby("m"):
        lr, wd = means[m].idxmin()
        assert set(table["lr"]) == {lr}
        assert set(table["wd"]) == {wd}
        assert sorted(table["seed"]) == list(SEEDS)


def test_choosing_by_test_is_never_worse_on_test_and_may_be_on_validation() -> None:
    """The optimism of the papers' procedure, which is why the two are labelled."""
    gains = []
    for seed in range(20):
        honest, fitted = (
            select(grid(seed), score=by, groups=["m", "seed"], parameters=["lr", "wd"])
            for by in ("validation", "test")
        )
        assert (fitted["test"].to_numpy() <= honest["test"].to_numpy()).all()
        gains.append((honest["test"] - fitted["test"]).mean())
    assert np.mean(gains) > 0.5


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_run_that_diverged_never_wins_and_is_counted(bad: float) -> None:
    runs = grid(1)
    runs.loc[runs["lr"] == 1.0, "validation"] = bad
    chosen = select(runs, score="validation", groups=["m", "seed"], parameters=["lr", "wd"])
    assert set(chosen["lr"]) <= {0.01, 0.1}
    assert (chosen["diverged"] == 2).all()
    runs.loc[(runs["lr"] == 0.1) & (runs["seed"] == 1), "validation"] = bad
    chosen = select(
        runs, score="validation", groups=["m"], parameters=["lr", "wd"], replicates="seed"
    )
    assert set(chosen["lr"]) == {0.01}, "one replicate that diverged is enough"


def test_a_missing_replicate_is_not_an_advantage() -> None:
    runs = grid(2)
    runs.loc[(runs["lr"] == 0.01) & (runs["wd"] == 0.0), "validation"] = -1.0
    gone = (runs["lr"] == 0.01) & (runs["wd"] == 0.0) & (runs["seed"] == 1)
    chosen = select(
        runs[~gone], score="validation", groups=["m"], parameters=["lr", "wd"], replicates="seed"
    )
    assert not ((chosen["lr"] == 0.01) & (chosen["wd"] == 0.0)).any()
    assert (chosen["grid"] == 5).all(), "what was not tried with every seed was not tried"
    assert (chosen["diverged"] == 0).all()


def test_replicates_are_those_of_the_point() -> None:
    runs = grid(2)
    fewer = runs[~((runs["m"] == 100) & (runs["seed"] == 1))]
    chosen, whole = (
        select(table, score="validation", groups=["m"], parameters=["lr", "wd"], replicates="seed")
        for table in (fewer, runs[runs["seed"] == 0])
    )
    narrow = chosen[chosen["m"] == 100]
    assert len(narrow) == 1
    assert (narrow["diverged"] == 0).all()
    same = ["lr", "wd", "grid", "at_edge"]
    assert narrow[same].to_numpy().tolist() == whole.query("m == 100")[same].to_numpy().tolist()


def test_what_one_seed_alone_has_tried_makes_no_best_one_inside() -> None:
    runs = grid(0).assign(validation=lambda t: t["lr"])  # the smallest is best: at the end
    further = runs[(runs["lr"] == 0.01) & (runs["seed"] == 0)].assign(lr=0.001, validation=0.001)
    runs = pd.concat([runs, further])
    chosen = select(
        runs, score="validation", groups=["m"], parameters=["lr", "wd"], replicates="seed"
    )
    assert set(chosen["lr"]) == {0.01}
    assert chosen["at_edge"].str.contains("lr").all()


def test_if_all_diverged_the_row_says_so() -> None:
    runs = grid(0).assign(validation=math.nan)
    chosen = select(runs, score="validation", groups=["m", "seed"], parameters=["lr", "wd"])
    assert (chosen["diverged"] == chosen["grid"]).all()
    assert chosen["validation"].isna().all()


def test_ties_go_to_the_smallest_in_the_order_of_over() -> None:
    runs = grid(0).assign(validation=1.0)
    for over, first in ((["lr", "wd"], (0.01, 0.0)), (["wd", "lr"], (0.01, 0.0))):
        chosen = select(runs, score="validation", groups=["m", "seed"], parameters=over)
        assert (chosen["ties"] == 6).all()
        assert set(zip(chosen["lr"], chosen["wd"], strict=True)) == {first}
    unequal = runs[~((runs["lr"] == 0.01) & (runs["wd"] == 0.0))]
    by_wd = select(unequal, score="validation", groups=["m", "seed"], parameters=["wd", "lr"])
    assert set(zip(by_wd["lr"], by_wd["wd"], strict=True)) == {(0.1, 0.0)}


def test_a_winner_at_the_edge_of_the_grid_is_named() -> None:
    runs = grid(0).assign(validation=lambda t: (np.log10(t["lr"]) + 1) ** 2 + t["wd"])
    inside = select(runs, score="validation", groups=["m", "seed"], parameters=["lr", "wd"])
    assert set(inside["at_edge"]) == {"wd"}
    assert set(inside["lr"]) == {0.1}
    outside = select(
        runs[runs["lr"] < 0.5], score="validation", groups=["m", "seed"], parameters=["lr", "wd"]
    )
    assert set(outside["at_edge"]) == {"lr,wd"}
    single = runs[(runs["wd"] == 0.0)]
    assert set(
        select(single, score="validation", groups=["m", "seed"], parameters=["lr", "wd"])["at_edge"]
    ) == {""}


def test_bad_tables_are_refused() -> None:
    with pytest.raises(ValueError, match=r"no columns \['accuracy'\], only \['m', 'lr'"):
        select(grid(), score="accuracy", groups=["m", "seed"], parameters=["lr", "wd"])
    with pytest.raises(ValueError, match=r"got groups=\[\], parameters=\['lr'\] and \d+ runs"):
        select(grid(), score="test", groups=[], parameters=["lr"])
    with pytest.raises(ValueError, match=r"got groups=\['m'\], parameters=\['lr'\] and 0 runs"):
        select(grid().head(0), score="test", groups=["m"], parameters=["lr"])
    alone = grid()[lambda t: (t["seed"] == 0) == (t["lr"] == 0.01)]
    with pytest.raises(ValueError, match=r"tried with every seed at \{'m': 100\}"):
        select(alone, score="test", groups=["m"], parameters=["lr", "wd"], replicates="seed")
    with pytest.raises(ValueError, match=r"the same run comes twice: \{'m': 100"):
        select(grid(), score="test", groups=["m"], parameters=["lr", "wd"])
