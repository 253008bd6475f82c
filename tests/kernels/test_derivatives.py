import pytest
import torch

from ovp_lib.kernels import derivatives as module
from ovp_lib.kernels.derivatives import (
    features,
    hidden_layers,
    output_weights,
    outputs,
    trained_weights,
)
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


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_outer_products_of_the_factors_are_the_derivatives(kind: str, k: int) -> None:
    net, x = network(kind, e=2, k=k), points(6, e=2)
    layers = hidden_layers(net, x)
    for name in hidden(net):
        outer = [
            torch.einsum("enkm,enp->enkmp", layer.signals, layer.inputs).flatten(3)
            for layer in layers
            if layer.weight == name
        ]
        expected = derivatives(net, x, (name,))
        torch.testing.assert_close(torch.cat(outer, dim=3), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_slopes_are_the_derivatives_along_the_weights(kind: str) -> None:
    net, x = network(kind, e=2, k=2), points(6, e=2)
    for name in hidden(net):
        along = derivatives(net, x, (name,)) @ parameters(net, (name,))[:, None, :, None]
        found = sum(layer.slope for layer in hidden_layers(net, x) if layer.weight == name)
        torch.testing.assert_close(found, along[..., 0], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "bottleneck"])
def test_features_times_the_output_weights_are_the_outputs(kind: str) -> None:
    net, x = network(kind, e=2, k=2), points(6, e=2)
    found = features(net, x) @ output_weights(net).mT
    torch.testing.assert_close(found, forward(net, x), rtol=1e-12, atol=1e-13)
    assert output_weights(net) is getattr(net, readout(net))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("entries", [1, 60, 10**6])
def test_outputs_do_not_depend_on_the_blocks(
    kind: str, entries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, x = network(kind, e=2, k=2), points(6, e=2)
    monkeypatch.setattr(module, "ENTRIES", entries)
    torch.testing.assert_close(outputs(net, x), forward(net, x), rtol=1e-12, atol=1e-13)


def test_hidden_weights_are_trained_unless_others_are_named() -> None:
    assert trained_weights(network("resnet"), None) == ("W", "U")
    assert trained_weights(network("resnet"), ["U", "U"]) == ("U",)
    with pytest.raises(ValueError, match=r"among \('W', 'U'\), got \['A'\]"):
        trained_weights(network("resnet"), ["A"])
