import pytest
import torch

from ovp_lib.maths.smooth import parse
from ovp_lib.models.inputs import padded_sphere, stream
from ovp_lib.models.networks import init_two_layer, two_layer
from ovp_lib.models.targets import random_two_layer_target
from ovp_lib.models.three_layer import ThreeLayer, init_three_layer, three_layer
from ovp_lib.training.losses import CROSS_ENTROPY, PSEUDO_HUBER, SQUARED
from ovp_lib.training.plain import sgd_by_autograd
from ovp_lib.training.problems import Problem, fresh
from ovp_lib.training.samples import streams
from ovp_lib.training.sgd import sgd


def task(loss=SQUARED, e: int = 2) -> Problem:
    target = random_two_layer_target(parse("sin(2z)"), streams(0, e, "target"), d=4, p=2, k=3)
    return Problem(padded_sphere(4), target, loss)


def network(e: int = 2) -> ThreeLayer:
    return init_three_layer([stream(1, i) for i in range(e)], d=4, m1=7, m2=6, k=3)


def by_torch_optim(net: ThreeLayer, member: int, problem: Problem, steps: int, batch: int, etas):
    """One member alone, with torch.nn.functional and torch.optim."""
    weights = {name: value[member].clone() for name, value in net._asdict().items()}
    groups = [{"params": [weights[n].requires_grad_()], "lr": eta} for n, eta in etas.items()]
    optimiser = torch.optim.SGD(groups, lr=0.1)
    for block in fresh(problem, streams(0, 2, "train"))(steps, batch):
        for x, y in zip(*(part[:, member] for part in block), strict=True):
            h = torch.relu(x @ weights["W"].T + weights["b1"])
            f = torch.relu(h @ weights["V"].T + weights["b2"]) @ weights["a"].T
            optimiser.zero_grad()
            problem.loss.value(f[None], y[None]).mean().backward()
            optimiser.step()
    return weights


@pytest.mark.parametrize("loss", [SQUARED, PSEUDO_HUBER, CROSS_ENTROPY], ids=lambda loss: loss.name)
def test_every_member_is_torch_optim_on_its_own(loss) -> None:
    problem, net, etas = task(loss), network(), {"W": 0.05, "V": 0.1}
    source = fresh(problem, streams(0, 2, "train"))
    end, _ = sgd_by_autograd(three_layer, net, source, loss, etas=etas, steps=30, batch_size=4)
    for member in range(2):
        expected = by_torch_optim(net, member, problem, 30, 4, etas)
        for name in ThreeLayer._fields:
            torch.testing.assert_close(getattr(end, name)[member], expected[name].detach())
    assert (end.W - net.W).abs().max() > 1e-3
    assert torch.equal(end.a, net.a)


def test_it_is_algorithm_1_on_two_layer_networks() -> None:
    problem = task()
    net = init_two_layer([stream(1, i) for i in range(2)], d=4, m=8, k=3)
    source = fresh(problem, streams(0, 2, "train"))
    fast, _ = sgd(net, source, SQUARED, steps=300, eta=0.05)
    source = fresh(problem, streams(0, 2, "train"))
    plain, _ = sgd_by_autograd(two_layer, net, source, SQUARED, etas={"W": 0.05}, steps=300)
    torch.testing.assert_close(plain.W, fast.W)


def test_it_looks_after_the_steps_asked_for_and_leaves_the_start_alone() -> None:
    net = network()
    copy = [weight.clone() for weight in net]
    end, table = sgd_by_autograd(
        three_layer,
        net,
        fresh(task(), streams(0, 2, "train")),
        SQUARED,
        etas={"V": 0.1},
        steps=5,
        checkpoints=[2, 5],
        probe=lambda now: {"moved": (now.V - net.V).abs().amax(dim=(1, 2))},
    )
    assert table[["step", "member"]].to_numpy().tolist() == [[2, 0], [2, 1], [5, 0], [5, 1]]
    assert table.moved[table.step == 5].to_numpy() == pytest.approx(
        (end.V - net.V).abs().amax(dim=(1, 2)).tolist()
    )
    assert (table.moved > 0).all()
    assert all(torch.equal(old, new) for old, new in zip(copy, net, strict=True))
    assert not any(weight.requires_grad for weight in end)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, "steps and batch_size must be at least 1"),
        ({"batch_size": 0}, "steps and batch_size must be at least 1"),
        ({"checkpoints": [0]}, r"checkpoints in 1..steps, got 3, 1 and \[0\]"),
        ({"checkpoints": [4]}, r"checkpoints in 1..steps, got 3, 1 and \[4\]"),
        ({"etas": {}}, "etas must give positive step sizes"),
        ({"etas": {"U": 0.1}}, "etas must give positive step sizes of .*'W'.*got {'U': 0.1}"),
        ({"etas": {"W": 0.0}}, "etas must give positive step sizes"),
    ],
    ids=str,
)
def test_bad_settings_are_refused_before_a_sample_is_drawn(change: dict, message: str) -> None:
    def never(*_: int):
        raise AssertionError("drawn")

    settings = {"etas": {"W": 0.1}, "steps": 3} | change
    with pytest.raises(ValueError, match=message):
        sgd_by_autograd(three_layer, network(), never, SQUARED, **settings)
