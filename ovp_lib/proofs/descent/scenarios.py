r"""Both scenarios of Lemma 6.7, as rates: a random direction, or decay of lambda.

The lemma says that for some W*, V* with ||W*||_F, ||V*||_F <= 1 and every small eta

    min(E_Sigma L'(lambda, W' + sqrt(eta) Sigma W*, V' + sqrt(eta) V* Sigma),
        L'((1 - eta) lambda, W', V'))  <=  (1 - eta gamma / 4) L'(lambda, W', V').

A change of c eta L' is a rate c: the lemma asks one of both for a rate of at most -gamma / 4.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from ovp_lib.proofs.descent.objective import (
    Direction,
    Objective,
    Point,
    Rows,
    fair_signs,
    losses,
    passed,
    regulariser,
    variance,
)

AT_ONCE = 400
"""Rows that are passed at once."""


class Rate(NamedTuple):
    """A relative change per eta, with its standard error over rows.

    Attributes:
        rate: (after - before) / (eta before), one for each member.
        error: its standard error from the draws.
    """

    rate: Float[Tensor, " e"]
    error: Float[Tensor, " e"]


def decay_rate(point: Point, rows: Rows, objective: Objective) -> Rate:
    r"""Return the rate of the second scenario, for eta -> 0.

    With the squared loss, -d/d(log lambda) of the objective is

        -E[<f, f - y> + Var f] - lam_v lambda ||V'||_F^2 - 2 lam_w lambda^2 ||W'||_{2,4}^4.

    Args:
        point: where.
        rows: samples with their draws.
        objective: its numbers.

    Returns:
        The rate, negative where decay helps.
    """
    return _decay(point, _at_rest(point, rows, objective), objective)


def both_rates(
    point: Point,
    rows: Rows,
    objective: Objective,
    step: Direction,
    eta: float,
    generators: Sequence[Generator],
) -> tuple[Rate, Rate]:
    r"""Measure the rate of the first scenario at one eta, and :func:`decay_rate` on the same rows.

    Each row meets Sigma and -Sigma, which cancels the terms of first order in sqrt(eta); the
    regulariser's mean is exact.

    Args:
        point: where.
        rows: samples with their draws of W^rho and, for L'', of the objective's own Sigma.
        objective: its numbers.
        step: W* and V*.
        eta: size of the step, positive.
        generators: of Sigma, one for each member.

    Returns:
        Both rates with their standard errors.

    Raises:
        ValueError: if ``eta`` is not positive.
    """
    if not eta > 0:
        raise ValueError(f"a step needs eta > 0, got {eta}")
    net = point.net
    signs = fair_signs(net.b1, rows.x.shape[1], generators) * eta**0.5
    rest = _at_rest(point, rows, objective)
    after = []
    for some, turns in _parts(rows, signs):
        moved = (passed(point, some, objective, step, each) for each in (turns, -turns))
        ahead, back = (losses(net, some, forward, objective.lam) for forward in moved)
        after.append((ahead + back) / 2)
    whole = regulariser(point, objective)
    gained = regulariser(point, objective, step, eta) - whole
    change = (torch.cat(after, dim=1) - rest.before) / eta
    along = _rate(change, rest.before, gained / eta, whole)
    return along, _decay(point, rest, objective)


class _AtRest(NamedTuple):
    """Of each row, its loss and the slope of that under decay of lambda."""

    before: Float[Tensor, "e n"]
    change: Float[Tensor, "e n"]


def _at_rest(point: Point, rows: Rows, objective: Objective) -> _AtRest:
    net, lam, found = point.net, objective.lam, []
    for some, _ in _parts(rows, rows.x):
        forward = passed(point, some, objective)
        change = -(forward.f * (forward.f - some.y)).sum(dim=2) - variance(net, forward, lam)
        found.append((losses(net, some, forward, lam), change))
    return _AtRest(*(torch.cat(each, dim=1) for each in zip(*found, strict=True)))


def _decay(point: Point, rest: _AtRest, objective: Objective) -> Rate:
    whole = regulariser(point, objective)
    second = objective.lam_v * objective.lam * point.dV.square().sum(dim=(1, 2))
    # The regulariser has a term linear in lambda, ``second``, and a quadratic one, the rest.
    return _rate(rest.change, rest.before, second - 2 * whole, whole)


def _parts(rows: Rows, beside: Tensor) -> Iterator[tuple[Rows, Tensor]]:
    """Yield rows that fit a processor's cache, each with its part of another tensor."""
    for start in range(0, rows.x.shape[1], AT_ONCE):
        part = slice(start, start + AT_ONCE)
        first = None if rows.first is None else rows.first[:, part]
        signs = rows.signs if rows.signs.shape[1] == 1 else rows.signs[:, part]
        yield Rows(rows.x[:, part], rows.y[:, part], signs, first), beside[:, part]


def _rate(change: Tensor, before: Tensor, regular: Tensor, whole: Tensor) -> Rate:
    """Return the ratio of means of two columns of rows, with its linearised standard error."""
    total = before.mean(dim=1) + whole
    rate = (change.mean(dim=1) + regular) / total
    residual = change - rate.unsqueeze(1) * before
    error = residual.std(dim=1) / residual.shape[1] ** 0.5 / total
    return Rate(rate, error)
