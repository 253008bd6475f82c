import math

import numpy as np
import pytest
import torch

from ovp_lib.maths.table_1 import Table1
from ovp_lib.models.inputs import rademacher, stream
from ovp_lib.models.three_layer import preactivations
from ovp_lib.proofs.rademacher import bounds
from ovp_lib.proofs.rademacher import three_layer as tl
from tests.proofs.three_layer_nets import network, points

M, N, DRAWS = 20, 30, 400
NET, X = network(M, M, k=1, e=1), points(n=N, e=1)
XI = rademacher((DRAWS, N), stream(6))


def all_draws(radii: tuple[float, float]) -> tuple[float, float]:
    """Mean of the frozen suprema over many signs: with S, and the lower bound without."""
    sup = tl.suprema(NET.select([0] * DRAWS), X.expand(DRAWS, N, 4), XI)
    return sup.with_signs(*radii).mean().item(), sup.without_signs(*radii)[0].mean().item()


@pytest.mark.parametrize("radii", [(0.1, 1.0), (2.0, 0.1)])
def test_counted_bounds_hold(radii: tuple[float, float]) -> None:
    with_signs, without = all_draws(radii)
    main = bounds.counted_bilinear(NET, N, *radii).item()
    assert 0.05 * main < with_signs < main
    assert without < bounds.counted_without(NET, X, *radii).item()


def test_counted_bilinear_by_its_formula() -> None:
    a = NET.a[0, 0].norm().item()
    main = bounds.counted_bilinear(NET, N, 0.2, 3.0).item()
    assert main == pytest.approx(3**0.25 * 0.6 * M**0.25 * a / math.sqrt(N))


def test_counted_without_is_the_best_threshold() -> None:
    """The bound for each threshold delta on the entries of V', step by step as in the proof."""
    tau_w, tau_v = 0.1, 0.8
    a, root = NET.a[0, 0].abs(), math.sqrt(N)
    R0 = preactivations(NET, X).first.relu().max().item()
    v1 = NET.V[0].abs().sum(dim=1).max().item()
    linear = tau_w / root
    values = []
    for delta in np.geomspace(1e-4, 10, 4000):
        free = math.sqrt(M) * tau_v * R0 * math.sqrt(2 * math.log(2 * M) / N)
        neuron = 2 * v1 * linear + 2 * delta * M * linear + free
        cut = a.max().item() * tau_v**2 / delta * (R0 + tau_w)
        values.append(2 * a.sum().item() * neuron + cut)
    counted = bounds.counted_without(NET, X, tau_w, tau_v).item()
    assert counted <= min(values) * (1 + 1e-9)
    assert counted == pytest.approx(min(values), rel=1e-4)


def test_printed_bounds_by_their_formulas() -> None:
    t_w, t_v, m1, m2, n = 0.02, 0.7, 50, 80, 900
    without = bounds.printed_without(t_w, t_v, m1, m2, n)
    assert without.first == pytest.approx(t_w * m1 * m2**0.5 / 30)
    assert without.second == pytest.approx(t_v * m2 / 30)
    mixed = t_v * (m1 * m2 * t_w * (m1**-0.5 + t_w)) ** 0.5 / 900**0.25
    assert without.mixed == pytest.approx(mixed)
    assert without.total == pytest.approx(sum(without))
    w = bounds.printed_with(t_w, t_v, m1, m2, n)
    assert w.main == pytest.approx(t_w * t_v * m1**0.25 * m2**0.5 / 30)
    flips = t_w ** (8 / 5) * m1 ** (9 / 10) + t_w ** (16 / 5) * m1 ** (9 / 5) * m2**0.5
    assert w.coupling == pytest.approx(flips + m2**0.5 * t_v / m1**0.5)
    assert w.total == pytest.approx(w.main + w.coupling)


@pytest.mark.parametrize("epsilon", [0.01, 0.3])
def test_samples_solve_the_bound(epsilon: float) -> None:
    n = bounds.samples_without(0.01, 1.0, 300, epsilon)
    first, second, mixed = bounds.printed_without(0.01, 1.0, 300, 300, 1)
    assert (first + second) / n**0.5 + mixed / n**0.25 == pytest.approx(epsilon)


def test_with_the_radii_of_table_1_the_proof_needs_nearly_m_squared_samples() -> None:
    """Theorem 3 says M m^(3/2) of Lemma 6.10, whose second term alone is m^0.995 / sqrt(N)."""
    widths = 10.0 ** np.array([20, 30])
    needed, second = [], []
    for m in widths:
        table = Table1(m1=int(m), m2=int(m), eps0=0.01)
        radii = table.tau_w_prime, table.tau_v_prime
        needed.append(bounds.samples_without(*radii, int(m), 0.1))
        second.append((bounds.printed_without(*radii, int(m), int(m), 1).second / 0.1) ** 2)
    slope = np.diff(np.log(needed))[0] / np.diff(np.log(widths))[0]
    alone = np.diff(np.log(second))[0] / np.diff(np.log(widths))[0]
    assert slope == pytest.approx(1.99, abs=0.01)
    assert alone == pytest.approx(1.99, abs=1e-6)


def test_the_v_term_can_be_summed_by_cauchy_schwarz() -> None:
    """sum_j |a_j| ||v'_j||_1 <= ||a||_2 sqrt(m1) ||V'||_F: sqrt(m2) where the proof has m2."""
    dV = torch.randn(M, M, generator=stream(8), dtype=torch.float64)
    a = NET.a[0, 0].abs()
    left = (a * dV.abs().sum(dim=1)).sum()
    assert left <= a.norm() * math.sqrt(M) * dV.norm()
    worst = a[:, None].expand(M, M)  # rows in proportion to |a|: equality
    assert (a * worst.abs().sum(dim=1)).sum().item() == pytest.approx(
        (a.norm() * math.sqrt(M) * worst.norm()).item()
    )
