"""The tables in ``results/``: whole, of the grids that are declared, and computed by this code."""

import json

import numpy as np
import pandas as pd
import pytest

from ovp_lib.evidence import published
from ovp_lib.lab.sweep_results import RESULTS, read_export, reference
from ovp_lib.sweeps import SWEEPS, networks, panels

TABLES = sorted(RESULTS.glob("*/*.parquet"))
FIGURES = [path for path in TABLES if path.parent.name.startswith("figure-")]

CHEAP = 1e11
"""What a run of a second or two costs, in the units of the sweep."""


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


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.parent.name)
def test_three_rows_drawn_at_random_come_out_again(path) -> None:
    table, record = read_export(path)
    ends = table[(table["epoch"] == table["epoch"].max()) & np.isfinite(table["test"])]
    costs = ends.apply(lambda row: networks.cost(panels.task_of(row)), axis=1)
    cheap = ends[costs < CHEAP]
    rows = cheap.sample(3, random_state=int(record.code[:8], 16))
    again = panels.recompute(rows)
    assert np.abs(np.log(again / rows["test"])).max() < 0.25, pd.concat([rows, again], axis=1)


def test_only_padded_inputs_give_the_two_layer_curve_of_figure_1() -> None:
    best = panels.chosen(panels.finished(reference("figure-1", "paper")), by="test")
    points = published.points("figure-1").query("panel == 'a' and series == '2layer'")
    printed = points.set_index("x")["test_error"]
    off = {
        kind: (panels.curve(best, "2layer", "a", convention=kind) / printed)[[100, 500, 1000]]
        for kind in ("padded", "plain")
    }
    assert (off["plain"] > 2.5).all(axis=None)
    assert off["padded"].max(axis=None) < 1.6
    assert off["plain"].iloc[:, 2].min() > 1.3 * off["plain"].iloc[:, 0].max()


def canonical(row: dict[str, object]) -> str:
    """Return the task of a row as its own canonical JSON; what JSON alone can hold is decoded."""
    plain = {
        name: json.loads(value) if isinstance(value, str) and value.startswith("[") else value
        for name, value in row.items()
    }
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False)
