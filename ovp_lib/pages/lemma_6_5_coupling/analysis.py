"""What the page of Lemma 6.5 counts and measures of a network, and how it is put side by side."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Generator, Tensor

from ovp_lib.evidence import statistics
from ovp_lib.evidence.claims import Estimate
from ovp_lib.models import three_layer
from ovp_lib.models.three_layer import ThreeLayer
from ovp_lib.proofs import adversary, cross_term, perturbations, smoothing, strong_coupling
from ovp_lib.proofs.coupling import three_layer_sign_changes
from ovp_lib.proofs.smoothing import SmoothingGap

ROUNDING = 1e-10
"""What is smaller is not resolved: its digits depend on the machine."""

FEW_FLIPS = 0.3
"""Step size times sqrt(m) at which the coefficient of Lemma 6.9 is measured: few gates flip."""

Row = Mapping[str, np.ndarray]
"""Measurements by name; seeds come first, or last but one."""


class Flips(NamedTuple):
    """Gates that movements flip, by the name of who moves, against the norm and the width.

    Attributes:
        taus: norms, at one width.
        in_tau: counts there, shape ``(seeds, taus)``.
        widths: widths, at one norm.
        in_width: counts there, shape ``(seeds, widths)``.
    """

    taus: Sequence[float]
    in_tau: Row
    widths: Sequence[int]
    in_width: Row

    def tau_exponent(self, name: str) -> Estimate:
        """Return the exponent of a count in the norm.

        Args:
            name: of who moves.
        """
        return statistics.exponent(self.taus, self.in_tau[name])

    def exponent(self, name: str) -> Estimate:
        """Return the exponent of a count in the width.

        Args:
            name: of who moves.
        """
        return statistics.exponent(self.widths, self.in_width[name])


def flips(z: Float[Tensor, "e n m"], movement: Float[Tensor, "e n m"]) -> Float[Tensor, "e n"]:
    """Count the gates that change when what goes into them moves.

    Args:
        z: what goes into the gates, for each member and input.
        movement: what is added to it.

    Returns:
        How many gates change, for each member and input.
    """
    return ((z >= 0) != (z + movement >= 0)).double().sum(dim=2)


def first_layer_flips(
    layers: Iterable[tuple[Tensor, Tensor]], taus: Sequence[float], n_networks: int
) -> dict[str, Float[np.ndarray, "seeds taus"]]:
    """Count flips of the first layer by the best and by a random W', for several norms.

    Args:
        layers: for each seed ``n_networks`` pairs: what goes into the gates, shape ``(1, n, m1)``,
            and by how much a random W' of norm one moves it.
        taus: norms tau_w, positive.
        n_networks: networks a seed, over which counts are averaged, as they are over inputs.

    Returns:
        Mean counts of the ``adversary`` and of ``random`` movements.
    """
    best: list[float] = []
    random: list[float] = []
    for z, movement in layers:
        best += [adversary.first_layer_flips(z, tau).double().mean().item() for tau in taus]
        random += [flips(z, tau * movement).mean().item() for tau in taus]
    counts = {"adversary": best, "random": random}
    shape = (-1, n_networks, len(taus))
    return {name: np.reshape(each, shape).mean(axis=1) for name, each in counts.items()}


def second_layer_flips(
    networks: Iterable[tuple[ThreeLayer, Tensor]],
    noise: Sequence[Generator],
    taus_v: Sequence[float],
    taus_w: Sequence[float],
) -> dict[str, Float[np.ndarray, "seeds taus"]]:
    """Count flips of the second layer by the best V', by a W' and by a random V'.

    Args:
        networks: networks with one member a seed, and inputs, shape ``(seeds, n, d)``.
        noise: one source of randomness a seed.
        taus_v: norms of V', positive.
        taus_w: norms of W', positive.

    Returns:
        Mean counts over networks, and over inputs (W' acts at the first input alone).
    """
    rows: dict[str, list[Tensor]] = {"by $V'$": [], "through $W'$": [], "random $V'$": []}
    for net, x in networks:
        z, n = three_layer.preactivations(net, x)
        # Drawn once, at norm 1: what goes into the gates is linear in V'.
        movement = z.relu() @ perturbations.random_second(net.V, 1.0, noise).mT
        best = [adversary.second_layer_flips(n, z.relu(), tau).double() for tau in taus_v]
        through = [through_first_layer(net, x, tau) for tau in taus_w]
        random = [flips(n, tau * movement).mean(dim=1) for tau in taus_v]
        rows["by $V'$"].append(torch.stack(best).mean(dim=2))
        rows["through $W'$"].append(torch.stack(through))
        rows["random $V'$"].append(torch.stack(random))
    return {name: torch.stack(counts).mean(dim=0).T.numpy() for name, counts in rows.items()}


def through_first_layer(
    net: ThreeLayer, x: Float[Tensor, "e n d"], tau_w: float
) -> Float[Tensor, " e"]:
    """Count gates of the second layer that a W' flips at the first input: a lower bound.

    Args:
        net: initial weights.
        x: inputs, unit vectors.
        tau_w: norm of W', positive.

    Returns:
        How many flip, for each member.
    """
    movement = adversary.through_first_layer(net, x[:, 0], tau_w)
    before = three_layer.gates(net, x[:, :1])
    return three_layer_sign_changes(before, net.moved(movement), x[:, :1]).second


def flips_at_norms(
    net: ThreeLayer,
    x: Float[Tensor, "e n d"],
    norms: pd.DataFrame,
    noise: Sequence[Generator],
) -> dict[str, Float[np.ndarray, "2 e"]]:
    """Count flips of both layers by the best and by random movements of given norms.

    Args:
        net: initial weights, one member a seed.
        x: inputs, unit vectors.
        norms: a row a seed with ``tau_w`` and ``tau_v``, positive.
        noise: one source of randomness a seed.

    Returns:
        Mean counts over inputs, one row a layer. For the second layer the adversary moves V alone.
    """
    z, n = three_layer.preactivations(net, x)
    tau_w, tau_v = (torch.tensor(norms[name].to_numpy()) for name in ("tau_w", "tau_v"))
    dW = perturbations.random_first(net.W, tau_w, noise)
    moved = net.moved(dW, perturbations.random_second(net.V, tau_v, noise))
    # The adversary takes one norm for all members; only the ratio of inputs to norms matters.
    first = adversary.first_layer_flips(z / tau_w[:, None, None], 1.0)
    second = adversary.second_layer_flips(n / tau_v[:, None, None], z.relu(), 1.0)
    best = [counts.double().mean(dim=1) for counts in (first, second)]
    random = three_layer_sign_changes(three_layer.gates(net, x), moved, x)
    return {"best adversary": torch.stack(best).numpy(), "random": torch.stack([*random]).numpy()}


def flip_bounds(norms: pd.DataFrame, m: int) -> Float[np.ndarray, "2 seeds"]:
    """Return the bounds of Lemma 6.5 on flips of both layers, one row a layer.

    Args:
        norms: a row a seed with ``tau_w`` and ``tau_v``.
        m: width of both layers.
    """
    tau_w, tau_v = norms["tau_w"].to_numpy(), norms["tau_v"].to_numpy()
    first = perturbations.first_bound(tau_w, m)
    return np.stack([first, perturbations.second_bound(tau_w, tau_v, m, m)])


class CrossTermCheck(NamedTuple):
    """The cross term by its definition against its closed form, one number a seed.

    Attributes:
        identity: largest difference over draws of the signs, relative to the standard deviation;
            at least :data:`ROUNDING`.
        mean: largest |g'(S) + g'(-S)|, relative and bounded likewise.
        variance: mean square over draws, relative to the closed form of the variance.
    """

    identity: np.ndarray
    mean: np.ndarray
    variance: np.ndarray


def check_cross_term(
    net: ThreeLayer,
    x: Float[Tensor, "e 1 d"],
    movements: tuple[Tensor, Tensor],
    signs: Float[Tensor, "e s m1"],
    eta: float,
) -> CrossTermCheck:
    """Compare the cross term of Lemma 6.5 with its closed form eta <signs, c>, draw by draw.

    Args:
        net: the current weights, whose gates are frozen.
        x: one unit vector for each member.
        movements: W'' and V''.
        signs: draws of the diagonal of S; the first 50 are tried with opposite signs too.
        eta: step size.

    Returns:
        What the comparison gives, one number for each member.
    """
    frozen = three_layer.gates(net, x)

    def by_definition(s: Tensor) -> Tensor:
        return cross_term.cross_term(net, x, frozen, *movements, s, eta).flatten()

    measured = torch.stack([by_definition(s) for s in signs.unbind(dim=1)], dim=1)
    opposite = torch.stack([by_definition(-s) for s in signs[:, :50].unbind(dim=1)], dim=1)
    c = cross_term.coefficients(net, x, frozen, *movements).flatten(1)
    std = eta * c.norm(dim=1, keepdim=True)
    off = ((measured - eta * (signs @ c.unsqueeze(2))[:, :, 0]) / std).abs().amax(dim=1)
    odd = ((measured[:, :50] + opposite) / std).abs().amax(dim=1)
    ratio = measured.square().mean(dim=1) / std[:, 0].square()
    return CrossTermCheck(
        off.clamp_min(ROUNDING).numpy(), odd.clamp_min(ROUNDING).numpy(), ratio.numpy()
    )


def std_over_eta(
    net: ThreeLayer,
    x: Float[Tensor, "e 1 d"],
    dW: Float[Tensor, "e m1 d"] | None = None,
    dV: Float[Tensor, "e m2 m1"] | None = None,
) -> Float[Tensor, " e"]:
    """Return the standard deviation of the cross term over eta, ||p * z + q * u||_2.

    Args:
        net: the current weights, whose gates are frozen.
        x: one unit vector for each member.
        dW: W''; not moved if ``None``.
        dV: V''; not moved if ``None``.
    """
    dW = torch.zeros_like(net.W) if dW is None else dW
    dV = torch.zeros_like(net.V) if dV is None else dV
    frozen = three_layer.gates(net, x)
    return cross_term.coefficients(net, x, frozen, dW, dV).flatten(1).norm(dim=1)


def strong_coupling_errors(
    net: ThreeLayer,
    x: Float[Tensor, "e 1 d"],
    signs: Float[Tensor, "e s m1"],
    tau_w: float,
    tau_v: float,
) -> dict[str, Float[Tensor, " e"]]:
    """Return the mean error of Lemma 6.11 at the movements that are worst with and without S.

    Args:
        net: initial weights.
        x: one unit vector for each member.
        signs: draws of the diagonal of S.
        tau_w: norm of W', positive.
        tau_v: norm of V', positive.

    Returns:
        The error for W' and for V', with S and without. With S, the worse of two W': the one of
        largest variance, and one that pushes neurons across zero.
    """

    def error(s: Tensor | None, dW: Tensor | None = None, dV: Tensor | None = None) -> Tensor:
        return strong_coupling.coupling_error(net, x, dW, dV, s).abs().mean(dim=(1, 2))

    varying = error(signs, cross_term.worst_first(net, x, tau_w))
    flipping = error(signs, _crossing(net, x, tau_w))
    alone_W = strong_coupling.worst_first_without_signs(net, x, tau_w)
    alone_V = strong_coupling.worst_second_without_signs(net, x, tau_v)
    return {
        "$W'$, with Σ": torch.maximum(varying, flipping),
        "$W'$, without": error(None, alone_W),
        "$V'$, with Σ": error(signs, dV=cross_term.worst_second(net, x, tau_v)),
        "$V'$, without": error(None, dV=alone_V),
    }


def size_bound(m: int) -> float:
    """Return the bound of Lemma 6.5 on the cross term over eta at tau_w = m^(-3/4), tau_v = 1.

    Args:
        m: width of both layers.
    """
    return cross_term.size_bound(m, m, m**cross_term.RADIUS_POWER, 1.0)


class GapByEta(NamedTuple):
    """What Lemma 6.9 bounds, for several step sizes; shape ``(seeds, etas)``.

    Attributes:
        mean: E |P - P'|.
        flips: expected number of gates that the step changes.
    """

    mean: np.ndarray
    flips: np.ndarray


def gap_by_eta(gaps: Sequence[SmoothingGap]) -> GapByEta:
    """Put the gaps of several step sizes side by side.

    Args:
        gaps: one a step size.

    Returns:
        The means and the flips, one column a step size.
    """
    mean, flips = (torch.stack(each, dim=1).numpy() for each in zip(*gaps, strict=True))
    return GapByEta(mean, flips)


def relative_gaps(
    networks: Iterable[tuple[ThreeLayer, Tensor]],
    noise: Sequence[Generator],
    signs: Sequence[Generator],
    n: int,
) -> dict[str, Float[np.ndarray, " seeds"]]:
    """Measure E |P - P'| relative to its bound of Lemma 6.9, by W'' alone and by V'' alone.

    The scales are those at which every term of the bound is attained: rows of W'' of length 1/m
    along x, rows of V'' of length m^(-1/2) anywhere, and noise m^(-1/2) in both layers, which is
    as wide as what goes into the gates.

    Args:
        networks: networks with one member a seed and m1 = m2, and inputs, of which the first is
            taken.
        noise: one source of randomness a seed, for V''.
        signs: one source of randomness a seed, for the noise of the smoothing and the signs.
        n: draws of the noise.

    Returns:
        The mean over networks for each seed, by the name of what moves.
    """
    rows: dict[str, list[Tensor]] = {"$W''$ alone": [], "$V''$ alone": []}
    for net, points in networks:
        x, root = points[:, :1], net.widths[0] ** 0.5
        dW = (x / root**2).expand_as(net.W)
        dV = torch.nn.functional.normalize(perturbations.random_second(net.V, 1.0, noise), dim=2)
        rows["$W''$ alone"].append(_relative_gap(net, x, (dW, 0 * net.V), signs, n))
        rows["$V''$ alone"].append(_relative_gap(net, x, (0 * net.W, dV / root), signs, n))
    return {name: torch.stack(each).mean(dim=0).numpy() for name, each in rows.items()}


def scales_table(rows: Sequence[tuple[str, float | None, float]]) -> pd.DataFrame:
    """Return how far theory and run differ, in words.

    Args:
        rows: a quantity, its value in theory if it has one, and that of the run.
    """
    words = [
        (name, "" if theory is None else f"{theory:.3g}", f"{run:.2g}")
        for name, theory, run in rows
    ]
    return pd.DataFrame(words, columns=["quantity", "theory", "run"]).set_index("quantity")


def mean_over_networks(
    measure: Callable[[ThreeLayer, Tensor, float], Mapping[str, Tensor]],
    networks: Iterable[tuple[ThreeLayer, Tensor]],
) -> dict[str, Float[np.ndarray, " seeds"]]:
    """Measure several networks at their first input and the radius of Table 1.

    Args:
        measure: of a network, an input and tau_w = m1^(-3/4): one number a seed, by name.
        networks: networks with one member a seed, and inputs, shape ``(seeds, n, d)``.

    Returns:
        The mean over networks for each seed.
    """
    rows = [measure(net, x[:, :1], net.widths[0] ** cross_term.RADIUS_POWER) for net, x in networks]
    return {name: torch.stack([row[name] for row in rows]).mean(dim=0).numpy() for name in rows[0]}


def joined(rows: Iterable[Row]) -> dict[str, np.ndarray]:
    """Join measurements at several widths along their last axis, which they have already.

    Args:
        rows: one a width, all with the same names.

    Returns:
        The measurements by name, the widths in the order of the rows.
    """
    return {name: np.concatenate(values, axis=-1) for name, values in _by_name(rows).items()}


def stacked(rows: Iterable[Row]) -> dict[str, np.ndarray]:
    """Stack measurements at several widths along a new last axis.

    Args:
        rows: one a width, all with the same names.

    Returns:
        The measurements by name, one entry a width in the order of the rows.
    """
    return {name: np.stack(values, axis=-1) for name, values in _by_name(rows).items()}


def _by_name(rows: Iterable[Row]) -> dict[str, list[np.ndarray]]:
    every = list(rows)
    return {name: [row[name] for row in every] for name in every[0]}


def _relative_gap(
    net: ThreeLayer,
    x: Tensor,
    movements: tuple[Tensor, Tensor],
    generators: Sequence[Generator],
    n: int,
) -> Float[Tensor, " e"]:
    """Return E |P - P'| over eta^2 times the coefficient of the movements' longest rows."""
    (m1, m2), sigma = net.widths, net.widths[0] ** -0.5
    eta, scales = FEW_FLIPS * sigma, {"sigma_w": sigma, "sigma_v": sigma}
    (gap,) = smoothing.smoothed_gap(net, x, *movements, [eta], n=n, generators=generators, **scales)
    tau_w, tau_v = (move.norm(dim=2).max().item() for move in movements)
    return gap.mean / (
        eta**2 * smoothing.gap_coefficient(m1, m2, tau_w=tau_w, tau_v=tau_v, **scales)
    )


def _crossing(net: ThreeLayer, x: Tensor, tau_w: float) -> Tensor:
    """Return the W' that pushes the neurons with q_i > 0 next to zero across it."""
    before = three_layer.preactivations(net, x)
    gaining = cross_term.backward(net, before.gates())[:, 0, 0] > 0
    z = before.first[:, 0]
    return adversary.first_layer_adversary(z, x[:, 0], tau_w, among=gaining, push=2.0)
