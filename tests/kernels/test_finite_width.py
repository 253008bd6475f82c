import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ovp_lib.kernels import derivatives as module
from ovp_lib.kernels.derivatives import features, outputs
from ovp_lib.kernels.finite_width import conjugate, ntk, ntk_between_outputs
from tests.kernels.nets import (
    KINDS,
    derivatives,
    forward,
    hidden,
    network,
    points,
    readout,
)

LINEAR_IN_READOUT = [kind for kind in KINDS if kind != "bottleneck"]


@pytest.fixture
def tiny_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few neurons and a few points."""
    monkeypatch.setattr(module, "ENTRIES", 60)


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_the_tangent_kernel_is_that_of_automatic_differentiation(kind: str, k: int) -> None:
    net, x, x2 = network(kind, e=2, k=k), points(6, e=2), points(5, e=2, key=8)
    for names in ((name,) for name in hidden(net)):
        J, J2 = derivatives(net, x, names), derivatives(net, x2, names)
        expected = torch.einsum("enkp,eNKp->enkNK", J, J2)
        found = ntk_between_outputs(net, x, x2, trained=names)
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-13)
    J = derivatives(net, x, hidden(net))
    expected = torch.einsum("enkp,eNKp->enkNK", J, J)
    torch.testing.assert_close(ntk_between_outputs(net, x), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_one_output_drops_the_axes_of_outputs(kind: str) -> None:
    net, x, x2 = network(kind, e=2), points(6, e=2), points(5, e=2, key=8)
    expected = ntk_between_outputs(net, x, x2)[:, :, 0, :, 0]
    assert torch.equal(ntk(net, x, x2), expected)
    torch.testing.assert_close(ntk(net, x), ntk(net, x, x.clone()))


@pytest.mark.parametrize("kind", LINEAR_IN_READOUT)
def test_the_conjugate_kernel_is_that_of_the_output_weights(kind: str) -> None:
    net, x, x2 = network(kind, e=2, k=2), points(6, e=2), points(5, e=2, key=8)
    J, J2 = derivatives(net, x, (readout(net),)), derivatives(net, x2, (readout(net),))
    expected = torch.einsum("enkp,eNKp->enkNK", J, J2)
    apart = conjugate(net, x, x2)[:, :, None, :, None] * torch.eye(2)[:, None]
    torch.testing.assert_close(apart, expected, rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(conjugate(net, x), conjugate(net, x, x.clone()))


@pytest.mark.parametrize("kind", LINEAR_IN_READOUT)
@pytest.mark.usefixtures("tiny_blocks")
def test_blocks_of_neurons_and_points_add_up(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    net, x, x2 = network(kind, e=2, k=2, m=11), points(7, e=2), points(5, e=2, key=8)
    assert len(list(module.parts(net, 7))) == (6 if kind == "two-layer" else 1)
    assert len(module.row_blocks(net, x)) > 1
    found = ntk_between_outputs(net, x, x2), conjugate(net, x, x2), outputs(net, x)
    monkeypatch.setattr(module, "ENTRIES", 10**6)
    whole = ntk_between_outputs(net, x, x2), conjugate(net, x, x2), outputs(net, x)
    torch.testing.assert_close(found, whole, rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(whole[2], forward(net, x), rtol=1e-12, atol=1e-13)


@given(seed=st.integers(0, 999), by=st.floats(0.1, 10), kind=st.sampled_from(LINEAR_IN_READOUT))
def test_kernels_are_positive_semi_definite_and_quadratic_in_the_readout(
    seed: int, by: float, kind: str
) -> None:
    net, x = network(kind, seed=seed), points(8)
    scaled = net._replace(**{readout(net): by * getattr(net, readout(net))})
    K = ntk(net, x)
    assert torch.linalg.eigvalsh(K[0])[0] > -1e-12 * K[0].diagonal().sum()
    torch.testing.assert_close(K, K.mT)
    torch.testing.assert_close(ntk(scaled, x), by**2 * K)
    torch.testing.assert_close(conjugate(scaled, x), conjugate(net, x))


@pytest.mark.parametrize("kind", LINEAR_IN_READOUT)
def test_single_precision_is_kept(kind: str) -> None:
    net, x = network(kind, m=40), points(6)
    single = net.to("cpu", torch.float32)
    found = ntk(single, x.float()), conjugate(single, x.float()), outputs(single, x.float())
    expected = ntk(net, x), conjugate(net, x), outputs(net, x)
    assert {part.dtype for part in found} == {torch.float32}
    for part, exact in zip(found, expected, strict=True):
        torch.testing.assert_close(part.double(), exact, rtol=1e-4, atol=1e-4)


def test_the_expanded_bottleneck_has_its_outputs_and_a_conjugate_kernel() -> None:
    net, x = network("bottleneck", k=2), points(6)
    literal = net.expanded()
    torch.testing.assert_close(outputs(literal, x), outputs(net, x))
    h = features(literal, x)
    torch.testing.assert_close(h @ net.A.mT, outputs(net, x))
    torch.testing.assert_close(conjugate(literal, x), h @ h.mT)


def test_gates_are_open_at_zero() -> None:
    net = network("two-layer", k=2)
    closed = net._replace(W=torch.zeros_like(net.W), b=torch.zeros_like(net.b))
    x = points(3)
    gram = x @ x.mT
    expected = gram[:, :, None, :, None] * (net.a @ net.a.mT)[:, None, :, None, :]
    torch.testing.assert_close(ntk_between_outputs(closed, x), expected)
    assert (features(closed, x) == 0).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda net, x: ntk(net._replace(a=net.a.expand(1, 2, -1)), x), "one output, got 2"),
        (lambda net, x: ntk(net, x, trained=("W", "b2")), r"among \('W', 'V'\), got .*'b2'"),
        (lambda net, x: ntk(net, x, trained=()), r"among \('W', 'V'\), got \(\)"),
        (lambda net, x: ntk(net, x[..., :3]), r"shape \(1, n, 4\) with n >= 1, got \(1, 5, 3\)"),
        (lambda net, x: ntk(net, x, x[:, :0]), r"n >= 1, got \(1, 0, 4\)"),
        (
            lambda _, x: conjugate(network("bottleneck"), x),
            r"linear in its output .* expanded\(\)",
        ),
        (lambda net, x: conjugate(net, x.float()), "must be torch.float64 .*got torch.float32"),
    ],
)
def test_bad_calls_are_refused(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(network("three-layer"), points(5))
