"""The notebooks of Figures 1 and 2 at tiny sizes: parameters change the live part, and only it."""

import re

import nbformat
import numpy as np
import pandas as pd
import pytest

from tests.notebooks.conftest import NOTEBOOKS, Run, data, numbers

OTHER_TARGET = {"figure-1": "tanh", "figure-2": "sine"}
LIVE = {"figure-1": ["live.order", "initial-output"], "figure-2": ["live.order"]}


@pytest.fixture
def base(run_cells, figure) -> Run:
    """The tiny run of a figure's notebook."""
    return run_cells(figure)


@pytest.mark.parametrize("figure", OTHER_TARGET)
def test_parameters_change_what_is_computed_live_and_nothing_that_is_stored(
    run_cells, base, figure
) -> None:
    sizes = {"samples": 150, "epochs": 2, "widths": [9, 12], "n_seeds": 3}
    grid = {"step_sizes": [0.02], "decays": [1e-3]}
    other = {"seed": 1, "convention": "plain", "target": OTHER_TARGET[figure]}
    run = run_cells(figure, **sizes, **grid, **other)
    before, after = numbers(base), numbers(run)
    for claim in LIVE[figure]:
        assert before.pop(f"{figure}.{claim}") != after.pop(f"{figure}.{claim}")
    assert before == after
    assert data(base) == data(run)
    blind = {"figure-2-blind"} if figure == "figure-2" else set()
    assert set(data(base)) == {f"{figure}a", f"{figure}b", f"{figure}-tuning"} | blind
    assert set(run["live"]) == {(name, m) for name in ("3layer", "2layer") for m in (9, 12)}


@pytest.mark.parametrize("figure", ["figure-1"])
def test_the_first_figure_s_points_are_compared_where_both_have_one(base) -> None:
    ratio, printed = base["ratio"], base["printed"]
    assert list(ratio.index) == list(printed.index)
    ours = base["ours"]["a", "2layer"][100]
    expected = np.exp(np.log(ours).mean()) / 4.757
    assert ratio["a", "2layer", 100] == pytest.approx(expected)


def shown(figure: str) -> pd.DataFrame:
    """Return the errors that the stored notebook shows, a column a learner and a row a seed."""
    notebook = nbformat.read(NOTEBOOKS / f"{figure}.ipynb", as_version=4)
    (cell,) = [cell for cell in notebook.cells if "linear_models.beside_sgd(" in cell.source]
    head, *lines = cell.outputs[0]["data"]["text/plain"].splitlines()
    rows = [re.split(r"\s{2,}", line) for line in lines]
    errors = {name: [float(error) for error in row[:-1]] for name, *row in rows}
    return pd.DataFrame(errors, index=[int(seed) for seed in head.split()[1:-1]])


@pytest.mark.parametrize("figure", OTHER_TARGET)
def test_last_layers_could_have_learned_more_than_sgd_makes_them(base, figure) -> None:
    errors = shown(figure)
    assert len(errors) >= 3
    assert len(errors.columns) == 10
    for kernel in ("2layer(last)", "3layer(last)"):
        assert (errors[f"{kernel} by ridge"] < 0.8 * errors[kernel]).all()
    for kernel in (name for name in errors if "(" in name):
        network = kernel.split("(")[0]
        assert (errors[network] < errors[kernel]).all(), "a kernel has a lower error"
    now = base["at_1000"]
    np.testing.assert_allclose(now[list(errors)], errors.loc[now.index], rtol=0.01)
