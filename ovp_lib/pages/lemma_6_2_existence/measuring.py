"""What the page of Lemma 6.2 measures, over seeds and widths."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from scipy.stats import kstest

from ovp_lib.maths import elementary, smooth
from ovp_lib.models import inputs
from ovp_lib.models.three_layer import gates, init_three_layer
from ovp_lib.pages.lemma_6_2_existence import analysis
from ovp_lib.pages.lemma_6_2_existence.analysis import Built, TargetAtPoints, WeightMove
from ovp_lib.pages.lemma_6_2_existence.statement import CHUNKS, TERMS, Lemma62Parameters
from ovp_lib.proofs import bounded_fit, carriers, chunks, composed_existence
from ovp_lib.proofs.hermite_indicator import HermiteIndicator
from ovp_lib.proofs.minimal_sup import least_sup_indicator

Table = Float[np.ndarray, "seeds widths"]
"""One number for each seed and width."""

BASELINE = math.sqrt(2 / math.pi)
"""E|g| of a standard Gaussian: the error of predicting the mean of a target with that law."""

FIT_POINTS = 200
"""Points that least squares fit, and as many on which they are judged."""


class ConstructionSizes(NamedTuple):
    """What the construction gives.

    Attributes:
        error: mean |g - F*| of the worst output.
        rows: ||W*||_{2,inf} ||V*||_{2,inf} sqrt(m1) m2.
        frobenius: ||W*||_F ||V*||_F sqrt(m2).
        expectation: mean distance of Claim C.4's expectation and Phi(inner), for one term.
        sum: mean distance of Claim C.5's sum and its expectation, for one term.
    """

    error: Table
    rows: Table
    frobenius: Table
    expectation: Table
    sum: Table


def problem(
    p: Lemma62Parameters, i: int, outer: str, device: torch.device, *, p1: int = 1, k: int = 1
) -> TargetAtPoints:
    """Draw the target and the points of a seed; they do not depend on the width.

    Args:
        p: the parameters.
        i: number of the seed.
        outer: Phi.
        device: where to compute.
        p1: terms.
        k: outputs.

    Returns:
        Target and points.
    """
    streams = [inputs.stream(p.seed, i, purpose) for purpose in range(3)]
    return analysis.problem(
        outer,
        p.inner,
        (streams[0], streams[1], streams[2]),
        d=p.dimension,
        points=p.n_points,
        p1=p1,
        p2=TERMS,
        k=k,
        device=device,
    )


def over_networks(
    p: Lemma62Parameters,
    given: TargetAtPoints,
    i: int,
    measure: Callable[[Built], Sequence[float]],
    networks: int = 0,
) -> Float[np.ndarray, "widths measures"]:
    """Return what is measured of networks, mean over those of each width.

    Args:
        p: the parameters.
        given: target and points.
        i: number of the seed.
        measure: numbers of a network.
        networks: how many; those of the parameters if 0.
    """
    rows = []
    for m in p.widths:
        nets = [
            analysis.build(given, inputs.stream(p.seed, i, 3, m, r), m1=m, m2=m, clip=p.clip)
            for r in range(networks or p.networks)
        ]
        rows.append(np.mean([measure(net) for net in nets], axis=0))
    return np.array(rows)


def sizes(
    p: Lemma62Parameters, outer: str, device: torch.device, *, p1: int = 1, k: int = 1
) -> ConstructionSizes:
    """Construct W*, V* for every seed and width.

    Args:
        p: the parameters.
        outer: Phi.
        device: where to compute.
        p1: terms.
        k: outputs.

    Returns:
        Errors and norms.
    """
    found = []
    for i in range(p.n_seeds):
        given = problem(p, i, outer, device, p1=p1, k=k)
        found.append(over_networks(p, given, i, partial(_sizes, given)))
    return ConstructionSizes(*np.moveaxis(np.array(found), 2, 0))


def _sizes(given: TargetAtPoints, net: Built) -> tuple[float, ...]:
    norms = composed_existence.norms(net.factors)
    frobenius = norms.W_frobenius * norms.V_frobenius * math.sqrt(len(net.b2))
    error = analysis.distance(analysis.output(net, given.x), given.f)
    row = (error, analysis.row_product(net), frobenius)
    if len(net.outer) > 1 or len(net.a) > 1:
        return (*row, math.nan, math.nan)
    scale = composed_existence.output_weights(given.target)[0, 0]
    inner = composed_existence.inner_values(given.target, given.x)[:, 0]
    expected = scale * analysis.in_expectation(net, given.x)
    wanted = scale * given.target.outer[0](inner)
    return (
        *row,
        float((expected - wanted).abs().mean()),
        float((analysis.first_factor(net) - expected).abs().mean()),
    )


MOVES: Mapping[str, Callable[[int], WeightMove]] = {
    "random W', V'": analysis.of_table,
    "worst W'": lambda m: WeightMove(tau_w=analysis.of_table(m).tau_w, adversary=True),
    "worst V', m^(-1/4)": lambda m: WeightMove(tau_v=m**-0.25, adversary=True),
    "worst W', V'": lambda m: analysis.of_table(m, adversary=True),
    "noise of smoothing": lambda m: analysis.of_table(m, moved=False, smoothed=True),
}
"""What is added to the weights of width m, by the name that it has in the figure."""


def added(p: Lemma62Parameters, outer: str, device: torch.device) -> dict[str, Table]:
    """Return the mean |g^(b,b) - g^(0)| of every move (Corollary 6.6).

    Args:
        p: the parameters.
        outer: Phi.
        device: where to compute.
    """
    found = []
    for i in range(p.n_seeds):
        given = problem(p, i, outer, device)

        def change(net: Built, given: TargetAtPoints = given, i: int = i) -> list[float]:
            before, m = analysis.output(net, given.x), len(net.b2)
            moved = [
                analysis.after(given, net, move(m), inputs.stream(p.seed, i, 4, m))
                for move in MOVES.values()
            ]
            after = [analysis.output(net, given.x, pattern) for pattern in moved]
            return [analysis.distance(output, before) for output in after]

        found.append(over_networks(p, given, i, change, networks=1))
    return dict(zip(MOVES, np.moveaxis(np.array(found), 2, 0), strict=True))


def growth(p: Lemma62Parameters, what: str, device: torch.device) -> Table:
    """Return ||V*||_{2,inf}, relative to the scale of the target, for several counts.

    Args:
        p: the parameters; the width is the narrowest.
        what: ``"k"`` or ``"p1"``.
        device: where to compute.
    """
    m = p.widths[0]
    rows = []
    for i in range(p.n_seeds):
        row = []
        for count in p.counts:
            given = problem(p, i, "z", device, **{what: count})
            stream = inputs.stream(p.seed, i, 5, count)
            net = analysis.build(given, stream, m1=m, m2=m, clip=p.clip)
            scale = composed_existence.output_weights(given.target).abs().max()
            row.append(composed_existence.norms(net.factors).V_rows / float(scale))
        rows.append(row)
    return np.array(rows)


def fitted(p: Lemma62Parameters, outer: str) -> tuple[Table, Table]:
    """Fit W, V by alternating least squares.

    Args:
        p: the parameters.
        outer: Phi.

    Returns:
        Mean errors at new points, and C_0 of the rows.
    """
    errors, products = [], []
    for i in range(p.n_seeds):
        found = [_fitted(p, outer, i, m) for m in p.ball_widths]
        errors.append([each[0] for each in found])
        products.append([each[1] for each in found])
    return np.array(errors), np.array(products)


def _fitted(p: Lemma62Parameters, outer: str, i: int, m: int) -> tuple[float, float]:
    target = problem(p, i, outer, torch.device("cpu")).target
    net = init_three_layer([inputs.stream(p.seed, i, 6, m)], d=p.dimension, m1=m, m2=m)
    sampler = inputs.padded_sphere(p.dimension)
    x, new = (sampler(FIT_POINTS, inputs.stream(p.seed, i, 7, part)) for part in range(2))
    fit_gates, new_gates = (gates(net, points[None]) for points in (x, new))
    y, a = target(x[None])[0, :, 0], net.a[0, 0]
    fit = bounded_fit.bounded_fit(
        x, y, a, fit_gates.first[0], fit_gates.second[0], net.W[0], ridge=p.ridge, sweeps=10
    )
    g = bounded_fit.evaluate(fit, new, a, new_gates.first[0], new_gates.second[0])
    return float((g - target(new[None])[0, :, 0]).abs().mean()), bounded_fit.row_product(fit)


class Carried(NamedTuple):
    """What chunks carry (Claim C.3).

    Attributes:
        slope: coefficient of alpha_j in n - B, times C', shape ``(seeds, p2, n)``.
        phi: phi_{1,j,eps} at the points, shape ``(seeds, p2, n)``.
        rest: root mean square of R, relative to that of alpha / C'.
        law: sqrt(draws) times the Kolmogorov distance of alpha_1 to its law, for each seed.
        C_prime: C'.
    """

    slope: Float[np.ndarray, "seeds p2 n"]
    phi: Float[np.ndarray, "seeds p2 n"]
    rest: Table
    law: Float[np.ndarray, " seeds"]
    C_prime: float


def projected(found: Carried) -> Float[np.ndarray, "seeds p2"]:
    """Return <slope_j, phi_j> / <phi_j, phi_j> over the points: 1 if alpha_j carries phi_j / C'.

    Args:
        found: what chunks carry.
    """
    return (found.slope * found.phi).sum(axis=2) / np.square(found.phi).sum(axis=2)


FUNCTIONS = ("sin(z)", "cos(z)")
"""Inner functions that one neuron is to carry at once."""


def carried(p: Lemma62Parameters, clip: float = 3.0) -> Carried:
    """Take random neurons apart chunk by chunk.

    Args:
        p: the parameters.
        clip: where the Hermite polynomials of h are clipped, so that C is small.

    Returns:
        The share of each function, and the rest.
    """
    phis = [smooth.parse(text) for text in FUNCTIONS]
    functions = [analysis.function_of(phi, clip) for phi in phis]
    # A little above 2 sup|h|, since sup finds the supremum on a grid.
    bound = 2.001 * max(h.sup() for h in functions)
    found = [_carried(p, i, functions, bound) for i in range(p.n_seeds)]
    slope, phi, rest, law = zip(*found, strict=True)
    C_prime = chunks.chunk_constant(bound, TERMS)
    return Carried(np.array(slope), np.array(phi), np.array(rest), np.array(law), C_prime)


def _carried(
    p: Lemma62Parameters, i: int, functions: Sequence[HermiteIndicator], bound: float
) -> tuple[np.ndarray, np.ndarray, list[float], float]:
    stream = inputs.stream(p.seed, i, 8)
    unit = inputs.sphere(p.dimension - 1)(TERMS, stream)
    directions = torch.nn.functional.pad(unit, (0, 1))
    x = inputs.padded_sphere(p.dimension)(6, stream)
    pairs = zip(functions, directions, strict=True)
    phi = torch.stack([h.expectation(x @ w) for h, w in pairs])
    alphas, signals, rest = [], [], []
    for m1 in p.chunk_widths:
        # The wider the layer, the fewer the draws: every width then takes about the same time.
        draws = max(8, p.chunk_draws * p.chunk_widths[0] // m1)
        found = chunks.sample_chunks(
            draws, stream, x, directions, functions, phi, chunks=CHUNKS, m1=m1, m2=1, bound=bound
        )
        alphas.append(found.alpha)
        signals.append(found.n - found.B.sum(dim=1))
        size = elementary.sqrt(found.alpha.square().mean()) / found.C_prime
        rest.append(float(elementary.sqrt(found.R.sum(dim=1).square().mean()) / size))
    alpha, signal = torch.cat(alphas), torch.cat(signals)
    # By QR without pivots: those of the default depend on what happens to be in memory.
    slope = found.C_prime * torch.linalg.lstsq(alpha, signal, driver="gels").solution
    law = math.sqrt(len(alpha)) * float(kstest(alpha[:, 0].numpy(), "norm").statistic)
    return slope.numpy(), phi.numpy(), rest, law


def needed(C_prime: float, outer: str, clip: float, accuracy: float) -> float:
    """Return the m2 at which Claim C.5's sum has a given standard deviation, at most.

    Its variance is at most 3 E[1{open} h^2] / m2, and half of E[h^2] lies behind open gates.

    Args:
        C_prime: by which the inner function is divided.
        outer: Phi.
        clip: where Hermite polynomials become constant.
        accuracy: the standard deviation.
    """
    Phi = composed_existence.stretched(smooth.parse(outer), C_prime)
    return 1.5 * analysis.function_of(Phi, clip).second_moment() / accuracy**2


def constants(p: Lemma62Parameters) -> dict[str, float]:
    """Return C' of the inner function in three constructions, smallest C where there is a choice.

    Args:
        p: the parameters.
    """
    phi = smooth.parse(p.inner)
    C = 2.001 * least_sup_indicator(phi, 0.05).sup()
    gate = 2 * math.sqrt(analysis.function_of(phi, p.clip).second_moment())
    least = _least_carrier(p, phi)
    return {
        "chunks, as printed: 10 C √p2": chunks.chunk_constant(C, TERMS),
        "gates in closed form: 2 √E[h²]": gate,
        "carrier of least norm": least,
    }


def _least_carrier(p: Lemma62Parameters, phi: smooth.SmoothFunction) -> float:
    """Return the norm of the least carrier of phi(<w*, x>) at the widest network."""
    stream = inputs.stream(p.seed, 0, 9)
    m, d = p.widths[-1], p.dimension
    direction = torch.nn.functional.pad(inputs.sphere(d - 1)(1, stream)[0], (0, 1))
    x = inputs.padded_sphere(d)(48, stream)
    drawn = torch.randn(m, d + 1, generator=stream, dtype=torch.float64) / math.sqrt(m)
    values = phi(x @ direction)[:, None]
    return float(carriers.least_norm_carrier(drawn[:, :-1], drawn[:, -1], x, values).norm())
