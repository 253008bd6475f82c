"""The numbers of Lemma 6.3's interactive figure: three h for any phi, behind the gate.

Two of the three are linear in the Taylor coefficients of phi, so that a term for each power serves
every phi, a reader's own included. The third solves a linear program for each phi.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ovp_lib.maths import smooth
from ovp_lib.maths.smooth import SmoothFunction
from ovp_lib.pages.instrument import NumberSource, rounded
from ovp_lib.pages.lemma_6_3_indicator_to_function.statement import QUICK
from ovp_lib.proofs.hermite_indicator import HermiteIndicator
from ovp_lib.proofs.indicator import least_norm_indicator, taylor_indicator
from ovp_lib.proofs.minimal_sup import least_sup_indicator

X1 = torch.linspace(-1, 1, 41, dtype=torch.float64)
ALPHA1 = torch.linspace(-3.5, 3.5, 57, dtype=torch.float64)
B0 = torch.linspace(-1.2, 1.2, 61, dtype=torch.float64)


def data(_: NumberSource) -> Mapping[str, Any]:
    """Return what the script combines.

    Returns:
        The grids; ``phi`` by name, each with Taylor coefficients ``c``, ``values`` on x1 and its
        ``least_sup``; ``kinds``, the h that are linear in the coefficients, each with the factor
        ``outer`` in b0 and the ``terms`` on x1 of every power; their common factor ``inner`` in
        alpha1; and the ``edges`` of the cells of the third h.
    """
    most = QUICK.degree
    powers = smooth.polynomial(*[1.0] * (most + 1))
    papers = taylor_indicator(powers, most, QUICK.clip)
    least_norm = least_norm_indicator(powers, most, QUICK.clip)
    functions = {name: smooth.parse(name) for name in QUICK.phis}
    return {
        "x1": X1,
        "alpha1": ALPHA1,
        "b0": B0,
        "eps": QUICK.accuracy,
        "start": QUICK.phi,
        "phi": {name: _of(phi) for name, phi in functions.items()},
        "kinds": {"the paper's": _parts(papers), "of least norm": _parts(least_norm)},
        "inner": _short(papers.inner(ALPHA1)),
        "edges": _short(least_sup_indicator(functions[QUICK.phi], QUICK.accuracy).alpha_edges),
    }


def _of(phi: SmoothFunction) -> dict[str, Any]:
    h = least_sup_indicator(phi, QUICK.accuracy, cells=QUICK.cells)
    return {
        "c": phi.coefficients(QUICK.degree),
        "values": phi(X1),
        "least_sup": {
            "sup": h.sup(),
            "cells": _short(h.values / h.sup(), 3),
            "values": _short(h.expectation(X1), 7),
        },
    }


def _parts(h: HermiteIndicator) -> dict[str, Any]:
    return {"outer": _short(h.outer(B0), 5), "terms": h.terms(X1)}


def _short(values: Tensor, digits: int = 6) -> Any:
    """Return nested lists of numbers with few digits."""
    if values.ndim > 1:
        return [_short(row, digits) for row in values]
    return [rounded(value, digits) for value in values.tolist()]
