import math

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from ovp_lib.experiments.minimal_norm import TEST, VALIDATION, run
from ovp_lib.experiments.minimal_norm_task import COLUMNS, MinimalNormTask, cost
from ovp_lib.models.sparse_parity import draw, init_network
from ovp_lib.training.order import orders
from ovp_lib.training.samples import streams


def task(**changes: object) -> MinimalNormTask:
    fields = {
        "inputs": 16,
        "parity": 6,
        "samples": 100,
        "width": 12,
        "init": "small",
        "epochs": 5,
        "batch": 20,
        "lrs": (0.5, 0.1),
        "wds": (0.0, 0.01),
        "seed": 0,
    }
    return MinimalNormTask.model_validate(fields | changes)


def by_torch(of: MinimalNormTask, lr: float, wd: float) -> dict[str, float]:
    """Train one run with autograd and torch.optim, and return what it ends with."""
    sets = {}
    for name, n in (("train", of.samples), ("validation", VALIDATION), ("test", TEST)):
        x, y = draw(of.inputs, of.parity, n, streams(of.seed, 1, name))
        sets[name] = (x[0].float(), y[0].float())
    net = init_network(streams(of.seed, 1, "init"), d=of.inputs, m=of.width, init=of.init)
    W = net.W[0].float().requires_grad_()
    signs = torch.ones(of.width)
    signs[of.width // 2 :] = -1

    def f(x: torch.Tensor) -> torch.Tensor:
        return (torch.relu(x @ W.T) @ signs / math.sqrt(of.width)).unsqueeze(1)

    optimiser = torch.optim.SGD([W], lr=lr, momentum=0.9, weight_decay=wd)
    x, y = sets["train"]
    for epoch, order in enumerate(orders([of.seed], 0, of.epochs, of.samples)[0]):
        optimiser.param_groups[0]["lr"] = lr * (0.1 if epoch >= 0.8 * of.epochs else 1.0)
        for batch in torch.from_numpy(order).long().split(of.batch):
            optimiser.zero_grad()
            (0.5 * (f(x[batch]) - y[batch]).square().mean()).backward()
            optimiser.step()
    with torch.no_grad():
        errors = {name: (f(x) - y).double().square() for name, (x, y) in sets.items()}
        found = {name: float(error.mean()) for name, error in errors.items()}
        found["test_se"] = float(errors["test"].std()) / math.sqrt(TEST)
        found["norm"] = float(W.norm())
        found["share"] = float(W[:, : of.parity].square().sum() / W.square().sum())
    return found


def test_a_row_is_what_torch_would_have_found() -> None:
    # draw_splits draws a point again that an earlier split has; none is hit at this dimension.
    of = task(inputs=30, seed=3)
    table = run(of, "cpu")
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == COLUMNS
    assert sorted(set(table["epoch"])) == [4, 5]
    assert len(table) == 2 * 2 * 2
    final = table[table["epoch"] == 5].set_index(["lr", "wd"])
    for lr, wd in ((0.5, 0.0), (0.1, 0.01)):
        expected = by_torch(of, lr, wd)
        row = final.loc[(lr, wd)]
        assert {name: row[name] for name in expected} == pytest.approx(expected, rel=1e-4)
        assert math.isnan(row["diverged_at"])


def test_a_run_does_not_depend_on_the_rest_of_the_grid() -> None:
    whole = run(task(), "cpu").set_index(["lr", "wd", "epoch"])
    alone = run(task(lrs=(0.1,), wds=(0.01,)), "cpu").set_index(["lr", "wd", "epoch"])
    for index, row in alone.iterrows():
        values = whole.loc[index]
        assert values.drop("diverged_at").tolist() == pytest.approx(
            row.drop("diverged_at").tolist(), rel=1e-6
        )


def test_weight_decay_shrinks_the_norm_and_the_seed_moves_everything() -> None:
    table = run(task(epochs=20), "cpu").query("epoch == 20").set_index(["lr", "wd"])
    assert table.loc[(0.5, 0.01)].norm < table.loc[(0.5, 0.0)].norm
    other = run(task(epochs=20, seed=1), "cpu").query("epoch == 20").set_index(["lr", "wd"])
    assert (other[["train", "test", "norm"]] != table[["train", "test", "norm"]]).all(axis=None)


def test_the_initial_scale_is_that_of_the_task() -> None:
    unit = run(task(init="unit", lrs=(1e-9,), wds=(0.0,), width=100), "cpu")
    small = run(task(lrs=(1e-9,), wds=(0.0,), width=100), "cpu")
    assert unit.norm.iloc[0] == pytest.approx(10 * small.norm.iloc[0], rel=1e-5)
    assert small.norm.iloc[0] == pytest.approx(4.0, rel=0.1)


def test_a_run_that_diverges_is_recorded_and_the_others_go_on() -> None:
    table = run(task(lrs=(0.1, 1e6), wds=(0.0,)), "cpu")
    good, bad = (table[table["lr"] == lr] for lr in (0.1, 1e6))
    numbers = ["train", "validation", "test", "test_se", "norm", "share"]
    assert np.isfinite(good[numbers]).all(axis=None)
    assert bad["diverged_at"].notna().all()
    assert bad[bad["epoch"] == 5][numbers].isna().all(axis=None)


def test_cost_goes_by_the_steps_and_the_weights() -> None:
    assert cost(task(epochs=10)) == pytest.approx(2 * cost(task()))
    assert cost(task(width=24)) == pytest.approx(2 * cost(task()))
    assert cost(task(lrs=(0.1,))) == pytest.approx(cost(task()) / 2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"wds": (0.0, 0.0)}, r"wds\n.*holds a value twice"),
        ({"lrs": (0.1, 0.1)}, r"lrs\n.*holds a value twice"),
        ({"parity": 17}, "a parity of 17 coordinates needs as many inputs"),
        ({"width": 11}, "multiple of 2"),
        ({"epochs": 7}, "multiple of 5"),
        ({"init": "large"}, "'small' or 'unit'"),
    ],
)
def test_a_task_that_cannot_be_run_is_refused(changes: dict, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        task(**changes)
