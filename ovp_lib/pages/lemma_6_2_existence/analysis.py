"""What the page of Lemma 6.2 builds and measures, network by network."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Generator, Tensor

from ovp_lib.maths import complexity, smooth
from ovp_lib.maths.smooth import SmoothFunction
from ovp_lib.maths.table_1 import Table1
from ovp_lib.models import inputs
from ovp_lib.models.composite_targets import ThreeLayerTarget, random_three_layer_target
from ovp_lib.proofs import carriers, common_moves, composed_existence, indicator
from ovp_lib.proofs.composed_existence import ComposedWeights
from ovp_lib.proofs.hermite_indicator import HermiteIndicator

TAYLOR = 0.005
"""Error of a cut Taylor series."""


class TargetAtPoints(NamedTuple):
    """A target, and the points at which it is measured.

    Attributes:
        target: of class (4.1), every output of variance one.
        x: test points, shape ``(n, d)``.
        f: the target there, shape ``(n, k)``.
        fit: points at which carriers are asked for the inner functions.
        inner: the inner functions there, shape ``(n_fit, p1)``.
    """

    target: ThreeLayerTarget
    x: Float[Tensor, "n d"]
    f: Float[Tensor, "n k"]
    fit: Float[Tensor, "n_fit d"]
    inner: Float[Tensor, "n_fit p1"]


class Built(NamedTuple):
    """A network at initialisation as the test points see it, and its W*, V*.

    Attributes:
        W: weights of the first layer.
        b1: its biases.
        n: what goes into the gates of the second layer without biases, shape ``(m2, n)``.
        b2: its biases.
        a: output weights, shape ``(k, m2)``.
        carriers: u_i of each term, shape ``(p1, m1)``.
        C_prime: their norms.
        outer: h_i of each term.
        H: the second factor over the first layer, shape ``(m1, p1)``.
        factors: W* and V*.
    """

    W: Tensor
    b1: Tensor
    n: Tensor
    b2: Tensor
    a: Tensor
    carriers: Tensor
    C_prime: tuple[float, ...]
    outer: tuple[HermiteIndicator, ...]
    H: Tensor
    factors: ComposedWeights


def problem(
    outer: str,
    inner: str,
    generators: tuple[Generator, Generator, Generator],
    *,
    d: int,
    points: int,
    fit: int = 48,
    p1: int = 1,
    p2: int = 2,
    k: int = 1,
    device: torch.device | None = None,
) -> TargetAtPoints:
    """Draw a target and points.

    Args:
        outer: Phi as a person writes it.
        inner: phi, of both factors.
        generators: of the target, of the scale of its outputs, and of the points.
        d: input dimension, padding included.
        points: test points.
        fit: points at which carriers are asked for the inner functions.
        p1: terms.
        p2: functions inside each term.
        k: outputs.
        device: where to compute; the CPU if none.

    Returns:
        The target, every output of variance one, and its values.
    """
    Phi, phi = smooth.parse(outer), smooth.parse(inner)
    of_target, of_scale, of_points = generators
    sampler = inputs.padded_sphere(d)
    target = random_three_layer_target(Phi, phi, [of_target], d=d, p1=p1, p2=p2, k=k)
    target = target.normalised(sampler, [of_scale])
    x, fitted = (sampler(n, of_points).to(device or "cpu") for n in (points, fit))
    target = target.to(x)
    return TargetAtPoints(
        target, x, target(x[None])[0], fitted, composed_existence.inner_values(target, fitted)
    )


def function_of(phi: SmoothFunction, clip: float) -> HermiteIndicator:
    """Return the h of Lemma 6.3 of least norm for a function.

    Args:
        phi: the function; its Taylor series must converge on [-1, 1].
        clip: where its Hermite polynomials become constant.
    """
    degree = complexity.truncation_degree(phi, TAYLOR) if phi.degree is None else phi.degree
    return indicator.least_norm_indicator(phi, degree, clip)


def build(given: TargetAtPoints, generator: Generator, *, m1: int, m2: int, clip: float) -> Built:
    """Draw a network and construct W*, V* of Lemma 6.2 with carriers of least norm.

    V^(0) is drawn through its products with what the test points and the carriers need of it, which
    is exact in law (:func:`ovp_lib.proofs.carriers.second_layer`).

    Args:
        given: target and points.
        generator: source of randomness of the network and of the signs s_i.
        m1: width of the first layer.
        m2: width of the second layer.
        clip: where Hermite polynomials become constant.

    Returns:
        The network as the test points see it, and its weights.
    """
    target, x = given.target, given.x
    p1, k = len(target.outer), target.n_outputs
    drawn = torch.randn(m1, x.shape[1] + 1, generator=generator, dtype=torch.float64).to(x)
    W, b1 = drawn[:, :-1] / math.sqrt(m1), drawn[:, -1] / math.sqrt(m1)
    u = carriers.least_norm_carrier(W, b1, given.fit, given.inner)
    C_prime = u.norm(dim=1)
    columns = torch.cat([carriers.features(W, b1, x), u / C_prime[:, None]])
    products = carriers.second_layer(columns, m2, generator)
    rest = torch.randn(k + 1, m2, generator=generator, dtype=torch.float64).to(x)
    signs = inputs.rademacher((p1, m1), generator).to(x)
    b2, a = rest[0] / math.sqrt(m2), rest[1:]
    sizes = tuple(C_prime.tolist())
    outer = tuple(
        function_of(composed_existence.stretched(Phi, size), clip)
        for Phi, size in zip(target.outer, sizes, strict=True)
    )
    H = second(given, W, b1, clip)
    alphas = math.sqrt(m2) * products[:, len(x) :]
    factors = composed_existence.three_layer(target, H, alphas, b2, a, outer, signs)
    return Built(W, b1, products[:, : len(x)], b2, a, u, sizes, outer, H, factors)


def second(given: TargetAtPoints, W: Tensor, b1: Tensor, clip: float) -> Float[Tensor, "m1 p1"]:
    """Return the second factor over the first layer.

    Args:
        given: target and points.
        W: weights of the first layer.
        b1: its biases.
        clip: where Hermite polynomials become constant.
    """
    functions = [function_of(phi, clip) for phi in given.target.second]
    return composed_existence.second_factor(given.target, W, b1, functions)


def gates(built: Built, x: Tensor) -> tuple[Bool[Tensor, "n m1"], Bool[Tensor, "n m2"]]:
    """Return the gates at initialisation.

    Args:
        built: the network.
        x: the test points.
    """
    return x @ built.W.T + built.b1 >= 0, (built.n + built.b2[:, None] >= 0).T


def output(
    built: Built,
    x: Tensor,
    pattern: tuple[Bool[Tensor, "n m1"], Bool[Tensor, "n m2"]] | None = None,
) -> Float[Tensor, "n k"]:
    """Return the pseudo-network at W*, V*.

    Args:
        built: the network.
        x: the test points.
        pattern: gates of both layers; those at initialisation if there are none.
    """
    gates_w, gates_v = gates(built, x) if pattern is None else pattern
    return composed_existence.value(built.factors, x, built.a, gates_w, gates_v)


def distance(one: Float[Tensor, "n k"], other: Float[Tensor, "n k"]) -> float:
    """Return the mean over points of |one - other|, of the output where it is largest.

    Args:
        one: values of an output of variance one, or of several.
        other: as many.
    """
    return float((one - other).abs().mean(dim=0).max())


def row_product(built: Built) -> float:
    """Return ||W*||_{2,inf} ||V*||_{2,inf} sqrt(m1) m2, which Lemma 6.2 bounds by C_0.

    Args:
        built: the network.
    """
    sizes = composed_existence.norms(built.factors)
    m1, m2 = len(built.b1), len(built.b2)
    return sizes.W_rows * sizes.V_rows * math.sqrt(m1) * m2


def first_factor(built: Built) -> Float[Tensor, " n"]:
    """Return 1/m2 sum_q a_q^2 h(alpha_q, b_q) 1{n_q(x) + b_q >= 0} of the only term (Claim C.5).

    Args:
        built: a network for one term and one output.
    """
    weight = built.factors.left[:, 0] * built.a[0]
    return (built.n + built.b2[:, None] >= 0).to(weight).T @ weight


def in_expectation(built: Built, x: Tensor) -> Float[Tensor, " n"]:
    """Return the expectation of :func:`first_factor` over the second layer (Claim C.4).

    Given the first layer, n_q(x) and alpha_q are jointly Gaussian, so it is an integral over
    alpha and b of h times a normal distribution function.

    Args:
        built: a network for one term and one output, a* and its scale included.
        x: the test points.
    """
    F = carriers.features(built.W, built.b1, x)
    size = F.norm(dim=1)
    z = F @ (built.carriers[0] / built.C_prime[0]) / size
    return carriers.behind_gate(built.outer[0], z, size)


class WeightMove(NamedTuple):
    """What is added to the weights before the gates are read again (Corollary 6.6).

    Attributes:
        tau_w: ||W'||_{2,4}; zero for none.
        tau_v: ||V'||_F; zero for none.
        sigma_w: standard deviation of the entries of W^rho.
        sigma_v: standard deviation of the entries of V^rho.
        adversary: whether W' and V' hurt as much as they can at all inputs at once; else random.
    """

    tau_w: float = 0.0
    tau_v: float = 0.0
    sigma_w: float = 0.0
    sigma_v: float = 0.0
    adversary: bool = False


def of_table(
    m: int, *, adversary: bool = False, moved: bool = True, smoothed: bool = False
) -> WeightMove:
    """Return a move of Table 1's size at m1 = m2 = m.

    Args:
        m: both widths.
        adversary: whether W', V' are chosen against the network.
        moved: whether there are W' and V'.
        smoothed: whether there are W^rho and V^rho.
    """
    table = Table1(m1=m, m2=m, eps0=0.01)
    tau = (table.tau_w, table.tau_v) if moved else (0.0, 0.0)
    sigma = (table.sigma_w, table.sigma_v) if smoothed else (0.0, 0.0)
    return WeightMove(*tau, *sigma, adversary)


def after(
    given: TargetAtPoints, built: Built, move: WeightMove, generator: Generator
) -> tuple[Bool[Tensor, "n m1"], Bool[Tensor, "n m2"]]:
    """Return the gates after a move.

    V^(0) was drawn only through its products with F(x); those with F'(x) at the moved first layer
    are drawn from their law given the former.

    Args:
        given: target and points.
        built: the network.
        move: W', V', W^rho and V^rho.
        generator: of what is random in it.
    """
    x = given.x
    m1, m2 = len(built.b1), len(built.b2)
    W = _first_move(given, built, move, generator)
    if move.sigma_w:
        W = W + move.sigma_w * _normal(W, generator)
    F, F_moved = (carriers.features(V, built.b1, x) for V in (built.W, W))
    n = built.n
    if W is not built.W:
        n = carriers.second_layer_again(built.n, F, F_moved, generator)
    spread = move.sigma_v**2 + (0.0 if move.adversary else move.tau_v**2 / (m1 * m2))
    if spread:
        n = n + math.sqrt(spread * m2) * carriers.second_layer(F_moved, m2, generator)
    if move.adversary and move.tau_v:
        mean = F_moved.mean(dim=0)
        gain = built.a.T @ composed_existence.output_weights(given.target).to(x)
        gain = (gain.sign() * built.factors.left).sum(dim=1) * built.a[0].abs()
        length = float(mean.norm())
        z = n.mean(dim=1) + built.b2
        t = common_moves.worst_flips(z, gain, length=length, power=2, radius=move.tau_v)
        n = n - t[:, None] * (F_moved @ mean)
    return x @ W.T + built.b1 >= 0, (n + built.b2[:, None] >= 0).T


def _first_move(
    given: TargetAtPoints, built: Built, move: WeightMove, generator: Generator
) -> Tensor:
    if not move.tau_w:
        return built.W
    if not move.adversary:
        draw = _normal(built.W, generator)
        size = torch.linalg.vector_norm(draw.norm(dim=1), ord=4)
        return built.W + draw * (move.tau_w / size)
    mean = given.x.mean(dim=0)
    z = built.W @ mean + built.b1
    gain = built.factors.W[:, -1] * built.factors.right[0]
    t = common_moves.worst_flips(z, gain, length=float(mean.norm()), power=4, radius=move.tau_w)
    return built.W - t[:, None] * mean


def _normal(like: Tensor, generator: Generator) -> Tensor:
    return torch.randn(like.shape, generator=generator, dtype=torch.float64).to(like)
