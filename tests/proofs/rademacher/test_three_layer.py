import itertools

import pytest
import torch

from ovp_lib.models.inputs import rademacher, stream
from ovp_lib.models.pseudo import pseudo_three_layer, pseudo_three_layer_without_bias
from ovp_lib.models.three_layer import gates
from ovp_lib.proofs.perturbations import frobenius, norm_2_4
from ovp_lib.proofs.rademacher import three_layer as tl
from tests.proofs.rademacher import brute
from tests.proofs.rademacher.brute import STARTS
from tests.proofs.three_layer_nets import network, noise, points

M1, M2, N = 5, 4, 7
NET, X = network(M1, M2, k=1, e=2), points(n=N)
XI = torch.stack([rademacher((N,), stream(3, i)) for i in range(2)])
DW, DV = noise(NET.W, 0.3, 11), noise(NET.V, 0.3, 12)
SHAPES = (M1, 4), (M2, M1)


def test_the_terms_are_those_of_the_frozen_network() -> None:
    p, Q, T = tl.parts(NET, X, XI)
    frozen = gates(NET, X)
    moved = pseudo_three_layer(NET.moved(DW, DV), X, frozen) - pseudo_three_layer(NET, X, frozen)
    bilinear = torch.einsum("eiq,eqid,eqd->e", DV, T, DW)
    linear = (p * DW).sum(dim=(1, 2)) + (Q * DV).sum(dim=(1, 2))
    torch.testing.assert_close(linear + bilinear, (moved[..., 0] * XI).mean(dim=1))
    alone = pseudo_three_layer_without_bias(NET._replace(W=DW, V=DV), X, frozen)
    torch.testing.assert_close(bilinear, (alone[..., 0] * XI).mean(dim=1))


@pytest.mark.parametrize("radii", [(0.4, 1.0), (2.0, 0.3)])
@pytest.mark.parametrize("e", [0, 1])
def test_bilinear_supremum_is_what_ascent_reaches(radii: tuple[float, float], e: int) -> None:
    net, x, xi = NET.select([e] * STARTS), X[[e] * STARTS], XI[[e] * STARTS]
    frozen = gates(net, x)

    def value(dW: torch.Tensor, dV: torch.Tensor) -> torch.Tensor:
        outputs = pseudo_three_layer_without_bias(net._replace(W=dW, V=dV), x, frozen)
        return (outputs[..., 0] * xi).mean(dim=1)

    closed = tl.suprema(NET, X, XI).with_signs(*radii)[e].item()
    found = brute.supremum(value, SHAPES, radii)
    assert found <= closed * (1 + 1e-9)
    assert found == pytest.approx(closed, rel=1e-3)


def test_bilinear_maximiser_lies_in_the_balls_and_attains() -> None:
    T = tl.parts(NET, X, XI).T
    dW, dV = tl.bilinear_maximiser(T, 0.4, 1.5)
    assert norm_2_4(dW).tolist() == pytest.approx([0.4, 0.4])
    assert frobenius(dV).tolist() == pytest.approx([1.5, 1.5])
    value = torch.einsum("eiq,eqid,eqd->e", dV, T, dW)
    torch.testing.assert_close(value, tl.suprema(NET, X, XI).with_signs(0.4, 1.5))


@pytest.mark.parametrize("radii", [(0.4, 1.0), (3.0, 0.3)])
@pytest.mark.parametrize("e", [0, 1])
def test_all_three_terms_together(radii: tuple[float, float], e: int) -> None:
    net, x, xi = NET.select([e] * STARTS), X[[e] * STARTS], XI[[e] * STARTS]
    frozen = gates(net, x)
    start = pseudo_three_layer(net, x, frozen)

    def value(dW: torch.Tensor, dV: torch.Tensor) -> torch.Tensor:
        outputs = pseudo_three_layer(net.moved(dW, dV), x, frozen) - start
        return (outputs[..., 0] * xi).mean(dim=1)

    low, high = (each[e].item() for each in tl.suprema(NET, X, XI).without_signs(*radii))
    between = tl.alternating(tl.parts(NET, X, XI), *radii, steps=200)[e].item()
    found = brute.supremum(value, SHAPES, radii)
    assert low <= between <= high
    assert found == pytest.approx(between, rel=2e-3)


def test_alternating_steps_never_lose() -> None:
    parts = tl.parts(NET, X, XI)
    values = [tl.alternating(parts, 0.4, 1.0, steps) for steps in (1, 2, 5, 20)]
    for before, after in itertools.pairwise(values):
        assert bool((after >= before - 1e-12).all())


def test_linear_suprema_are_dual_norms() -> None:
    p, Q, _ = tl.parts(NET, X, XI)
    sup = tl.suprema(NET, X, XI)
    torch.testing.assert_close(sup.second, (Q**2).sum(dim=(1, 2)).sqrt())
    torch.testing.assert_close(sup.first, (p.norm(dim=2) ** (4 / 3)).sum(dim=1) ** 0.75)
