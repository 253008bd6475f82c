import math

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from ovp_lib.experiments.residual import problem_of, run
from ovp_lib.experiments.residual_task import COLUMNS, OUTPUTS, ResidualTask, cost
from ovp_lib.models.architectures import architecture_of
from ovp_lib.models.learners import LEARNERS, init_learner
from ovp_lib.models.residual_targets import INSTANCES
from ovp_lib.models.resnet import Bottleneck
from ovp_lib.training.order import orders
from ovp_lib.training.samples import streams
from tests.experiments.conftest import residual_task as task

pytestmark = pytest.mark.usefixtures("few_points")


def by_torch(of: ResidualTask, seed: int, lr: float, wd: float) -> dict[str, float]:
    """Train one run with autograd and torch.optim, and return the final errors."""
    target = INSTANCES[of.target](of.dimension)
    parts = {
        name: target.draw(n, streams(seed, 1, name))
        for name, n in (("train", of.samples), ("validation", 60), ("test", 80))
    }
    generators = streams(seed, 1, "init")
    net = init_learner(of.network, generators, d=of.dimension, m=of.width, k=target.k)
    if of.trained == "last" and isinstance(net, Bottleneck):
        net = net.expanded()
    architecture = architecture_of(net)
    names = (architecture.readout,) if of.trained == "last" else architecture.hidden
    fields = net._asdict()
    moving = {name: fields[name].clone().requires_grad_() for name in names}
    start, linear = {name: fields[name] for name in names}, of.trained == "ntk-shared"

    def at(values: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
        return architecture.forward(net._replace(**values), x)[0]

    def slopes(x: torch.Tensor) -> dict[str, torch.Tensor]:
        return torch.func.jacrev(lambda values: at(values, x))(start)

    known = {id(p.x): (at(start, p.x), slopes(p.x)) for p in parts.values()} if linear else {}

    def f(x: torch.Tensor, rows: torch.Tensor | slice = slice(None)) -> torch.Tensor:
        if not linear:
            return at(moving, x[:, rows])
        value, slope = known[id(x)]
        moved = sum((slope[n][rows] * (moving[n] - start[n])).sum(dim=(2, 3, 4)) for n in names)
        return value[rows] + moved

    groups = [{"params": [weight]} for weight in moving.values()]
    optimiser = torch.optim.SGD(groups, lr=lr, momentum=0.9, weight_decay=wd)
    y = parts["train"].labels(of.alpha, of.beta)[0]
    for epoch, order in enumerate(orders([seed], 0, of.epochs, of.samples)[0]):
        for group, ratio in zip(optimiser.param_groups, (1.0, of.step_ratio), strict=False):
            group["lr"] = lr * ratio * (0.1 if epoch >= of.epochs // 2 else 1.0)
        for batch in torch.from_numpy(order).long().split(50):
            optimiser.zero_grad()
            error = (f(parts["train"].x, batch) - y[batch]).square().sum(dim=1)
            (0.5 * error.mean()).backward()
            optimiser.step()
    with torch.no_grad():
        found = {
            name: f(part.x) - part.labels(of.alpha, of.beta)[0] for name, part in parts.items()
        }
        errors = {name: float(gap.square().sum(dim=1).mean()) for name, gap in found.items()}
        b, c = parts["test"].coefficients(f(parts["test"].x)[None])[0].tolist()
    return errors | {"base": b, "composite": c}


@pytest.mark.parametrize(
    ("network", "trained", "target"),
    [
        *[(network, "hidden", "hard") for network in LEARNERS],
        ("bottleneck", "hidden", "figure-2"),
        *[(network, "last", "hard") for network in LEARNERS],
        ("three-layer", "ntk-shared", "hard"),
        ("bottleneck", "ntk-shared", "figure-2"),
    ],
)
def test_a_row_is_what_torch_would_have_found(network: str, trained: str, target: str) -> None:
    of = task(network=network, trained=trained, target=target)
    table = run(of, "cpu")
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == COLUMNS
    rows = table.set_index(["seed", "lr", "wd"])
    assert rows.index.is_unique
    assert len(rows) == 2 * 2 * 2
    for key in ((0, 0.05, 0.0), (3, 0.02, 0.01)):
        for name, expected in by_torch(of, *key).items():
            assert rows.loc[key, name] == pytest.approx(expected, rel=2e-4, abs=2e-5), name


@pytest.mark.parametrize("network", ["bottleneck", "resnet", "three-layer"])
def test_the_second_layer_may_have_smaller_steps(network: str) -> None:
    of = task(network=network, step_ratio=0.1, seeds=(3,))
    rows = run(of, "cpu").set_index(["lr", "wd"])
    for name, expected in by_torch(of, 3, 0.05, 0.01).items():
        assert rows.loc[(0.05, 0.01), name] == pytest.approx(expected, rel=2e-4, abs=2e-5), name
    even = run(of.model_copy(update={"step_ratio": 1.0}), "cpu").set_index(["lr", "wd"])
    assert (rows["train"] != even["train"]).all()


@pytest.mark.parametrize("changes", [{"network": "two-layer"}, {"trained": "ntk"}], ids=str)
def test_a_ratio_of_step_sizes_needs_two_hidden_layers_that_are_trained(changes: dict) -> None:
    task(**changes)
    with pytest.raises(ValidationError, match=r"step_ratio is of two hidden layers.*got 0\.1"):
        task(**changes, step_ratio=0.1)


def test_each_output_with_a_kernel_of_its_own_is_the_shared_one_for_one_output_at_a_time() -> None:
    """Train the coupled model on one output, all others silenced, output by output."""
    of = task(trained="ntk", network="two-layer")
    target = INSTANCES["hard"](of.dimension)
    row = run(of, "cpu").set_index(["seed", "lr", "wd"]).loc[(0, 0.05, 0.01)]
    train, test = (target.draw(n, streams(0, 1, w)) for n, w in ((100, "train"), (80, "test")))
    net = init_learner("two-layer", streams(0, 1, "init"), d=of.dimension, m=8, k=4)
    total = 0.0
    for r in range(4):
        W, a = net.W[0].clone().requires_grad_(), net.a[0, r]
        start = net.W[0] @ train.x[0].T + net.b[0][:, None] >= 0
        on_test = net.W[0] @ test.x[0].T + net.b[0][:, None] >= 0
        y, y_test = (part.labels(0.4, 0.8)[0, :, r] for part in (train, test))
        optimiser = torch.optim.SGD([W], lr=0.05, momentum=0.9, weight_decay=0.01)
        for epoch, order in enumerate(orders([0], 0, 4, 100)[0]):
            optimiser.param_groups[0]["lr"] = 0.05 * (0.1 if epoch >= 2 else 1.0)
            for batch in torch.from_numpy(order).long().split(50):
                optimiser.zero_grad()
                z = W @ train.x[0, batch].T + net.b[0][:, None]
                (0.5 * (a @ (z * start[:, batch]) - y[batch]).square().mean()).backward()
                optimiser.step()
        with torch.no_grad():
            z = W @ test.x[0].T + net.b[0][:, None]
            total += float((a @ (z * on_test) - y_test).square().mean())
    assert row["test"] == pytest.approx(total, rel=2e-4)


@pytest.mark.parametrize("trained", ["hidden", "last", "ntk"])
def test_a_run_that_diverged_has_no_numbers_and_leaves_the_others_theirs(trained: str) -> None:
    of = task(lrs=(1e6, 0.02), trained=trained, epochs=12)
    table = run(of, "cpu")
    lost = table["lr"] == 1e6
    assert table.loc[lost, ["train", "validation", "test", "base", "composite"]].isna().all().all()
    alone = run(of.model_copy(update={"lrs": (0.02,)}), "cpu").reset_index(drop=True)
    rest = table[~lost].reset_index(drop=True)
    np.testing.assert_allclose(rest, alone, rtol=1e-5)


def test_learners_meet_the_same_data_and_seeds_do_not_meet_each_other() -> None:
    of = task(alpha=0.0, beta=0.0, lrs=(1e-9,), wds=(0.0,))  # labels 0: the error is the start's
    for network in ("two-layer", "bottleneck"):
        target, seed = INSTANCES["hard"](of.dimension), 3
        net = init_learner(network, streams(seed, 1, "init"), d=of.dimension, m=8, k=4)
        x = target.draw(80, streams(seed, 1, "test")).x
        start = architecture_of(net).forward(net, x).square().sum(dim=2).mean().item()
        table = run(of.model_copy(update={"network": network}), "cpu").set_index("seed")
        assert table.loc[3, "test"] == pytest.approx(start, rel=1e-4)
        assert table.loc[0, "test"] != pytest.approx(start, rel=1e-2)


@pytest.mark.parametrize(
    "changes", [{"lrs": (0.1, 0.1)}, {"network": "kernel"}, {"trained": "all"}, {"width": 0}]
)
def test_a_task_that_cannot_be_is_refused(changes: dict) -> None:
    with pytest.raises(ValidationError):
        task(**changes)


def test_the_longest_tasks_are_known_to_be_long() -> None:
    assert cost(task(width=80)) == pytest.approx(10 * cost(task()))
    assert cost(task(network="three-layer", width=800)) > 50 * cost(task(width=800)) / 10
    assert cost(task(trained="ntk", width=10**6)) == cost(task(trained="ntk"))
    assert math.isfinite(cost(task(trained="ntk-shared")))


@pytest.mark.parametrize("target", OUTPUTS)
def test_outputs_are_those_of_the_target(target: str) -> None:
    assert problem_of(task(target=target, dimension=30)).k == OUTPUTS[target]
