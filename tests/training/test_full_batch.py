"""Full-batch descent against automatic differentiation, one member after the other."""

import math

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from ovp_lib.models.deep import Deep, deep, init_deep
from ovp_lib.models.inputs import rademacher, sphere, stream
from ovp_lib.training import full_batch as module
from ovp_lib.training.full_batch import Descent, full_batch_descent, safe_step_sizes
from ovp_lib.training.samples import Sample

E, N, D = 3, 9, 5


def points(n: int = N) -> Sample:
    x = torch.stack([sphere(D)(n, stream(1, i)) for i in range(E)])
    return Sample(x, torch.stack([rademacher((n, 1), stream(2, i)) for i in range(E)]))


def start(m: int = 20, depth: int = 3) -> Deep:
    return init_deep([stream(3, i) for i in range(E)], d=D, m=m, depth=depth)


def largest_curvature(net: Deep, x: Tensor, member: int) -> float:
    """lambda_max(J J^T / n) from J itself."""
    one = net.member(member)

    def f(W: Tensor, V: Tensor) -> Tensor:
        return deep(one._replace(W=W, V=V), x[member : member + 1])[0, :, 0]

    J = torch.cat([each.flatten(1) for each in torch.func.jacrev(f, (0, 1))(one.W, one.V)], dim=1)
    return float(torch.linalg.matrix_norm(J, 2) ** 2 / x.shape[1])


def by_autograd(net: Deep, data: Sample, member: int, steps: int, goal: float | None):
    """One member alone with torch.optim, and what it did."""
    one, x, y = net.member(member), data.x[member], data.y[member]
    W, V = (each.clone().requires_grad_() for each in (one.W, one.V))
    optimiser = torch.optim.SGD([W, V], lr=1 / largest_curvature(net, data.x, member))
    losses, path = [], 0.0
    for t in range(steps + 1):
        f = deep(one._replace(W=W, V=V), x[None])[0]
        loss = (f - y).square().mean() / 2
        losses.append(loss.item())
        if loss.item() <= goal if goal is not None else bool((f * y > 0).all()):
            return W, V, t, losses, path
        optimiser.zero_grad()
        loss.backward()
        before = W.detach().clone()
        optimiser.step()
        path += float((W.detach() - before).norm())
    return W, V, math.inf, losses, path


def test_the_step_size_is_one_over_the_largest_eigenvalue() -> None:
    net, data = start(), points()
    expected = [1 / largest_curvature(net, data.x, i) for i in range(E)]
    assert safe_step_sizes(net, data.x).tolist() == pytest.approx(expected)


@pytest.mark.parametrize("depth", [1, 2, 4])
@pytest.mark.parametrize("goal", [None, 0.05], ids=["signs", "loss"])
def test_every_member_is_torch_optim_on_its_own(depth: int, goal: float | None) -> None:
    net, data = start(depth=depth), points()
    copy = [each.clone() for each in net]
    done = full_batch_descent(net, data, steps=60, goal=goal)
    for member in range(E):
        W, V, steps, losses, path = by_autograd(net, data, member, 60, goal)
        assert done.steps[member].item() == steps
        torch.testing.assert_close(done.net.W[member], W[0].detach())
        torch.testing.assert_close(done.net.V[member], V[0].detach())
        loss = done.loss[:, member]
        assert loss[~loss.isnan()].tolist() == pytest.approx(losses)
        assert done.path[member, 0].item() == pytest.approx(path)
        moved = (W.detach() - net.W[member]).norm().item()
        assert done.moved[member, 0].item() == pytest.approx(moved)
    assert len(set(done.steps.tolist())) > 1
    assert all(torch.equal(a, b) for a, b in zip(net, copy, strict=True))
    assert torch.equal(done.net.a, net.a)


def test_the_errors_are_those_of_the_sign() -> None:
    net, data = start(), points()
    done = full_batch_descent(net, data, steps=200)
    wrong = (deep(net, data.x) * data.y <= 0).double().mean(dim=(1, 2))
    assert done.errors[0].tolist() == wrong.tolist()
    assert (deep(done.net, data.x) * data.y > 0).all()
    assert torch.isfinite(done.steps).all()


def test_a_network_with_closed_gates_stays_where_it_is() -> None:
    net, data = start(), points()
    dead = full_batch_descent(net._replace(W=-net.W.abs()), data._replace(x=data.x.abs()), steps=3)
    assert dead.etas.tolist() == [0.0] * E
    assert dead.steps.tolist() == [math.inf] * E
    assert dead.moved.abs().max() == 0


def test_who_runs_out_of_steps_has_not_stopped() -> None:
    done = full_batch_descent(start(m=6), points(), steps=3, goal=1e-9)
    assert done.steps.tolist() == [math.inf] * E
    assert done.loss.shape == (4, E)
    assert not done.loss.isnan().any()


def test_a_linear_network_has_constant_curvature_and_dominance() -> None:
    """With all gates open f is <a, W x>, and with one point the loss is a parabola on the way."""
    x = torch.ones(1, 2, 1, dtype=torch.float64) * torch.tensor([[[1.0], [0.5]]])
    net = Deep(
        10 * torch.ones(1, 4, 1).double(),
        torch.zeros(1, 0, 4, 4).double(),
        torch.ones(1, 1, 4).double(),
    )
    done = full_batch_descent(
        net, Sample(x, torch.tensor([[[1.0], [-1.0]]]).double()), steps=1, goal=1e-9
    )
    assert done.curvature[0].item() == pytest.approx(1.0)
    # J = (x_1, x_2) repeated four times: the only eigenvalue of J J^T / 2 that is not 0 is 5 / 2.
    assert 1 / done.etas.item() == pytest.approx(2.5)
    r = torch.tensor([39.0, 21.0])
    expected = float((x[0, :, 0].float() @ r) ** 2 * 4 / 4 / (r.square().sum() / 2))
    assert done.dominance[0].item() == pytest.approx(expected)


def test_what_cannot_be_trained_is_refused() -> None:
    net, data = start(), points()
    with pytest.raises(ValueError, match="one class only"):
        full_batch_descent(net, data._replace(y=torch.ones_like(data.y)), steps=5)
    with pytest.raises(ValueError, match="must be -1 and 1"):
        full_batch_descent(net, data._replace(y=0.5 * data.y), steps=5)
    two = init_deep([stream(0, i) for i in range(E)], d=D, m=4, depth=2, k=2)
    with pytest.raises(ValueError, match=r"one output .* got 2 outputs"):
        full_batch_descent(two, data, steps=5)
    with pytest.raises(ValueError, match="steps >= 1 and a positive goal, got 0"):
        full_batch_descent(net, data, steps=0)
    with pytest.raises(ValueError, match="a positive goal, got 5 and 0"):
        full_batch_descent(net, data, steps=5, goal=0.0)
    with pytest.raises(ValueError, match="depth"):
        start(depth=0)


def test_it_computes_where_the_weights_are() -> None:
    """A step on a pretended GPU: nothing is mixed with the CPU."""
    with torch.no_grad(), FakeTensorMode():
        cuda = {"device": "cuda", "dtype": torch.float32}
        W = [torch.empty(E, 6, D, **cuda), torch.empty(E, 6, 6, **cuda)]
        x, y = torch.empty(E, N, D, **cuda), torch.empty(E, N, 1, **cuda)
        members = module._Members(W, torch.empty(E, 1, 6, **cuda), x, y, torch.empty(E, **cuda))
        h = members.hidden()
        f = h[-1] @ members.a.mT
        norms = members.step(h, f)
        assert norms.device.type == "cuda"
        assert module._Course(members, 5).slopes.device.type == "cuda"


def test_path_and_distance_are_one_on_a_straight_way() -> None:
    done = full_batch_descent(start(), points(), steps=1, goal=1e-9)
    assert isinstance(done, Descent)
    assert done.path.flatten().tolist() == pytest.approx(done.moved.flatten().tolist())
