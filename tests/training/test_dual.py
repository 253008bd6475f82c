import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from ovp_lib.kernels.closed_form import gaussian
from ovp_lib.kernels.ridge_regression import ridge
from ovp_lib.kernels.tangent import Tangent, hidden_tangents, readout_tangents
from ovp_lib.models.inputs import stream
from ovp_lib.training import dual_steps
from ovp_lib.training.dual import DualRun, dual_sgd
from ovp_lib.training.dual_steps import Group, Problem
from ovp_lib.training.losses import CROSS_ENTROPY, PSEUDO_HUBER, SQUARED, Loss
from ovp_lib.training.order import orders
from ovp_lib.training.protocol import Member, Protocol
from tests.kernels.nets import (
    KINDS,
    derivatives,
    forward,
    hidden,
    network,
    parameters,
    points,
    readout,
)

PROTOCOL = Protocol(epochs=20, batch_size=5, momentum=0.8, drops=((7, 0.1), (15, 0.5)))
"""100 steps on 27 samples: five full batches an epoch, two samples left over."""

MEMBERS = [
    Member(seed=0, lr=0.02, wd=0.01),
    Member(seed=1, lr=0.05, wd=0.0),
    Member(seed=0, lr=0.004, wd=0.3),
    Member(seed=3, lr=0.01, wd=0.1),
    Member(seed=3, lr=0.03, wd=0.02),
]
"""Two seeds with two members each, and one with one."""


def labels(n: int, k: int, key: int = 0) -> Tensor:
    return torch.randn(n, k, generator=stream(4, key), dtype=torch.float64)


class Explicit:
    """A linear model f(x) = f_0(x) + J(x) (theta - theta_0) trained by torch.optim."""

    def __init__(self, theta_0: Tensor, y: Tensor, f_0: Tensor, J: Tensor) -> None:
        self.theta_0, self.y, self.f_0, self.J = theta_0, y, f_0, J

    def train(self, member: Member, protocol: Protocol, loss: Loss) -> Tensor:
        theta, n = self.theta_0.clone().requires_grad_(), len(self.y)
        optimiser = torch.optim.SGD(
            [theta], lr=member.lr, momentum=protocol.momentum, weight_decay=member.wd
        )
        for epoch in range(protocol.epochs):
            optimiser.param_groups[0]["lr"] = member.lr * protocol.factor(epoch)
            order = torch.from_numpy(orders([member.seed], epoch, epoch + 1, n)[0, 0])
            for batch in order[: n - n % protocol.batch_size].view(-1, protocol.batch_size):
                f = self.f_0[batch] + self.J[batch] @ (theta - self.theta_0)
                optimiser.zero_grad()
                loss.value(f[None], self.y[batch][None]).mean().backward()
                optimiser.step()
        return theta.detach()


def relative(found: Tensor, expected: Tensor) -> float:
    return ((found - expected).norm() / expected.norm()).item()


@pytest.mark.parametrize(
    ("kind", "k", "loss"),
    [
        *((kind, k, SQUARED) for kind in ("two-layer", "three-layer") for k in (1, 2)),
        *((kind, 2, PSEUDO_HUBER) for kind in KINDS),
        ("three-layer", 3, CROSS_ENTROPY),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_ntk_training_is_torch_optim_on_the_hidden_weights(kind: str, k: int, loss: Loss) -> None:
    net, x, new = network(kind, k=k, m=30), points(27), points(6, key=8)
    names, y = hidden(net), labels(27, k)
    y = y.argmax(dim=1) if loss.classifies else y
    theta_0, f_0 = parameters(net, names)[0], forward(net, x)[0]
    explicit = Explicit(theta_0, y, f_0, derivatives(net, x, names)[0])
    tangents = hidden_tangents(net, {"train": x[0], "test": new[0]})
    run = dual_sgd(tangents, {"train": y}, MEMBERS, PROTOCOL, loss=loss)
    for member, c, s, f in zip(
        MEMBERS, run.coefficients, run.scale, run.predict(tangents["test"]), strict=True
    ):
        theta = explicit.train(member, PROTOCOL, loss)
        dual = s * theta_0 + torch.einsum("nk,nkp->p", c, explicit.J)
        assert relative(dual - theta_0, theta - theta_0) < 1e-10
        moved = derivatives(net, new, names)[0] @ (theta - theta_0)
        assert relative(f, forward(net, new)[0] + moved) < 1e-10


@pytest.mark.parametrize("from_zero", [False, True])
@pytest.mark.parametrize("kind", ["two-layer", "three-layer", "resnet"])
def test_last_layer_training_is_torch_optim_on_the_output_weights(
    kind: str, from_zero: bool
) -> None:
    net, x, new = network(kind, k=3, m=30), points(27), points(6, key=8)
    name = readout(net)
    start = net._replace(**{name: 0.0 * getattr(net, name)}) if from_zero else net
    J, y = derivatives(net, x, (name,))[0], labels(27, 3)
    explicit = Explicit(parameters(start, (name,))[0], y, forward(start, x)[0], J)
    tangents = readout_tangents(net, {"train": x[0], "test": new[0]}, from_zero=from_zero)
    run = dual_sgd(tangents, {"train": y}, MEMBERS, PROTOCOL)
    for member, f in zip(MEMBERS, run.predict(tangents["test"]), strict=True):
        a = explicit.train(member, PROTOCOL, SQUARED).view_as(getattr(net, name))
        assert relative(f, forward(net._replace(**{name: a}), new)[0]) < 1e-10


def test_only_the_named_weights_are_trained() -> None:
    net, x, y = network("three-layer", m=30), points(27), labels(27, 1)
    for names in (("W",), ("V",)):
        theta_0, J = parameters(net, names)[0], derivatives(net, x, names)[0]
        theta = Explicit(theta_0, y, forward(net, x)[0], J).train(MEMBERS[0], PROTOCOL, SQUARED)
        tangents = hidden_tangents(net, {"train": x[0]}, trained=names)
        run = dual_sgd(tangents, {"train": y}, MEMBERS[:1], PROTOCOL)
        expected = forward(net, x)[0] + J @ (theta - theta_0)
        assert relative(run.predict(tangents["train"])[0], expected) < 1e-10


def test_curves_hold_the_risk_after_each_epoch_asked_for() -> None:
    net, y = network("three-layer", k=2, m=20), labels(33, 2)
    sets = {"train": points(27)[0], "valid": points(6, key=8)[0], "unused": points(2, key=3)[0]}
    tangents, named = hidden_tangents(net, sets), {"train": y[:27], "valid": y[27:]}
    curves = dual_sgd(tangents, named, MEMBERS, PROTOCOL, looks=[20, 0, 7]).curves
    assert curves.columns.tolist() == ["epoch", "step", "member", "set", "risk"]
    assert curves.epoch.tolist() == [0] * 10 + [7] * 10 + [20] * 10
    assert (curves.step == 5 * curves.epoch).all()
    assert curves.member.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4] * 3
    assert curves.set.tolist() == ["train", "valid"] * 15
    for epoch, at in curves[curves.epoch > 0].groupby("epoch"):
        until = Protocol(epoch, 5, PROTOCOL.momentum, PROTOCOL.drops)
        run = dual_sgd(tangents, named, MEMBERS, until)
        for name, of_set in at.groupby("set"):
            f = run.predict(tangents[name])
            risk = 0.5 * (f - named[name]).square().sum(dim=2).mean(dim=1)
            np.testing.assert_allclose(of_set.risk, risk, rtol=1e-12)
    start = SQUARED.value(forward(net, sets["valid"][None]), y[None, 27:]).mean().item()
    at_start = curves[(curves.epoch == 0) & (curves.set == "valid")].risk
    assert at_start.tolist() == pytest.approx([start] * 5)


def test_company_and_blocks_of_epochs_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    net, x, y = network("two-layer", k=2, m=20), points(27)[0], labels(27, 2)
    tangents = hidden_tangents(net, {"train": x})
    together = dual_sgd(tangents, {"train": y}, MEMBERS, PROTOCOL)
    monkeypatch.setattr(dual_steps, "ORDERED_AT_ONCE", 3)
    for i, member in enumerate(MEMBERS):
        alone = dual_sgd(tangents, {"train": y}, [member], PROTOCOL)
        torch.testing.assert_close(alone.coefficients[0], together.coefficients[i])
        torch.testing.assert_close(alone.scale[0], together.scale[i])


def test_a_diverged_member_is_recorded_and_disturbs_nobody() -> None:
    net, x, y = network("two-layer", m=20), points(27)[0], labels(27, 1)
    tangents, protocol = hidden_tangents(net, {"train": x}), Protocol(40, 5, 0.9, ())
    wild = [MEMBERS[0], Member(0, 1e3), MEMBERS[3], Member(9, 1e3)]
    run = dual_sgd(tangents, {"train": y}, wild, protocol, looks=[1, 40])
    calm = dual_sgd(tangents, {"train": y}, [MEMBERS[0], MEMBERS[3]], protocol)
    assert run.diverged.tolist() == [False, True, False, True]
    assert run.curves.groupby("member").risk.last().apply(math.isinf).tolist() == [0, 1, 0, 1]
    assert not run.curves.risk.isna().any()
    torch.testing.assert_close(run.coefficients[[0, 2]], calm.coefficients)


def linear(x: Tensor, train: Tensor) -> Tangent:
    """Return a kernel machine that starts from nothing."""
    zero = x.new_zeros(len(x), 1)
    return Tangent(gaussian(x, train, width=0.5), zero, zero)


def test_it_becomes_ridge_after_very_many_full_steps_and_is_not_ridge_before() -> None:
    """Full batches, loss 1/(2N) sum of squares: the penalty is N wd, and theta_0 is forgotten."""
    net, x, y = network("two-layer", m=20), points(10)[0], labels(10, 1)
    tangents, member = hidden_tangents(net, {"train": x}), Member(0, lr=0.05, wd=0.3)
    K, start, slope = tangents["train"]
    limit = ridge(K, y - (start - slope), [10 * 0.3]).coefficients[0]
    long = dual_sgd(tangents, {"train": y}, [member], Protocol(500, 10, 0.9, ()))
    short = dual_sgd(tangents, {"train": y}, [member], Protocol(20, 10, 0.9, ()))
    assert relative(long.coefficients[0], limit) < 1e-8
    assert abs(long.scale.item()) < 1e-8
    assert relative(short.coefficients[0], limit) > 0.01


def test_single_precision_is_kept_and_close() -> None:
    net, x, y = network("three-layer", m=30), points(27)[0], labels(27, 1)
    tangent = hidden_tangents(net, {"train": x})["train"]
    exact = dual_sgd({"train": tangent}, {"train": y}, MEMBERS, PROTOCOL)
    single = {"train": Tangent(*(part.float() for part in tangent))}
    run = dual_sgd(single, {"train": y}, MEMBERS, PROTOCOL)
    assert run.coefficients.dtype == torch.float32
    assert relative(run.coefficients.double(), exact.coefficients) < 1e-4


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("make", [hidden_tangents, readout_tangents])
def test_runs_on_cuda_without_leaving_the_device(make, k: int) -> None:
    """Fake CUDA tensors: every operation must find all of its operands on the GPU."""
    with FakeTensorMode(allow_non_fake_inputs=True):
        like = network("three-layer", k=k)
        net = like.map(lambda weight: torch.empty(weight.shape, device="cuda"))
        tangents = make(net, {name: torch.empty(10, 4, device="cuda") for name in ("train", "new")})
        problem = Problem.of(tangents["train"], torch.empty(10, k))
        group = Group(problem, [MEMBERS[:1], MEMBERS[1:2]], Protocol(2, 5), SQUARED)
        for _ in group.run({2}):
            new = group.outputs(Problem.of(tangents["new"], torch.empty(10, k)))
            assert new.device.type == "cuda"
            assert new.shape == (2, 10, k)


def call(**change) -> DualRun:
    x, y = points(10)[0], labels(10, 1)
    tangent = linear(x, x)
    settings = {
        "tangents": {"train": tangent, "test": tangent._replace(kernel=tangent.kernel[:, :9])},
        "labels": {"train": y},
        "members": MEMBERS,
        "protocol": PROTOCOL,
    } | change
    return dual_sgd(**settings)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"members": []}, r"at least one member.*got \[\]"),
        ({"members": [Member(0, 0.1, w24=0.1)]}, "w24 = 0 and no factors.*w24=0.1"),
        ({"members": [Member(0, 0.1, factors=(("V", 2.0),))]}, "w24 = 0 and no factors.*2.0"),
        ({"looks": [21]}, r"must lie in 0..20, got \[21\]"),
        ({"looks": [-1]}, r"must lie in 0..20, got \[-1\]"),
        ({"labels": {}}, r"labels must be of 'train' .* got \[\]"),
        (
            {"labels": {"train": labels(10, 1), "valid": labels(10, 1)}},
            r"among \['test', 'train'\], got \['train', 'valid'\]",
        ),
        (
            {"labels": {"train": labels(9, 1)}},
            r"set 'train' must have shapes \(10, 10\) and \(10, 1\), got .* and \(9, 1\)",
        ),
        ({"labels": {"train": labels(10, 1)[:, 0]}}, r"shapes .* \(10, 1\), got .* \(10,\)"),
        ({"loss": CROSS_ENTROPY}, r"shapes .* and \(10,\), got .* \(10, 1\)"),
        (
            {"labels": {"train": labels(10, 1), "test": labels(10, 1)}},
            r"set 'test' must have shapes \(10, 10\) and .*, got \(10, 9\)",
        ),
        ({"protocol": Protocol(2, 11)}, "batches of 11 need as many samples, got 10"),
    ],
)
def test_bad_calls_are_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(**change)
