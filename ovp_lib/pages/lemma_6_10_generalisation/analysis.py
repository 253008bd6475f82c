"""What the page of Lemmas 6.10 and 6.12 measures of classes of networks, and how it is compared."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Generator, Tensor

from ovp_lib.evidence.claims import Estimate
from ovp_lib.maths.table_1 import Table1
from ovp_lib.models import inputs
from ovp_lib.models.networks import TwoLayer
from ovp_lib.models.three_layer import ThreeLayer
from ovp_lib.proofs.rademacher import ascent, bounds, calculus, generalisation, two_layer
from ovp_lib.proofs.rademacher.calculus import Sides
from ovp_lib.proofs.rademacher.three_layer import suprema_of_draws

TINIEST = 1e-12
"""What is smaller is not resolved: its digits depend on the machine."""

RADIUS_POWER = -0.75
"""tau'_w = m1^(-3/4) with C_0 = 1, but for the small exponents of Table 1."""

JUDGES = 5
"""Of so many draws of Sigma one is for the ascent; judging costs less than climbing."""

THEOREM_WIDTHS = (25, 50, 100, 200, 400)
"""Widths m1 = m2 that the guarantees are computed for."""

MOST_SAMPLES = 2000
"""The largest number of samples that the guarantees are computed for."""

Seeds = dict[str, Float[np.ndarray, " seeds"]]
"""One number a seed, by name."""


class Data(NamedTuple):
    """Points and draws of the signs, for every seed.

    Attributes:
        x: points, shape ``(seeds, n, d)``.
        xi: draws of the signs, shape ``(draws, seeds, n)``.
    """

    x: Float[Tensor, "e n d"]
    xi: Float[Tensor, "s e n"]


def draw(
    sampler: inputs.Sampler,
    n: int,
    draws: int,
    points: Iterable[Generator],
    signs: Iterable[Generator],
) -> Data:
    """Draw points and signs of every seed.

    Args:
        sampler: of points.
        n: number of points.
        draws: of the signs.
        points: one source of randomness a seed.
        signs: likewise.

    Returns:
        Points of shape ``(seeds, n, d)``, signs of shape ``(draws, seeds, n)``.
    """
    x = torch.stack([sampler(n, each) for each in points])
    return Data(x, torch.stack([inputs.rademacher((draws, n), each) for each in signs], dim=1))


def frozen(net: ThreeLayer, data: Data, tau_v: float) -> Seeds:
    """Return complexities of the classes with frozen gates, at tau_w = m1^(-3/4).

    Args:
        net: initial weights, one member a seed.
        data: points and signs, over whose draws the mean is taken.
        tau_v: bound on ||V'||_F.

    Returns:
        ``with`` signs Sigma, exactly; ``without``, the largest of the three terms alone, which is
        below, and their sum ``above``.
    """
    tau_w = net.widths[0] ** RADIUS_POWER
    each = suprema_of_draws(net, data.x, data.xi)
    low, high = zip(*(sup.without_signs(tau_w, tau_v) for sup in each), strict=True)
    exact = [sup.with_signs(tau_w, tau_v) for sup in each]
    return {"with": _mean(exact), "without": _mean(low), "above": _mean(high)}


def real(
    net: ThreeLayer, data: Data, tau_v: float, sigma: Float[Tensor, "e s m1"], steps: int
) -> Seeds:
    """Return lower bounds on complexities of real networks, by ascent, at tau_w = m1^(-3/4).

    Args:
        net: initial weights, one member a seed.
        data: points and signs, over whose draws the mean is taken.
        tau_v: bound on ||V'||_F.
        sigma: draws of Sigma: one in :data:`JUDGES` for the ascent, the others to judge what it
            finds.
        steps: of the ascent.

    Returns:
        ``with`` signs Sigma and ``without``.
    """
    tau_w, few = net.widths[0] ** RADIUS_POWER, sigma.shape[1] // JUDGES
    tasks = [ascent.Correlation(net, data.x, xi, tau_w, tau_v) for xi in data.xi]
    seen, fresh = sigma[:, :few], sigma[:, few:]
    averaged = [ascent.ascend(task, seen, steps=steps, fresh=fresh) for task in tasks]
    alone = [ascent.ascend(task, steps=steps) for task in tasks]
    return {"with": _mean(averaged), "without": _mean(alone)}


def neurons(net: TwoLayer, data: Data, radius: float) -> Seeds:
    """Return the complexity of the class of Lemma B.5 in the plane, and what is beside it.

    Args:
        net: initial weights with d = 2, one member a seed.
        data: points of the plane and signs.
        radius: m tau, so that each neuron moves by at most radius / m.

    Returns:
        ``real`` networks, exactly; ``frozen`` gates; ``bound`` with its constants counted.
    """
    tau = radius / net.width
    exact = two_layer.exact_of_draws(net, data.x, data.xi, tau)
    gates = [two_layer.frozen_supremum(net, data.x, xi, tau) for xi in data.xi]
    bound = two_layer.proved_bound(net, data.x.shape[1], tau)
    return {"real": _mean(list(exact)), "frozen": _mean(gates), "bound": bound.numpy()}


def calculus_sides(n: int, width: int, generator: Generator) -> dict[str, Sides]:
    """Return both sides of every part of Proposition A.12 on classes that are drawn at random.

    Args:
        n: points, whose signs are all enumerated.
        width: number of classes m in parts e and f; also the dimension in a and b.
        generator: source of randomness.
    """

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    x, classes = normal(n, width), [normal(3, n) for _ in range(width)]
    unit = torch.nn.functional.normalize(x, dim=1)
    cube = x / x.abs().amax(dim=1, keepdim=True)
    free = calculus.free_layer(classes, torch.relu, radius_1=1.0, radius_inf=2 / width)
    return {
        "a": calculus.l2_linear(unit, 1.0),
        "b": calculus.l1_linear(cube, 1.0),
        "c": calculus.addition(classes[0], classes[1]),
        "d": calculus.contraction(classes[0], torch.relu),
        "e": calculus.fixed_layer(classes, normal(width), torch.relu),
        "f": free,
    }


def calculus_ratios(
    n: int, width: int, instances: int, generators: Sequence[Generator]
) -> dict[str, Float[np.ndarray, " seeds"]]:
    """Return, for each part and seed, the ratio of left to right that is furthest from holding.

    Args:
        n: points.
        width: number of classes.
        instances: random classes a seed.
        generators: one source of randomness a seed.

    Returns:
        The largest ratio over instances; for c, the largest distance from one.
    """
    rows = []
    for generator in generators:
        drawn = [calculus_sides(n, width, generator) for _ in range(instances)]
        ratios = pd.DataFrame([{part: s.ratio for part, s in each.items()} for each in drawn])
        off = (ratios["c"] - 1).abs().max()
        rows.append(ratios.max().to_dict() | {"c": max(off, TINIEST)})
    return {part: pd.DataFrame(rows)[part].to_numpy() for part in "abcdef"}


class FiniteClassGap(NamedTuple):
    """Lemma A.10 and Corollary A.11 on classes that are drawn at random; one number a seed.

    Attributes:
        failures: probability that the gap exceeds what Lemma A.10 allows.
        needed: what it needs beside 2 R, over what it is given.
        contraction: largest R(L o F) / sum_r R(F_r).
    """

    failures: np.ndarray
    needed: np.ndarray
    contraction: np.ndarray


def gaps(n: int, instances: int, delta: float, generators: Sequence[Generator]) -> FiniteClassGap:
    """Enumerate samples of Lemma A.10, and classes of Corollary A.11.

    Args:
        n: size of the sample.
        instances: random classes a seed.
        delta: probability with which the lemma may fail.
        generators: one source of randomness a seed.

    Returns:
        The largest of each over the instances of a seed.
    """
    extra = generalisation.deviation(1.0, n, delta)

    def one(generator: Generator) -> tuple[float, float, float]:
        values = 2 * torch.rand(6, 3, generator=generator, dtype=torch.float64) - 1
        law = generalisation.gap_law(values, n)
        classes = [torch.randn(3, n, generator=generator, dtype=torch.float64) for _ in range(2)]
        labels = torch.randn(n, 2, generator=generator, dtype=torch.float64)
        step = generalisation.vector_contraction(classes, labels)
        return law.failures(extra), law.needed(delta) / extra, step.ratio

    drawn = [np.array([one(each) for _ in range(instances)]) for each in generators]
    return FiniteClassGap(*np.stack([each.max(axis=0) for each in drawn]).T)


def bound_table(
    net: ThreeLayer, x: Float[Tensor, "e n d"], tau_v: float
) -> dict[str, Float[np.ndarray, " seeds"]]:
    """Return the bounds of Lemmas 6.10 and 6.12, printed and counted, at tau_w = m1^(-3/4).

    Args:
        net: initial weights, one member a seed.
        x: points.
        tau_v: bound on ||V'||_F.
    """
    (m1, m2), n = net.widths, x.shape[1]
    tau_w = m1**RADIUS_POWER
    without = bounds.printed_without(tau_w, tau_v, m1, m2, n).total
    averaged = bounds.printed_with(tau_w, tau_v, m1, m2, n)
    ones = np.ones(len(x))
    return {
        "6.10 printed": without * ones,
        "6.10 counted": bounds.counted_without(net, x, tau_w, tau_v).numpy(),
        "6.12 printed": averaged.total * ones,
        "6.12 printed, B left out": averaged.main * ones,
        "6.12 counted, B left out": bounds.counted_bilinear(net, n, tau_w, tau_v).numpy(),
    }


def least_guarantee(tau_v: float) -> tuple[float, float]:
    """Return the least of 2 R that Lemmas 6.10 and 6.12 can guarantee at sizes that can be run.

    Every O~(.) is read as one. For Lemma 6.12 only B counts, so that it holds for any N.

    Args:
        tau_v: bound on ||V'||_F; ||W'||_{2,4} is at most m^(-3/4).

    Returns:
        For Lemma 6.10, and for Lemma 6.12.
    """
    n, radii = MOST_SAMPLES, [(m, m**RADIUS_POWER) for m in THEOREM_WIDTHS]
    without = [bounds.printed_without(tau_w, tau_v, m, m, n).total for m, tau_w in radii]
    coupling = [bounds.printed_with(tau_w, tau_v, m, m, n).coupling for m, tau_w in radii]
    return 2 * min(without), 2 * min(coupling)


def width_power(epsilon: float = 0.1, widths: tuple[float, float] = (1e20, 1e30)) -> float:
    """Return the exponent in m of the N that Lemma 6.10 needs as proved, at the radii of Table 1.

    Args:
        epsilon: complexity that is wanted.
        widths: between which the exponent is taken; very large, so that one term is left.
    """
    needed = []
    for m in map(int, widths):
        table = Table1(m1=m, m2=m, eps0=0.01)
        radii = table.tau_w_prime, table.tau_v_prime
        needed.append(bounds.samples_without(*radii, m, epsilon))
    return math.log(needed[1] / needed[0]) / math.log(widths[1] / widths[0])


def computed(value: float) -> Estimate:
    """Return what is computed, not sampled: its interval has no width.

    Args:
        value: the number.
    """
    return Estimate(value, value, value, 1)


def by_size(rows: Iterable[Seeds]) -> dict[str, Float[np.ndarray, "seeds sizes"]]:
    """Put measurements at several sizes side by side.

    Args:
        rows: one a size, all with the same names.

    Returns:
        Shape ``(seeds, sizes)``, by name.
    """
    rows = list(rows)
    return {name: np.stack([row[name] for row in rows], axis=1) for name in rows[0]}


def _mean(draws: Sequence[Tensor]) -> np.ndarray:
    return torch.stack(list(draws)).mean(dim=0).cpu().numpy()
