"""Tables of the page on the ResNet's separation, on small tables and on the stored sweep."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest

from ovp_lib.experiments import hierarchy
from ovp_lib.lab.sweeps.results import reference
from ovp_lib.pages.resnet_separation import analysis
from ovp_lib.pages.resnet_separation.statement import METHODS
from tests.experiments.conftest import residual_task


@pytest.fixture
def runs() -> pd.DataFrame:
    """Two seeds, two step sizes, two decays; validation and test data disagree."""
    grid = itertools.product((0, 1), (0.1, 0.2), (0.0, 1.0))
    table = pd.DataFrame(grid, columns=["seed", "lr", "wd"])
    return table.assign(
        validation=[4.0, 3.0, 2.0, 1.0, 1.0, 2.0, 3.0, 4.0],
        test=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
    )


@pytest.fixture(scope="module")
def stored() -> pd.DataFrame:
    return pd.concat([reference("resnet-separation", preset) for preset in ("paper", "finer")])


def test_validation_data_choose_for_each_seed(runs: pd.DataFrame) -> None:
    assert analysis.chosen(runs).tolist() == [4.0, 5.0]
    assert analysis.chosen(runs, "lr").tolist() == [0.2, 0.1]


def test_one_choice_for_all_seeds_has_the_least_mean(runs: pd.DataFrame) -> None:
    better = runs.assign(validation=[4.0, 3.0, 2.0, 2.0, 9.0, 2.9, 3.0, 4.0])
    assert analysis.chosen_for_all(better) == (0.2, 0.0)


def test_along_one_axis_the_other_is_chosen(runs: pd.DataFrame) -> None:
    assert analysis.against(runs, "lr").tolist() == [[2.0, 4.0], [5.0, 7.0]]
    assert analysis.against(runs, "wd").tolist() == [[3.0, 4.0], [5.0, 6.0]]


def test_half_is_reached_at_the_first_such_step_or_never() -> None:
    curves = pd.DataFrame([[0.1, 0.5, 0.2], [0.1, 0.2, 0.3]], columns=[1, 2, 4])
    times = analysis.half_times(curves, 1.0)
    assert times.tolist() == [2.0, math.inf]
    ratio = analysis.ratio_of_times(np.array([4.0, math.inf]), times)
    assert ratio[0] == 2.0
    assert math.isnan(ratio[1])


def test_a_curve_has_the_named_rows_alone_and_gaps_where_a_seed_is_missing() -> None:
    rows = [
        ("a", 10, 0, 0.1, 0.0, 2.0, 5.0),
        ("a", 10, 0, 0.2, 0.0, 1.0, 6.0),
        ("a", 10, 1, 0.1, 0.0, 1.0, 7.0),
        ("a", 20, 0, 0.1, 0.0, 1.0, 8.0),
        ("b", 10, 0, 0.1, 0.0, 0.0, 9.0),
    ]
    columns = ["network", "width", "seed", "lr", "wd", "validation", "test"]
    table = pd.DataFrame(rows, columns=columns)
    found = analysis.curve(table, "width", network="a")
    assert found.loc[0].tolist() == [6.0, 8.0]
    assert found.loc[1, 10] == 7.0
    assert math.isnan(found.loc[1, 20])
    assert analysis.curve(table, "width", by="test", network="a").loc[0, 10] == 5.0


def test_the_least_error_is_taken_over_widths_that_all_seeds_have(stored: pd.DataFrame) -> None:
    lucky = stored.copy()
    lucky.loc[lucky.width == 100_000, ["validation", "test"]] = 1e-3  # one seed was run there
    ours = analysis.of_method(lucky, "3resnet", "validation")
    assert ours[100_000].isna().any()
    least = analysis.least_over_widths(lucky, ["3resnet"], "validation")
    assert least.tolist() == ours.drop(columns=100_000).min(axis=1).tolist()
    both = analysis.least_over_widths(lucky, ["3resnet", "2layer"], "validation")
    assert (both <= least).all()


def test_ours_is_compared_with_the_paper_at_common_widths_only() -> None:
    ours = pd.DataFrame([[2.0, 8.0, 1.0], [2.0, 2.0, math.nan]], columns=[1, 2, 3])
    paper = pd.Series({1: 1.0, 2: 2.0, 3: 1.0, 4: 1.0})
    assert list(analysis.common_widths(ours, paper)) == [1, 2]
    assert analysis.ratio_to_printed(ours, paper).tolist() == pytest.approx([8**0.5, 2**0.5])


def test_every_method_of_the_paper_stands_beside_ours(stored: pd.DataFrame) -> None:
    printed = analysis.printed_errors()
    ours = {method: analysis.of_method(stored, method, "test") for method in METHODS}
    beside = analysis.beside_the_paper(ours, printed)
    assert len(beside) == sum(values.shape[1] for values in ours.values())
    row = beside.query("method == '2layer' and m == 100").iloc[0]
    assert row.paper == printed.loc[100, "2layer"]
    assert row.ours == pytest.approx(ours["2layer"][100].prod() ** (1 / 3))
    ratios = analysis.ratios_by_width(beside)
    assert list(ratios) == list(METHODS)
    assert ratios.loc[100, "2layer"] == f"{row.ours / row.paper:.2f}"
    assert ratios.loc[100_000, "2layer"] == ""


def test_the_cheap_runs_are_in_the_stored_table(stored: pd.DataFrame) -> None:
    for run in analysis.CHEAP:
        error = analysis._looked_up(stored, run)
        rows = stored[(stored.test == error) & (stored.network == run.network)]
        assert rows[["lr", "wd"]].values.tolist() == [[run.lr, run.wd]]
    assert analysis.FLOOR == {"hard": 4 * 0.3**2, "figure-2": 8 * 0.3**2}


def test_a_cheap_run_is_computed_as_it_was_stored(
    stored: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = []

    def run(task: object, device: str) -> pd.DataFrame:
        tasks.append((task, device))
        return pd.DataFrame({"test": [1.0]})

    monkeypatch.setattr(analysis.residual, "run", run)
    table = analysis.again(stored, analysis.CHEAP[:1])
    assert table.again.tolist() == [1.0]
    ((task, device),) = tasks
    assert device == "cpu"
    row = stored[stored.test == table.stored.iloc[0]].iloc[0]
    for name in ("target", "network", "trained", "dimension", "width", "samples", "epochs"):
        assert getattr(task, name) == row[name]
    assert (task.alpha, task.beta, task.seeds) == (row.alpha, row.beta, (row.seed,))


def test_quartic_terms_make_up_the_product_of_the_hard_instance() -> None:
    """The decomposition from which the complexity of G is computed."""
    y = np.random.default_rng(0).normal(size=4)
    signs = np.array(list(itertools.product((1, -1), repeat=3)))
    v = np.hstack([np.ones((8, 1)), signs]) / math.sqrt(8)
    assert np.linalg.norm(v, axis=1) == pytest.approx(1 / math.sqrt(2))
    assert (signs.prod(axis=1) * (v @ y) ** 4).sum() / 3 == pytest.approx(y.prod())
    of = analysis.complexities(30)
    assert of.composite == pytest.approx(8 * 5 / 3)  # 4 + 1 times 1/3, eight terms
    assert of.base == pytest.approx(2 * math.sqrt(60))  # x_r = sqrt(60) <w, x / sqrt(30)>
    assert analysis.step_ratio(0.1, 30) == pytest.approx(analysis.step_ratio(0.3, 30) / 9)


def test_a_smaller_ratio_leaves_the_second_layer_nearer_to_its_start() -> None:
    task = residual_task(samples=50, epochs=8, lrs=(0.05,), wds=(0.0,), seeds=(0, 1))
    runs = analysis.by_ratio(task, (1.0, 1e-9), "cpu")
    assert runs["ratio"].tolist() == [1.0, 1.0, 1e-9, 1e-9]
    assert set(runs["lr"]) == {0.05}
    even = hierarchy.over_time(hierarchy.experiment(task), [8.0], "cpu")
    pd.testing.assert_frame_equal(runs[runs["ratio"] == 1][list(even)], even)
    table = analysis.against_ratio(runs, "first_gap")
    assert table.columns.tolist() == [1e-9, 1.0]
    assert table[1.0].tolist() == even["first_gap"].tolist()
    assert (table[1e-9] != table[1.0]).all()


def test_validation_data_choose_at_each_ratio(runs: pd.DataFrame) -> None:
    both = pd.concat([runs.assign(ratio=1.0), runs.assign(ratio=0.1, validation=runs["test"])])
    found = analysis.against_ratio(both, "test")
    assert found.to_numpy().tolist() == [[1.0, 4.0], [5.0, 5.0]]


def test_signals_of_the_first_layer_have_their_units_and_a_version_without_decay(
    runs: pd.DataFrame,
) -> None:
    columns = {"first_base": runs["test"] + 1, "first_gap": runs["test"] + 2, "error": runs["test"]}
    found = analysis.of_first_layer(runs.assign(ratio=0.1, **columns), level=2.0)
    assert found[analysis.ERROR]["decay by validation"][0.1].tolist() == [2.0, 2.5]
    assert found[analysis.ERROR]["no decay"][0.1].tolist() == [1.5, 2.5]
    assert found[analysis.GAP]["no decay"][0.1].tolist() == [2.5, 3.5]
    assert found[analysis.SHARE]["no decay"][0.1].tolist() == [4.0, 6.0]


def test_means_are_taken_at_each_ratio(runs: pd.DataFrame) -> None:
    columns = {"first_base": runs["test"], "first_gap": runs["test"], "error": runs["test"]}
    ratios = np.repeat([0.1, 1.0], 4)
    found = analysis.means_by_ratio(runs.assign(ratio=ratios, **columns), level=2.0)
    assert found.index.tolist() == [1.0, 0.1]
    assert found.to_numpy().tolist() == [[6.5, 3.25, 3.25], [2.5, 1.25, 1.25]]


def test_errors_are_shown_seed_by_seed(stored: pd.DataFrame) -> None:
    table = analysis.seed_by_seed(stored, ["3layer", "2layer"])
    errors = analysis.of_method(stored, "3layer", "validation")
    assert table.loc[("3layer", 0), 100] == f"{errors.loc[0, 100] / 0.72:.3f}"
    assert table.loc[("3layer", 0), 10_000] == ""
