"""Kernels of concrete networks, ridge and dual SGD, against what one would otherwise do.

All in float32 on one core, but ridge, where both sides are in float64.
"""

import itertools

import torch
from sklearn.kernel_ridge import KernelRidge
from torch import Tensor

from benchmarks.baselines import Network
from benchmarks.measure import Row, alternately, seconds_of
from ovp_lib.kernels.finite_width import ntk
from ovp_lib.kernels.ridge_regression import ridge
from ovp_lib.kernels.tangent import Tangent, hidden_tangents
from ovp_lib.models import section_7
from ovp_lib.models.inputs import stream
from ovp_lib.models.three_layer import ThreeLayer, init_three_layer
from ovp_lib.training.dual import dual_sgd
from ovp_lib.training.protocol import Member, Protocol, one_two_five

N, D = 1000, 5
GRID = tuple(itertools.product(one_two_five(5e-4, 5e-2)[:6], (0.0, 1e-5, 1e-4, 1e-3)))
"""24 configurations."""


def rows() -> list[Row]:
    """Measure all of them."""
    return [_materialised(), _large(), _penalties(), _explicit(), _whole_grid()]


def _network(m: int) -> ThreeLayer:
    net = init_three_layer([stream(0)], d=D, m1=m, m2=m)
    return ThreeLayer(*(weight.float() for weight in net))


def _points(n: int, seed: int = 1) -> tuple[Tensor, Tensor]:
    x, y = section_7.draw("sine", "padded", n, [stream(seed)])
    return x[0].float(), y[0].float()


def _jacobian(model: Network, x: Tensor) -> Tensor:
    """Return the derivatives of every output in the hidden weights, ``(n, parameters)``."""
    trained = {name: p.detach() for name, p in model.named_parameters() if p.requires_grad}
    fixed = {name: p.detach() for name, p in model.named_parameters() if not p.requires_grad}
    fixed |= dict(model.named_buffers())

    def output(weights: dict[str, Tensor], point: Tensor) -> Tensor:
        return torch.func.functional_call(model, (weights, fixed), (point,))[0]

    found = torch.func.vmap(torch.func.grad(output), in_dims=(None, 0))(trained, x)
    return torch.cat([part.flatten(1) for part in found.values()], dim=1)


def _materialised() -> Row:
    net, (x, _) = _network(300), _points(500)
    model = Network(net)

    def squared() -> Tensor:
        J = _jacobian(model, x)
        return J @ J.T

    ours, other = alternately(lambda: ntk(net, x.unsqueeze(0)), squared, repeats=5)
    off = (ntk(net, x.unsqueeze(0))[0] - squared()).norm() / squared().norm()
    name = "three-layer NTK, m = 300, N = 500: ours / Jacobian by torch.func"
    return Row(name, ours, other, "s", f"relative difference {off:.0e}; Jacobian {_size(300, 500)}")


def _large() -> Row:
    net, (x, _), (test, _) = _network(2000), _points(N), _points(2000, seed=2)
    ours = seconds_of(lambda: hidden_tangents(net, {"train": x, "test": test}), repeats=3)
    name = "three-layer NTK, m = 2000, N = 1000 and 2000 test points: ours / limit set"
    return Row(name, ours, 5.0, "s", f"the Jacobian would take {_size(2000, 3000)}")


def _penalties() -> Row:
    net, (x, y) = _network(200), _points(N)
    K, y64 = ntk(net, x.unsqueeze(0))[0].double(), y.double()
    K = (K + K.T) / 2
    scale = float(K.diagonal().mean())
    penalties = [scale * value for value in one_two_five(1e-6, 1.0)]

    def refitted() -> list[KernelRidge]:
        new = [KernelRidge(kernel="precomputed", alpha=value) for value in penalties]
        return [model.fit(K.numpy(), y64.numpy()) for model in new]

    ours, other = alternately(lambda: ridge(K, y64, penalties), refitted, repeats=5)
    fitted = (K @ ridge(K, y64, penalties).coefficients).numpy()
    pairs = zip(refitted(), fitted, strict=True)
    off = max(abs(model.predict(K.numpy()) - ours_).max() for model, ours_ in pairs)
    name = f"ridge, N = 1000, {len(penalties)} penalties: ours / KernelRidge for each"
    return Row(name, ours, other, "s", f"predictions differ by {off:.0e}; ours also leaves one out")


def _explicit() -> Row:
    """SGD on the linearised network's own parameters, the members as one matrix product."""
    m, protocol = 200, Protocol(epochs=1, drops=())
    net, (x, y) = _network(m), _points(N)
    tangents = hidden_tangents(net, {"train": x})
    members = [Member(0, lr, wd) for lr, wd in GRID]
    J, start = _jacobian(Network(net), x), tangents["train"].start
    lr, wd = (torch.tensor([getattr(each, what) for each in members]) for what in ("lr", "wd"))

    def parameters() -> Tensor:
        theta = torch.cat([net.W.flatten(), net.V.flatten()]).repeat(len(members), 1)
        origin, buffer = theta.clone(), torch.zeros_like(theta)
        for index in torch.randperm(N).split(protocol.batch_size):
            f = start[index].T + (theta - origin) @ J[index].T
            gradient = ((f - y[index].T) @ J[index]).div_(protocol.batch_size)
            buffer.mul_(protocol.momentum).add_(gradient).addcmul_(wd[:, None], theta)
            theta.addcmul_(lr[:, None], buffer, value=-1)
        return theta

    ours, other = alternately(lambda: _dual(tangents, y, members, protocol), parameters, repeats=3)
    name = "one epoch of 24 linearised members, m = 200, N = 1000: dual / explicit SGD"
    return Row(name, ours, other, "s", f"on {J.shape[1]} parameters; the dual's cost knows no m")


def _whole_grid() -> Row:
    x, y = _points(N)
    tangents = hidden_tangents(_network(200), {"train": x})
    members = [Member(0, lr, wd) for lr, wd in GRID]
    ours = seconds_of(lambda: _dual(tangents, y, members, Protocol()), repeats=3)
    name = "dual SGD, N = 1000, 800 epochs, 24 configurations, any m: ours / limit set"
    return Row(name, ours, 20.0, "s", "order of the samples and the training risk counted")


def _dual(
    tangents: dict[str, Tangent], y: Tensor, members: list[Member], protocol: Protocol
) -> object:
    return dual_sgd(tangents, {"train": y}, members, protocol)


def _size(m: int, n: int) -> str:
    return f"{4 * n * (m * m + m * D) / 1e9:.2g} GB"
