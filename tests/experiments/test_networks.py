import numpy as np
import pytest
import torch
from pydantic import ValidationError

from ovp_lib.experiments.network_task import COLUMNS, NetworkTask, cost
from ovp_lib.experiments.networks import TEST, VALIDATION, run
from ovp_lib.models import section_7
from ovp_lib.models.networks import init_two_layer
from ovp_lib.models.three_layer import init_three_layer
from ovp_lib.training.order import orders
from ovp_lib.training.samples import streams


def task(**changes: object) -> NetworkTask:
    fields = {
        "target": "sine",
        "convention": "padded",
        "network": "three-layer",
        "width": 12,
        "samples": 100,
        "epochs": 4,
        "lrs": (0.01, 0.002),
        "wds": (0.0, 0.01),
        "seeds": (0, 1),
    }
    return NetworkTask.model_validate(fields | changes)


def by_torch(
    of: NetworkTask, seed: int, lr: float, wd: float, w24: float = 0.0
) -> dict[str, float]:
    """Train one run with autograd and torch.optim, and return its final risks."""
    sets = {}
    for name, n in (("train", of.samples), ("validation", VALIDATION), ("test", TEST)):
        x, y = section_7.draw(of.target, of.convention, n, streams(seed, 1, name))
        sets[name] = (x[0].float(), y[0].float())
    d = sets["train"][0].shape[1]
    generators = streams(seed, 1, "init")
    if of.network == "two-layer":
        W, b, a = (weight[0].float() for weight in init_two_layer(generators, d=d, m=of.width))
        trained = [W.requires_grad_()]
        layers = [(W, b)]
    else:
        W, b1, V, b2, a = (
            weight[0].float()
            for weight in init_three_layer(generators, d=d, m1=of.width, m2=of.width)
        )
        trained = [W.requires_grad_(), V.requires_grad_()]
        layers = [(W, b1), (V, b2)]

    if of.trained == "last":
        trained = [a.requires_grad_()]

    def f(x: torch.Tensor) -> torch.Tensor:
        for weight, bias in layers:
            x = torch.relu(x @ weight.T + bias)
        return x @ a.T

    optimiser = torch.optim.SGD(trained, lr=lr, momentum=0.9, weight_decay=wd)
    x, y = sets["train"]
    for epoch, order in enumerate(orders([seed], 0, of.epochs, of.samples)[0]):
        optimiser.param_groups[0]["lr"] = lr * (0.1 if epoch >= of.epochs // 2 else 1.0)
        for batch in torch.from_numpy(order).long().split(50):
            optimiser.zero_grad()
            loss = 0.5 * (f(x[batch]) - y[batch]).square().mean()
            (loss + w24 * layers[0][0].square().sum(dim=1).square().sum()).backward()
            optimiser.step()
    with torch.no_grad():
        return {name: float((f(x) - y).square().mean()) for name, (x, y) in sets.items()}


@pytest.mark.parametrize(
    ("network", "convention"), [("two-layer", "plain"), ("three-layer", "padded")]
)
def test_a_row_is_what_torch_would_have_found(network: str, convention: str) -> None:
    of = task(network=network, convention=convention)
    table = run(of, "cpu")
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == COLUMNS
    assert len(table) == 2 * 2 * 2 * 2
    final = table[table["epoch"] == of.epochs].set_index(["seed", "lr", "wd"])
    assert final.index.is_unique
    for seed, lr, wd in ((0, 0.01, 0.0), (1, 0.01, 0.01), (1, 0.002, 0.0)):
        expected = by_torch(of, seed, lr, wd)
        row = final.loc[(seed, lr, wd)]
        assert {name: row[name] for name in expected} == pytest.approx(expected, rel=1e-4)


def test_a_run_does_not_depend_on_the_rest_of_the_grid() -> None:
    whole = run(task(), "cpu").set_index(["seed", "lr", "wd", "epoch"])
    alone = run(task(lrs=(0.002,), wds=(0.01,), seeds=(1,)), "cpu")
    for row in alone.to_dict("records"):
        there = whole.loc[(row["seed"], row["lr"], row["wd"], row["epoch"])]
        for name in ("train", "validation", "test"):
            assert there[name] == pytest.approx(row[name], rel=1e-6)


def test_a_run_that_diverges_is_recorded_and_the_others_go_on() -> None:
    table = run(task(lrs=(0.01, 1e4), wds=(0.0,), seeds=(0,)), "cpu")
    good, bad = (table[table["lr"] == lr] for lr in (0.01, 1e4))
    assert np.isfinite(good[["train", "validation", "test"]]).all(axis=None)
    last = bad[bad["epoch"] == 4]
    assert len(last) == 1
    assert last[["train", "validation", "test"]].isna().all(axis=None)


def test_cost_goes_by_the_steps_and_the_weights() -> None:
    assert cost(task(epochs=8)) == pytest.approx(2 * cost(task()))
    assert cost(task(seeds=(0,))) == pytest.approx(cost(task()) / 2)
    wide = cost(task(width=2400)) / cost(task(width=1200))
    assert wide == pytest.approx(4, rel=0.02)
    assert cost(task(network="two-layer")) < cost(task())


def test_a_grid_with_a_value_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"wds\n.*holds a value twice: \(0.0, 0.0\)"):
        task(wds=(0.0, 0.0))


def test_a_linear_model_has_no_hidden_weights_to_regularise() -> None:
    with pytest.raises(ValidationError, match="must be \\(0,\\) if trained is 'last'"):
        task(trained="last", w24s=(0.1,))


@pytest.mark.parametrize("network", ["two-layer", "three-layer"])
def test_last_is_what_torch_finds_with_the_output_weights_alone(network: str) -> None:
    of = task(network=network, trained="last")
    table = run(of, "cpu")
    final = table[table["epoch"] == of.epochs].set_index(["seed", "lr", "wd"])
    expected = by_torch(of, 1, 0.01, 0.01)
    row = final.loc[(1, 0.01, 0.01)]
    assert {name: row[name] for name in expected} == pytest.approx(expected, rel=1e-4)
    assert table["norm_ratio"].isna().all()


@pytest.mark.parametrize("network", ["two-layer", "three-layer"])
def test_ntk_moves_as_the_network_does_while_steps_are_small_and_only_then(network: str) -> None:
    of = task(network=network, lrs=(1e-9, 1e-4, 0.05), wds=(0.0,))
    train = {}
    for how in ("hidden", "ntk", "last"):
        table = run(of.model_copy(update={"trained": how}), "cpu")
        train[how] = table.pivot(index=["seed", "epoch"], columns="lr", values="train")
    moved = {how: errors.sub(errors[1e-9], axis=0) for how, errors in train.items()}
    assert (moved["hidden"][1e-4] < 0).all()
    assert np.allclose(moved["ntk"][1e-4], moved["hidden"][1e-4], rtol=0.05)
    assert not np.isclose(moved["last"][1e-4], moved["hidden"][1e-4], rtol=0.1).any()
    assert not np.isclose(moved["ntk"][0.05], moved["hidden"][0.05], rtol=0.1).all()


def test_the_regulariser_is_that_of_section_4_on_the_first_layer() -> None:
    of = task(w24s=(0.0, 1.0), seeds=(0,))
    table = run(of, "cpu")
    final = table[table["epoch"] == of.epochs].set_index(["lr", "wd", "w24"]).sort_index()
    for w24 in of.w24s:
        expected = by_torch(of, 0, 0.01, 0.01, w24)
        row = final.loc[(0.01, 0.01, w24)]
        assert {name: row[name] for name in expected} == pytest.approx(expected, rel=1e-4)
    assert final["norm_ratio"].between(1, of.width).all()
    ratios = final.loc[(0.01, 0.01), "norm_ratio"]
    assert ratios[0.0] != pytest.approx(ratios[1.0], rel=1e-3)
