import pytest
import torch
from torch import Tensor

from ovp_lib.experiments import kernel_ridge
from ovp_lib.experiments.network_task import NetworkTask
from ovp_lib.experiments.networks import data, initial
from ovp_lib.models.networks import TwoLayer
from ovp_lib.models.three_layer import ThreeLayer

PENALTIES = (1e-6, 1e-3)


def task(network: str, trained: str) -> NetworkTask:
    sizes = {"width": 6, "samples": 80, "epochs": 2, "lrs": (1.0,), "wds": (0.0,)}
    where = {"target": "tanh", "convention": "padded", "network": network, "trained": trained}
    return NetworkTask.model_validate({**where, **sizes, "seeds": (4, 1)})


def outputs(net: TwoLayer | ThreeLayer, x: Tensor) -> Tensor:
    h = torch.relu(x @ net.W[0].T + (net.b if isinstance(net, TwoLayer) else net.b1)[0])
    if isinstance(net, ThreeLayer):
        h = torch.relu(h @ net.V[0].T + net.b2[0])
    return (h @ net.a[0].T)[:, 0]


def jacobian(net: TwoLayer | ThreeLayer, names: list[str], x: Tensor) -> Tensor:
    def f(*weights: Tensor) -> Tensor:
        return outputs(net._replace(**dict(zip(names, weights, strict=True))), x)

    weights = tuple(getattr(net, name) for name in names)
    slopes = torch.autograd.functional.jacobian(f, weights)
    return torch.cat([slope.reshape(len(x), -1) for slope in slopes], dim=1)


@pytest.mark.parametrize(
    ("network", "trained", "names"),
    [
        ("two-layer", "last", ["a"]),
        ("three-layer", "last", ["a"]),
        ("two-layer", "ntk", ["W"]),
        ("three-layer", "ntk", ["W", "V"]),
    ],
)
def test_errors_are_those_of_the_regularised_weights(network, trained, names) -> None:
    """Against the primal problem: the weights' own normal equations, gradients by autograd."""
    of = task(network, trained)
    found = kernel_ridge.errors(of, PENALTIES).set_index(["seed", "penalty"])
    assert list(found.index) == [(seed, penalty) for seed in (4, 1) for penalty in PENALTIES]
    for seed in of.seeds:
        net, parts = initial(of, seed), data(of, seed)._asdict()
        net = net.to("cpu")
        J = {name: jacobian(net, names, part.x[0].double()) for name, part in parts.items()}
        start = {name: outputs(net, part.x[0].double()) for name, part in parts.items()}
        y = {name: part.y[0, :, 0].double() for name, part in parts.items()}
        for penalty in PENALTIES:
            ridge = penalty * J["train"].square().sum() * torch.eye(J["train"].shape[1])
            moved = torch.linalg.solve(
                J["train"].T @ J["train"] + ridge, J["train"].T @ (y["train"] - start["train"])
            )
            for name in parts:
                error = (start[name] + J[name] @ moved - y[name]).square().mean().item()
                assert found.loc[(seed, penalty), name] == pytest.approx(error, rel=1e-6)


def test_networks_are_not_fitted_by_ridge_regression() -> None:
    with pytest.raises(ValueError, match="trained is 'last' or 'ntk', got 'hidden'"):
        kernel_ridge.errors(task("two-layer", "hidden"), PENALTIES)
