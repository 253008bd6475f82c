import numpy as np
import pytest

from ovp_lib.kernels.ridge_regression import ridge
from ovp_lib.kernels.tangent import hidden_tangents, readout_tangents
from ovp_lib.kernels.tangent_ridge import Factors, coefficients, linearise
from tests.kernels.nets import network, points

N, NEW = 7, 5


def sets() -> dict[str, np.ndarray]:
    return {"train": points(N)[0], "new": points(NEW, key=8)[0]}


@pytest.mark.parametrize(
    ("kind", "trained"),
    [
        ("two-layer", ("W",)),
        ("three-layer", ("W",)),
        ("three-layer", ("V",)),
        ("three-layer", ("W", "V")),
        ("two-layer", ("a",)),
        ("three-layer", ("a",)),
    ],
)
def test_kernels_and_outputs_are_those_of_the_tangents(kind: str, trained: tuple[str, ...]) -> None:
    net = network(kind)
    tangents = (
        readout_tangents(net, sets())
        if trained == ("a",)
        else hidden_tangents(net, sets(), trained=trained)
    )
    at = {name: linearise(net, x.numpy(), trained) for name, x in sets().items()}
    for name, tangent in tangents.items():
        assert tuple(at[name].layers) == trained
        shares = [layer.kernel(at["train"].layers[each]) for each, layer in at[name].layers.items()]
        np.testing.assert_allclose(sum(shares), tangent.kernel, rtol=1e-12)
        np.testing.assert_allclose(at[name].start, tangent.start[:, 0], rtol=1e-12)


@pytest.mark.parametrize("count", [1, 2, 40])
@pytest.mark.parametrize("widths", [(3, 4), (4, 3), (6, 6), (1, 5)])
def test_predictions_are_products_with_the_kernel_whichever_way_they_take(
    widths: tuple[int, int], count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = np.random.default_rng(0)
    new, columns = (Factors(*(draw.normal(size=(n, m)) for m in widths)) for n in (NEW, N))
    c = draw.normal(size=(N, count))
    expected = new.kernel(columns) @ c
    through_weights = min(widths) * count < N
    if through_weights:
        monkeypatch.delattr(Factors, "kernel")
    np.testing.assert_allclose(new.predict(columns, c), expected, rtol=1e-10, atol=1e-12)


def test_every_penalty_is_in_units_of_the_trace() -> None:
    kernel = hidden_tangents(network("three-layer"), sets())["train"].kernel
    y, penalties = points(N)[0][:, :1], [1e-6, 1e-2, 3.0]
    usual = ridge(kernel, y, [float(kernel.trace()) * each for each in penalties])
    found = coefficients(kernel.numpy(), y[:, 0].numpy(), penalties)
    np.testing.assert_allclose(found.T, usual.coefficients[:, :, 0], rtol=1e-8)


def test_a_kernel_that_cannot_be_inverted_is_refused() -> None:
    with pytest.raises(ValueError, match="singular to rounding"):
        coefficients(np.ones((3, 3)), np.ones(3), [0.0])
