import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from ovp_lib.maths.smooth import parse
from ovp_lib.models.inputs import padded_sphere
from ovp_lib.models.networks import TwoLayer, init_two_layer
from ovp_lib.models.targets import random_two_layer_target
from ovp_lib.training.losses import LOSSES
from ovp_lib.training.probes import risks
from ovp_lib.training.problems import Problem, fresh
from ovp_lib.training.samples import Sample, from_dataset, streams
from ovp_lib.training.sgd import sgd, step_size
from tests import reference

E = 3


def make_task(loss: str = "squared", *, k: int = 1, noise: float = 0.0, e: int = E) -> Problem:
    target = random_two_layer_target(parse("sin(2z)"), streams(0, e, "target"), d=4, p=2, k=k)
    return Problem(padded_sphere(4), target, LOSSES[loss], noise)


def network(m: int = 16, *, k: int = 1, e: int = E) -> TwoLayer:
    return init_two_layer(streams(0, e, "init"), d=4, m=m, k=k, init_scale=0.3)


def seen(task: Problem, steps: int, batch_size: int) -> Sample:
    blocks = list(fresh(task, streams(0, E, "train"))(steps, batch_size))
    return Sample(*(torch.cat([block[i] for block in blocks]) for i in range(2)))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("batch_size", [1, 5])
def test_against_autograd_and_torch_optim(loss: str, batch_size: int) -> None:
    """300 steps (more than a block): weights and mean losses of every member, in float64."""
    k, steps, etas = 3, 300, torch.tensor([0.3, 0.5, 0.2], dtype=torch.float64)
    task, net = make_task(loss, k=k, noise=0.2), network(k=k)
    before = net.W.clone()
    trained, table = sgd(
        net,
        fresh(task, streams(0, E, "train")),
        task.loss,
        steps=steps,
        eta=etas,
        checkpoints=[1, 100, 300],
        batch_size=batch_size,
    )
    assert torch.equal(net.W, before)
    samples = seen(task, steps, batch_size)
    for member in range(E):
        W, losses = reference.sgd(
            net, member, task.loss, samples.x[:, member], samples.y[:, member], etas[member].item()
        )
        torch.testing.assert_close(trained.W[member], W, rtol=1e-9, atol=1e-12)
        own = table[table.member == member]
        expected = [np.mean(losses[:t]) for t in (1, 100, 300)]
        np.testing.assert_allclose(own.online_risk, expected, rtol=1e-9)


def test_same_call_same_result_and_looking_changes_nothing() -> None:
    task = make_task(noise=0.1)
    test = task.draw(50, streams(0, E, "test"))

    def go(checkpoints: list[int]) -> tuple[TwoLayer, pd.DataFrame]:
        source = fresh(task, streams(0, E, "train"))
        probe = risks(task.loss, test=test)
        return sgd(
            network(), source, task.loss, steps=400, eta=0.3, checkpoints=checkpoints, probe=probe
        )

    (net, table), (again, same) = go([7, 255, 256, 257, 400]), go([7, 255, 256, 257, 400])
    assert torch.equal(net.W, again.W)
    pd.testing.assert_frame_equal(table, same)
    unwatched, _ = go([])
    assert torch.equal(net.W, unwatched.W)
    assert list(table.step.unique()) == [7, 255, 256, 257, 400]


def test_training_on_leaves_the_network_it_started_from_alone() -> None:
    task = make_task()
    first, _ = sgd(network(), fresh(task, streams(0, E, "train")), task.loss, steps=5, eta=0.3)
    before = first.W.clone()
    second, _ = sgd(first, fresh(task, streams(1, E, "train")), task.loss, steps=5, eta=0.3)
    assert torch.equal(first.W, before)
    assert not torch.equal(second.W, before)


def test_members_do_not_depend_on_how_many_there_are() -> None:
    def weights(e: int) -> torch.Tensor:
        task = make_task(e=e)
        source = fresh(task, streams(0, e, "train"))
        return sgd(network(e=e), source, task.loss, steps=100, eta=0.3)[0].W

    torch.testing.assert_close(weights(2), weights(5)[:2], rtol=1e-10, atol=1e-13)


def test_online_risk_is_unbiased_for_the_averaged_population_risk() -> None:
    """Over many members, the mean of (1/T) sum L(F(x_t; W_t), y_t) is that of the true risks."""
    e, steps = 64, 60
    task = make_task(e=e, noise=0.3)
    population = task.draw(400, streams(0, e, "test"))
    net, table = sgd(
        network(e=e),
        fresh(task, streams(0, e, "train")),
        task.loss,
        steps=steps,
        eta=0.3,
        checkpoints=range(1, steps + 1),
        probe=risks(task.loss, now=population),
    )
    start = task.loss.value(_outputs(network(e=e), population.x), population.y).mean(dim=1)
    after = table.pivot(index="member", columns="step", values="now").to_numpy()
    iterates = np.concatenate([start.numpy()[:, None], after[:, :-1]], axis=1).mean(axis=1)
    online = table[table.step == steps].online_risk.to_numpy()
    gap = online - iterates
    assert abs(gap.mean()) < 4 * gap.std(ddof=1) / math.sqrt(e)
    assert net.W.isfinite().all()


def _outputs(net: TwoLayer, x: torch.Tensor) -> torch.Tensor:
    return torch.relu(x @ net.W.mT + net.b[:, None]) @ net.a.mT


def test_training_learns_and_a_diverging_member_hurts_nobody() -> None:
    task = make_task()
    data = task.draw(20, streams(0, E, "train"))
    etas = torch.tensor([1.0, 1e6, 1.0], dtype=torch.float64) * step_size(64, 0.3)
    _, table = sgd(
        network(64),
        from_dataset(data, streams(0, E, "order")),
        task.loss,
        steps=2000,
        eta=etas,
        checkpoints=[2000],
        probe=risks(task.loss, train=data),
    )
    relative = table.train.to_numpy() / task.null_risk(data)
    assert relative[0] < 0.05
    assert relative[2] < 0.05
    assert not relative[1] < 1


def test_step_size_keeps_the_first_step_in_function_space_independent_of_width() -> None:
    """The mean change of f after one step is eta m eps_a^2 / 2 of the residual, at every width."""
    x = padded_sphere(4)(1, streams(3, 1, "train")[0])[None]
    for m in (2_000, 32_000):
        e = 40
        net = init_two_layer(streams(1, e, "init"), d=4, m=m, init_scale=0.1)
        xs = x.expand(e, 1, 4)
        y = _outputs(net, xs) + 1.0
        data = Sample(xs, y)
        source = from_dataset(data, streams(1, e, "order"))
        trained, _ = sgd(net, source, LOSSES["squared"], steps=1, eta=step_size(m, 0.1))
        change = (_outputs(trained, xs) - _outputs(net, xs))[:, 0, 0]
        assert change.mean().item() == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("loss", LOSSES)
def test_runs_on_cuda_without_leaving_the_device(loss: str) -> None:
    """Fake CUDA tensors: every operation of a step must find all of its operands on the GPU."""
    task, k = make_task(loss, k=3, noise=0.2), 3
    sample = task.draw(8, streams(0, E, "train"))
    with FakeTensorMode(allow_non_fake_inputs=True):
        net = TwoLayer(
            torch.empty(E, 16, 4, device="cuda"),
            torch.empty(E, 16, device="cuda"),
            torch.empty(E, k, 16, device="cuda"),
        )

        def source(steps: int, batch_size: int):
            shape = (steps, E, batch_size)
            y = (
                torch.zeros(shape, dtype=torch.int64)
                if task.loss.classifies
                else torch.empty(*shape, k)
            )
            yield Sample(torch.empty(*shape, 4), y)

        trained, _ = sgd(net, source, task.loss, steps=3, eta=0.1, batch_size=2)
        assert trained.W.device.type == "cuda"
        assert risks(task.loss, train=sample.to(net.W))(trained)["train"].device.type == "cuda"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "steps and batch_size must be at least 1, got 0"),
        ({"batch_size": 0}, "must be at least 1"),
        ({"checkpoints": [11]}, r"checkpoints must lie in 1\.\.10, got 11"),
        ({"checkpoints": [0, 5]}, r"got 0 to 5"),
        ({"eta": -0.1}, "eta must be positive"),
        ({"eta": torch.ones(2)}, "one or 3 of them"),
    ],
)
def test_bad_settings_are_named_before_anything_runs(settings: dict, message: str) -> None:
    task = make_task()

    def never(*_: int):
        raise AssertionError("the source was asked for samples")
        yield

    with pytest.raises(ValueError, match=message):
        sgd(network(), never, task.loss, **({"steps": 10, "eta": 0.1} | settings))


def test_step_size_is_the_theorems_law() -> None:
    assert step_size(200, 0.1) == pytest.approx(step_size(100, 0.1) / 2)
    assert step_size(100, 0.1, 0.5) == pytest.approx(0.5 / (100 * 0.01))
    with pytest.raises(ValueError, match="must be positive"):
        step_size(0, 0.1)
