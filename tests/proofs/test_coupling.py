import math

import numpy as np
import pytest
import torch

from ovp_lib.models.inputs import padded_sphere, stream
from ovp_lib.models.networks import TwoLayer, gates, init_two_layer
from ovp_lib.models.three_layer import gates as three_layer_gates
from ovp_lib.proofs.coupling import (
    Coupling,
    ThreeLayerCoupling,
    pseudo_gap,
    sign_changes,
    three_layer_sign_changes,
)
from ovp_lib.proofs.perturbations import frobenius, norm_2_4
from tests import reference
from tests.proofs import three_layer_nets
from tests.proofs.three_layer_nets import network, noise


def start(m: int = 12, e: int = 2, k: int = 2) -> TwoLayer:
    return init_two_layer([stream(0, i) for i in range(e)], d=4, m=m, k=k, init_scale=0.5)


def pushed(net: TwoLayer, std: float) -> TwoLayer:
    step = torch.randn(net.W.shape, generator=stream(7), dtype=torch.float64)
    return TwoLayer(net.W + std * step, net.b, net.a)


def points(n: int = 6, e: int = 2) -> torch.Tensor:
    return torch.stack([padded_sphere(4)(n, stream(9, i)) for i in range(e)])


def test_counts_and_gaps_neuron_by_neuron() -> None:
    net, x = start(), points()
    after = pushed(net, 0.3)
    flips, gap = torch.zeros(2, 6, dtype=torch.float64), torch.zeros(2, 6, 2, dtype=torch.float64)
    for e in range(2):
        for n in range(6):
            for i in range(12):
                z0 = net.W[e, i] @ x[e, n] + net.b[e, i]
                z = after.W[e, i] @ x[e, n] + net.b[e, i]
                flips[e, n] += (z0 >= 0) != (z >= 0)
                gap[e, n] += net.a[e, :, i] * (z.clamp(min=0) - (z if z0 >= 0 else 0))
    assert flips.sum() > 10
    before = gates(net, x)
    torch.testing.assert_close(sign_changes(before, after, x), flips.mean(1) / 12)
    torch.testing.assert_close(pseudo_gap(before, after, x), gap.abs().amax(-1).mean(1))


def test_probe_is_the_definitions_in_one_pass() -> None:
    net, x = start(), points()
    after = pushed(net, 0.3)
    measured = Coupling(net, x)(after)
    torch.testing.assert_close(measured["sign_changes"], sign_changes(gates(net, x), after, x))
    torch.testing.assert_close(measured["pseudo_gap"], pseudo_gap(gates(net, x), after, x))
    furthest = (after.W - net.W).norm(dim=2).max(dim=1).values
    torch.testing.assert_close(measured["movement"], furthest)


def test_nothing_has_changed_at_the_start() -> None:
    net, x = start(), points()
    assert all(value.abs().max() == 0 for value in Coupling(net, x)(net).values())


@pytest.mark.parametrize("ratio", [0.05, 0.5])
def test_random_movement_flips_the_angle_between_two_gaussians(ratio: float) -> None:
    """Moving W by N(0, s^2) with s = ratio sqrt(2/m) flips arctan(ratio) / pi of the gates."""
    m = 200_000
    net, x = start(m, e=1, k=1), points(1, e=1)
    after = pushed(net, ratio * math.sqrt(2 / m))
    expected = math.atan(ratio) / math.pi
    got = Coupling(net, x)(after)["sign_changes"].item()
    assert abs(got - expected) < 4.5 * math.sqrt(expected / m)


def test_fixed_total_movement_flips_a_fraction_of_order_m_to_minus_one_half() -> None:
    """Lemma B.3a's law for a movement of fixed size per neuron times 1/m: exponent -1/2."""
    widths = np.array([1_000, 10_000, 100_000])
    flips = [
        Coupling(start(m, e=1, k=1), points(40, e=1))(pushed(start(m, e=1, k=1), 1.0 / m))
        for m in widths.tolist()
    ]
    fractions = np.array([f["sign_changes"].item() for f in flips])
    slope = np.polyfit(np.log(widths), np.log(fractions), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.05)


def test_three_layer_sign_changes_gate_by_gate() -> None:
    net, x = network(), three_layer_nets.points(n=5)
    after = net.moved(noise(net.W, 0.4), noise(net.V, 0.4))
    counts = three_layer_sign_changes(three_layer_gates(net, x), after, x)
    for e in range(2):
        first = second = 0
        for n in range(5):
            old = reference.three_layer_preactivations(net, e, x[e, n])
            new = reference.three_layer_preactivations(after, e, x[e, n])
            first += sum(bool((o >= 0) != (z >= 0)) for o, z in zip(old[0], new[0], strict=True))
            second += sum(bool((o >= 0) != (z >= 0)) for o, z in zip(old[1], new[1], strict=True))
        assert counts.first[e].item() == pytest.approx(first / 5)
        assert counts.second[e].item() == pytest.approx(second / 5)
        assert min(first, second) > 0


def test_three_layer_probe_gives_counts_and_norms() -> None:
    net, x = network(), three_layer_nets.points(n=5)
    dW, dV = noise(net.W, 0.4), noise(net.V, 0.4)
    measured = ThreeLayerCoupling(net, x)(net.moved(dW, dV))
    counts = three_layer_sign_changes(three_layer_gates(net, x), net.moved(dW, dV), x)
    torch.testing.assert_close(measured["first"], counts.first)
    torch.testing.assert_close(measured["second"], counts.second)
    torch.testing.assert_close(measured["tau_w"], norm_2_4(dW))
    torch.testing.assert_close(measured["tau_v"], frobenius(dV))
    assert all(value.abs().max() == 0 for value in ThreeLayerCoupling(net, x)(net).values())
