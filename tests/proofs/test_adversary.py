import itertools
import math
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.measure import peak_gigabytes
from ovp_lib.models import three_layer as tl
from ovp_lib.models.inputs import padded_sphere, stream
from ovp_lib.models.networks import init_two_layer, preactivations
from ovp_lib.proofs import adversary
from ovp_lib.proofs.coupling import three_layer_sign_changes
from ovp_lib.proofs.perturbations import frobenius, norm_2_4
from tests.proofs.three_layer_nets import network, points


def best_by_brute_force(costs: torch.Tensor, power: int, budget: float) -> int:
    """Try every set of neurons."""
    best = 0
    for size in range(len(costs) + 1):
        for chosen in itertools.combinations(costs.tolist(), size):
            if sum(cost**power for cost in chosen) < budget**power:
                best = max(best, size)
    return best


@settings(deadline=None, max_examples=30)
@given(tau=st.floats(0.01, 2.0), seed=st.integers(0, 50))
def test_no_set_of_neurons_is_larger_than_the_one_chosen(tau: float, seed: int) -> None:
    net, x = network(seed=seed), points()
    at = tl.preactivations(net, x)
    h = at.first.relu()
    first = adversary.first_layer_flips(at.first, tau)
    second = adversary.second_layer_flips(at.second, h, tau)
    for e in range(2):
        for n in range(3):
            assert first[e, n] == best_by_brute_force(at.first[e, n].abs(), 4, tau)
            costs = at.second[e, n].abs() / h[e, n].norm()
            assert second[e, n] == best_by_brute_force(costs, 2, tau)


@pytest.mark.parametrize("tau", [0.003, 0.03, 0.3])
def test_the_movements_flip_as_many_gates_as_counted_within_their_norm(tau: float) -> None:
    net, x = network(m1=400, m2=300), points(n=1)
    at = tl.preactivations(net, x)
    before, h = at.gates(), at.first.relu()
    dW = adversary.first_layer_adversary(at.first[:, 0], x[:, 0], tau)
    assert (norm_2_4(dW) <= tau).all()
    flips = three_layer_sign_changes(before, net.moved(dW), x).first
    assert flips.tolist() == adversary.first_layer_flips(at.first, tau)[:, 0].tolist()
    dV = adversary.second_layer_adversary(at.second[:, 0], h[:, 0], tau)
    assert (frobenius(dV) <= tau).all()
    flips = three_layer_sign_changes(before, net.moved(dV=dV), x).second
    assert flips.tolist() == adversary.second_layer_flips(at.second, h, tau)[:, 0].tolist()
    assert flips.min() >= 1


def test_nearly_all_of_the_norm_is_used() -> None:
    net, x = network(m1=2000), points(n=1)
    z = tl.preactivations(net, x).first[:, 0]
    assert (norm_2_4(adversary.first_layer_adversary(z, x[:, 0], 0.02)) > 0.0195).all()


def test_only_allowed_neurons_are_pushed_as_far_as_asked() -> None:
    net, x = network(m1=500), points(n=1)
    z = tl.preactivations(net, x).first[:, 0]
    dW = adversary.first_layer_adversary(z, x[:, 0], 0.05, among=z > 0, push=2.0)
    by = (dW @ x.mT)[:, :, 0]
    hit = by != 0
    assert hit.any()
    assert not (hit & (z <= 0)).any()
    torch.testing.assert_close(by[hit], -2 * z[hit])
    assert (norm_2_4(dW) <= 0.05).all()


def test_through_the_first_layer_at_least_the_targets_flip() -> None:
    """With an exact linear system behind it, every target crosses zero; some others do as well."""
    net, x, tau = network(m1=300, m2=200), points(n=1), 0.02
    at = tl.preactivations(net, x)
    dW = adversary.through_first_layer(net, x[:, 0], tau)
    assert (norm_2_4(dW) <= tau).all()
    by = (dW @ x.mT)[:, :, 0]
    assert (by.abs() <= at.first[:, 0].abs())[by != 0].all()  # no gate of layer 1 is switched
    after = tl.preactivations(net.moved(dW), x)
    for e in range(2):
        order = at.second[e, 0].abs().argsort()
        flipped = ((at.second[e, 0] >= 0) != (after.second[e, 0] >= 0))[order]
        targets = int((~flipped).long().argmax())
        assert targets >= 5
        assert flipped[:targets].all()
    assert (norm_2_4(dW) > 0.8 * tau).all()


def test_the_optimum_has_the_constant_that_the_density_at_zero_gives() -> None:
    """With z ~ N(0, 2/m): s = (5 / pi^2)^(1/5) tau^(4/5) m^(6/5) for the first layer."""
    m, tau = 200_000, 0.001
    net = init_two_layer([stream(3)], d=4, m=m)
    x = points(n=8, e=1)
    count = adversary.first_layer_flips(preactivations(net, x), tau).double().mean().item()
    expected = (5 / math.pi**2) ** 0.2 * tau**0.8 * m**1.2
    assert count == pytest.approx(expected, rel=0.02)


def test_rates_are_those_of_the_lemma() -> None:
    widths, taus = np.array([3000, 30_000, 300_000]), np.geomspace(0.0005, 0.01, 4)
    x = points(n=4, e=1)
    z = [preactivations(init_two_layer([stream(4, m)], d=4, m=m), x) for m in widths.tolist()]
    in_m = [adversary.first_layer_flips(one, 0.002).double().mean() for one in z]
    in_tau = [adversary.first_layer_flips(z[2], tau).double().mean() for tau in taus]
    assert np.polyfit(np.log(widths), np.log(in_m), 1)[0] == pytest.approx(6 / 5, abs=0.04)
    assert np.polyfit(np.log(taus), np.log(in_tau), 1)[0] == pytest.approx(4 / 5, abs=0.04)
    n = torch.randn(1, 4, 100_000, generator=stream(5), dtype=torch.float64)
    h = torch.full((1, 4, 1), math.sqrt(100_000.0), dtype=torch.float64)
    flips = [adversary.second_layer_flips(n, h, tau).double().mean() for tau in taus]
    assert np.polyfit(np.log(taus), np.log(flips), 1)[0] == pytest.approx(2 / 3, abs=0.04)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from Linux's /proc")
def test_a_million_neurons_take_less_than_a_gigabyte() -> None:
    code = """
from ovp_lib.models.inputs import padded_sphere, stream
from ovp_lib.models.networks import init_two_layer, preactivations
from ovp_lib.proofs.adversary import first_layer_flips
x = padded_sphere(6)(4, stream(1))[None]
z = preactivations(init_two_layer([stream(2)], d=6, m=1_000_000), x)
assert first_layer_flips(z, 0.003).min() > 100_000
"""
    assert 0.1 < peak_gigabytes(code) < 1.0  # imports included


@pytest.mark.parametrize("tau", [0.0, -1.0, float("nan")])
def test_a_norm_must_be_positive(tau: float) -> None:
    net, x = network(), points(n=1)
    at = tl.preactivations(net, x)
    z, n, h = at.first, at.second, at.first.relu()
    for call in (
        lambda: adversary.first_layer_flips(z, tau),
        lambda: adversary.second_layer_flips(n, h, tau),
        lambda: adversary.first_layer_adversary(z[:, 0], x[:, 0], tau),
        lambda: adversary.second_layer_adversary(n[:, 0], h[:, 0], tau),
        lambda: adversary.through_first_layer(net, x[:, 0], tau),
    ):
        with pytest.raises(ValueError, match="norm of a movement must be positive, got"):
            call()


def test_inputs_must_be_unit_vectors_and_a_push_at_least_one() -> None:
    net, x = network(), 2 * padded_sphere(4)(2, stream(1))
    z = tl.preactivations(net, x.unsqueeze(1)).first[:, 0]
    with pytest.raises(ValueError, match=r"must be a unit vector, got lengths"):
        adversary.first_layer_adversary(z, x, 0.1)
    with pytest.raises(ValueError, match=r"push must be at least 1, got 0.5"):
        adversary.first_layer_adversary(z, x / 2, 0.1, push=0.5)
