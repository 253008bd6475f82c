"""The tables in ``results/``: whole, of the declared grids, and what this code computes."""

import functools
import json
import random
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

from ovp_lib import arithmetic
from ovp_lib.evidence import published
from ovp_lib.experiments import network_task
from ovp_lib.isolation import arithmetic_in, process_environment
from ovp_lib.lab.sweeps.fingerprint import fingerprint
from ovp_lib.lab.sweeps.plan import task_key
from ovp_lib.lab.sweeps.restamp import compute, tasks_of
from ovp_lib.lab.sweeps.results import RESULTS, checksum_path, read_export, reference
from ovp_lib.pages import SWEEPS
from ovp_lib.pages.section_7 import curves, recomputation

TABLES = sorted(RESULTS.glob("*/*.parquet"))
FIGURES = [path for path in TABLES if path.parent.name.startswith("figure-")]

CONFIGURATION = ["network", "trained", "convention", "width", "samples", "lr", "wd", "w24"]
"""All but the seed that a row of the figures' tables may differ in."""

SECONDS = 5.0
"""What a task may have taken that is computed again to the bit."""

KIND = ("network", "trained", "init")
"""What a task computes, whatever its sizes."""

CHEAP = 1e11
"""What a run of a second or two costs, in the units of the sweep."""

DIVERGING = 1e4
"""A test error above it is that of a run that diverges, which multiplies its rounding."""


@pytest.mark.parametrize("path", TABLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_stored_table_is_whole_and_of_the_grid_that_is_declared(path) -> None:
    table, record = read_export(path)
    sweep = SWEEPS[path.parent.name]
    assert (record.sweep, record.preset, record.rows) == (sweep.name, path.stem, len(table))
    wanted = {task.canonical() for task in sweep.tasks(path.stem)}
    assert record.tasks + record.missing == len(wanted)
    fields = list(sweep.task.model_fields)
    stored = {canonical(row) for row in table[fields].drop_duplicates().to_dict("records")}
    assert len(stored) == record.tasks
    assert stored <= wanted
    assert dict(table[list(sweep.columns)].dtypes.astype(str)) == dict(sweep.columns)


@pytest.mark.parametrize("path", TABLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_stored_table_has_the_keys_of_the_code_of_today(path) -> None:
    """After a change of the code behind it: compute it again, or see ``ovp sweep restamp``."""
    _, record = read_export(path)
    sweep = SWEEPS[path.parent.name]
    code = fingerprint(sweep.run.module)
    assert (record.code, record.version) == (code, sweep.version)
    stored = tasks_in(path)
    for each in stored:
        assert set(each.rows["key"]) == {task_key(sweep, each.task, code, each.arithmetic)}
    modes = [each.arithmetic for each in stored]
    assert record.arithmetic == {mode: modes.count(mode) for mode in set(modes)}


@functools.cache
def tasks_in(path) -> list:
    """Return the tasks of a table with their rows."""
    return list(tasks_of(read_export(path)[0], SWEEPS[path.parent.name], path.stem))


@functools.cache
def of_processes() -> arithmetic.Arithmetic:
    """Return the reproducible arithmetic of processes that are started here."""
    return arithmetic_in(process_environment("reproducible"))


def again(sweep, tasks: list) -> list[pd.DataFrame]:
    """Compute tasks in that arithmetic: here, or in a process if NumPy has no limits here."""
    if arithmetic.here().equals(of_processes()):
        return [sweep.run(task, "cpu") for task in tasks]
    return compute(sweep, tasks, "reproducible")[0]


def reproducible(path) -> list:
    """Return the tasks of a table that this machine must give to the bit, in seconds each."""
    table, record = read_export(path)
    if "arithmetic" not in table or "reproducible" not in set(table["arithmetic"]):
        return []
    here = of_processes()
    equal = [here.equals(each.arithmetic) for each in record.environments]
    return [
        each
        for each in tasks_in(path)
        if each.arithmetic == "reproducible"
        and equal[each.rows["environment"].iloc[0]]
        and each.rows["cpu_seconds"].iloc[0] < SECONDS
    ]


@pytest.mark.parametrize("path", TABLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_reproducible_rows_come_out_again_to_the_bit(path) -> None:
    """One task of each kind, where this machine's bits are those of its own (the probe says)."""
    there = reproducible(path)
    if not there:
        pytest.skip("no cheap task of this table was computed in this machine's arithmetic")
    sweep, draws = SWEEPS[path.parent.name], int(checksum_path(path).read_text()[:8], 16)
    chosen = one_of_each_kind(there, random.Random(draws))
    for each, now in zip(chosen, again(sweep, [each.task for each in chosen]), strict=True):
        was = each.rows[list(sweep.columns)].reset_index(drop=True)
        pd.testing.assert_frame_equal(
            now, was, check_exact=True, check_names=False, obj=repr(each.task)
        )


def one_of_each_kind(tasks: list, draws: random.Random) -> list:
    """Draw a task of each kind from those that take at most half longer than its fastest one."""
    kinds = defaultdict(list)
    for each in tasks:
        kinds[tuple(getattr(each.task, name, "") for name in KIND)].append(each)
    seconds = {id(each): each.rows["cpu_seconds"].iloc[0] for each in tasks}
    chosen = []
    for same in kinds.values():
        least = min(seconds[id(each)] for each in same)
        chosen.append(draws.choice([e for e in same if seconds[id(e)] <= 1.5 * least]))
    return chosen


def test_every_table_has_its_checksum_and_no_checksum_is_left_over() -> None:
    assert set(RESULTS.glob("*/*.sha256")) == {checksum_path(path) for path in TABLES}


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.parent.name)
def test_three_rows_drawn_at_random_come_out_again(path) -> None:
    """Rows of which another seed errs otherwise, so that a wrong one shows.

    On other processors a few runs come out by more than a quarter otherwise, mostly such as nearly
    diverge: the middle one of three networks must agree, and more closely a linear model, which is
    less chaotic.
    """
    table, _ = read_export(path)
    ends = table[(table["epoch"] == table["epoch"].max()) & np.isfinite(table["test"])]
    costs = ends.apply(lambda row: network_task.cost(recomputation.task_of(row)), axis=1)
    cheap = ends[(costs < CHEAP) & (ends["test"] < DIVERGING)]
    cheap = cheap[cheap.groupby(CONFIGURATION)["test"].transform(nearest_other) > 0.3]
    draws = int(checksum_path(path).read_text()[:8], 16)
    hidden = cheap["trained"] == "hidden"
    networks_off = off(cheap[hidden].sample(3, random_state=draws))
    assert np.median(networks_off) < 0.25, networks_off
    if not hidden.all():
        linear_off = off(cheap[~hidden].sample(1, random_state=draws))
        assert (linear_off < 0.1).all(), linear_off


def off(rows: pd.DataFrame) -> pd.Series:
    """Compute rows again and return how far they are off, in logarithms."""
    return np.abs(np.log(recomputation.recompute(rows) / rows["test"]))


def nearest_other(errors: pd.Series) -> list[float]:
    """Return for each seed's error how far the nearest one of another seed is, in logarithms."""
    logs = np.log(errors.to_numpy())
    apart = np.abs(logs[:, None] - logs) + np.diag(np.full(len(logs), np.inf))
    return list(apart.min(axis=1))


@pytest.mark.parametrize("name", ["resnet-separation", "resnet-minimal-norm"])
def test_the_cheapest_task_of_the_other_tables_comes_out_again(name: str) -> None:
    """Where none of them comes out to the bit, as on another processor."""
    if reproducible(RESULTS / name / "paper.parquet"):
        pytest.skip("tasks of each kind that is cheap come out again to the bit, see above")
    sweep, table = SWEEPS[name], reference(name, "paper")
    task = min(sweep.tasks("paper"), key=sweep.cost_of)
    fields = table[list(sweep.task.model_fields)].to_dict("records")
    rows = table[[canonical(row) == task.canonical() for row in fields]]
    again = sweep.run(task, "cpu")
    assert len(rows) == len(again) > 1
    off = np.abs(np.log(again["test"].to_numpy() / rows["test"].to_numpy()))
    assert np.median(off) < 0.01, off
    assert off.max() < 0.15, off


def test_only_padded_inputs_give_the_two_layer_curve_of_figure_1() -> None:
    best = curves.chosen(curves.finished(reference("figure-1", "paper")), by="test")
    points = published.points("figure-1").query("panel == 'a' and series == '2layer'")
    printed = points.set_index("x")["test_error"]
    off = {
        kind: (curves.curve(best, "2layer", "a", convention=kind) / printed)[[100, 500, 1000]]
        for kind in ("padded", "plain")
    }
    assert (off["plain"] > 2.5).all(axis=None)
    assert off["padded"].max(axis=None) < 1.6
    assert off["plain"].iloc[:, 2].min() > 1.3 * off["plain"].iloc[:, 0].max()


def test_wide_last_layers_err_what_is_printed_with_a_step_size_of_two() -> None:
    runs = curves.finished(reference("figure-1", "paper"))
    runs = runs[(runs["curve"] == "2layer(last)") & (runs["convention"] == "padded")]
    points = published.points("figure-1").query("series == '2layer(last)'")
    for panel in ("a", "b"):
        printed = points[points["panel"] == panel].set_index("x")["test_error"]
        two, five = (
            curves.curve(curves.chosen(runs[runs["lr"] == lr], by="test"), "2layer(last)", panel)
            for lr in (2.0, 5.0)
        )
        ratio = (np.exp(np.log(two).mean()) / printed).dropna()
        ratio = ratio[ratio.index >= (2000 if panel == "a" else 0)]
        assert len(ratio) >= 5
        assert ((ratio > 3 / 4) & (ratio < 4 / 3)).all()
        if panel == "a":
            assert (five.loc[:, 10_000:] < 0.65 * two.loc[:, 10_000:]).all(axis=None)
            assert len(five.loc[:, 10_000:].columns) >= 5


def canonical(row: dict[str, object]) -> str:
    """Return the task of a row as its own canonical JSON; what JSON alone can hold is decoded."""
    plain = {
        name: json.loads(value) if isinstance(value, str) and value.startswith("[") else value
        for name, value in row.items()
    }
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False)
