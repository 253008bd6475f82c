"""Which winners lie at an end of their grid, on small grids and on the stored sweep."""

import itertools

import pandas as pd
import pytest

from ovp_lib.lab.sweeps.results import reference
from ovp_lib.pages.resnet_separation import ends
from ovp_lib.pages.resnet_separation.statement import METHODS, STATEMENT


@pytest.fixture(scope="module")
def stored() -> pd.DataFrame:
    return pd.concat([reference("resnet-separation", preset) for preset in ("paper", "finer")])


def grid(*best: tuple[float, float]) -> pd.DataFrame:
    """Make runs over three step sizes and three decays, with one given winner for each seed."""
    rows = itertools.product(range(len(best)), (0.1, 0.2, 0.5), (0.0, 1.0, 2.0))
    table = pd.DataFrame(rows, columns=["seed", "lr", "wd"])
    won = [(lr, wd) == best[seed] for seed, lr, wd in table.itertuples(index=False)]
    return table.assign(validation=[1.0 if each else 2.0 for each in won], test=1.0)


@pytest.mark.parametrize(
    ("best", "sides"),
    [
        ((0.2, 1.0), []),
        ((0.1, 1.0), ["smallest step"]),
        ((0.5, 1.0), ["largest step"]),
        ((0.2, 0.0), ["smallest decay"]),
        ((0.5, 2.0), ["largest step", "largest decay"]),
    ],
)
def test_a_winner_is_counted_at_each_end_where_it_lies(
    best: tuple[float, float], sides: list[str]
) -> None:
    table = ends.of_runs({"one": grid(best)}).loc["one"]
    assert table["winners"] == 1
    assert table["at an end"] == bool(sides)
    assert table[list(ends.SIDES)].to_dict() == {side: side in sides for side in ends.SIDES}


def test_where_one_value_was_tried_there_is_no_end() -> None:
    one_step = grid((0.2, 2.0)).query("lr == 0.2")
    found = ends.counts(ends.winners(one_step))
    assert [found[side] for side in ends.SIDES] == [0, 0, 0, 1]
    alone = one_step.query("wd == 2.0")
    assert ends.counts(ends.winners(alone))["winners"] == 0


def test_the_note_counts_seeds_and_follows_what_chooses() -> None:
    runs = grid((0.2, 1.0), (0.1, 1.0))
    runs.loc[runs["lr"].eq(0.5) & runs["wd"].eq(1.0), "test"] = 0.5
    words = "winners at an end of their grid: 3layer"
    assert ends.note({"3layer": runs}) == f"{words} 1 of 2"
    assert ends.note({"3layer": runs}, "test") == f"{words} 2 of 2"


def test_every_winner_of_the_stored_table_is_counted_once(stored: pd.DataFrame) -> None:
    curves, learners = ends.of_curves(stored), ends.of_learners(stored)
    assert (curves[list(ends.SIDES)].max(axis=1) <= curves["at an end"]).all()
    where = (stored["target"], stored["network"], stored["trained"])
    assert set(curves.index) == {" ".join(words) for words in zip(*where, strict=True)}
    rest = learners.drop("all")
    assert set(METHODS) < set(rest.index)
    assert rest.sum().to_dict() == curves.sum().to_dict() == learners.loc["all"].to_dict()
    share = ends.share(stored)
    assert (share.value * share.n, share.n) == pytest.approx(
        tuple(learners.loc["all"].iloc[[1, 0]])
    )
    some = stored[(stored["target"] == "hard") & (stored["network"] == "resnet")]
    assert curves.loc["hard resnet hidden", "winners"] == some["seed"].nunique()
    assert len(ends.runs_of(stored, ["(2.1)"], target="hard")) == len(some)


def at_an_end(stored: pd.DataFrame, learners: list[str], by: str, **where: object) -> float:
    counts = ends.counts(ends.winners(ends.runs_of(stored, learners, **where), by))
    return counts["at an end"] / counts["winners"]


def test_caveats_about_ends_are_true_of_the_stored_table(stored: pd.DataFrame) -> None:
    caveats = {each.id: each.caveat for each in STATEMENT.predictions}
    figure_2 = {"target": "figure-2", "beta": 1.0}
    at_300 = {"target": "hard", "samples": 300, "alpha": 0.3, "beta": 1.0}
    kernels = [name for name in METHODS if "(" in name]
    assert "Some best settings of both" in caveats["resnet-ablation.residual-link"]
    assert "Some best settings of (2.1)" in caveats["resnet-ablation.bottleneck"]
    assert 0 < at_an_end(stored, ["3layer"], "validation", **at_300) <= 0.5
    assert 0 < at_an_end(stored, ["(2.1)"], "validation", **at_300) <= 0.5
    assert "Most of their best settings" in caveats["resnet-figure-2.kernels"]
    assert at_an_end(stored, kernels, "test", **figure_2) > 0.5
    assert "Most best settings" in caveats["resnet-figure-2.plain"]
    assert at_an_end(stored, ["3layer"], "validation", **figure_2) > 0.5
    assert "Many of our best settings" in caveats["resnet-figure-2.paper.3resnet"]
    assert all(at_an_end(stored, [name], "test", **figure_2) > 0.3 for name in METHODS)
