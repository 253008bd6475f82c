"""Targets of class (4.1) along coordinate axes: the same function for every data seed.

The law of the inputs and that of the initial weights do not change under rotations, so fixed
directions lose nothing. What differs between seeds is data and initial weights alone.
"""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ovp_lib.maths.smooth import SmoothFunction, polynomial
from ovp_lib.models.composite_targets import ThreeLayerTarget
from ovp_lib.models.inputs import padded_sphere, stream


def axis_target(
    outer: SmoothFunction,
    inner: SmoothFunction,
    second: SmoothFunction | None = None,
    *,
    d: int,
    p2: int = 1,
    n_seeds: int = 1,
) -> ThreeLayerTarget:
    r"""Return a target of class (4.1) with one term, along coordinate axes, of variance one.

        F*(x) = c Phi(sum_{j <= p2} phi_1(x_j) / sqrt(p2)) sum_{j <= p2} phi_2(x_{p2+j}) / sqrt(p2)

    Without ``second`` the last factor is 1: a standard three-layer network (Remark 4.1).

    Args:
        outer: Phi.
        inner: phi_1.
        second: phi_2, or ``None``.
        d: input dimension, the padded coordinate included.
        p2: functions in each factor, at least 1.
        n_seeds: members, which are all the same.

    Returns:
        The target in float64 on the CPU. Its variance is measured on the same points always.

    Raises:
        ValueError: if there are fewer axes than directions.

    Example:
        >>> from ovp_lib.maths.smooth import parse
        >>> target = axis_target(parse("z^2"), parse("z"), d=3, n_seeds=2)
        >>> x = padded_sphere(3)(1000, stream(1)).expand(2, -1, -1)
        >>> round(target(x)[0].var().item(), 1), bool((target(x)[0] == target(x)[1]).all())
        (1.0, True)
    """
    needed = p2 if second is None else 2 * p2
    if p2 < 1 or needed > d - 1:
        raise ValueError(
            f"p2 = {p2} needs {needed} axes and the padded coordinate, got d = {d} and p2 >= 1"
        )
    axes = torch.eye(d, dtype=torch.float64)
    v1 = torch.full((1, 1, p2), p2**-0.5, dtype=torch.float64)
    v2 = v1 if second is not None else torch.eye(1, p2, dtype=torch.float64)[None]
    w2 = axes[needed - p2 : needed]
    one = ThreeLayerTarget(
        (outer,),
        (inner,) * p2,
        (second or polynomial(1.0),) * p2,
        axes[None, :p2],
        w2[None],
        v1,
        v2,
        torch.ones(1, 1, 1, dtype=torch.float64),
    ).normalised(padded_sphere(d), [stream(0)])
    return _repeated(one, n_seeds)


def _repeated(target: ThreeLayerTarget, n_seeds: int) -> ThreeLayerTarget:
    def rows(part: Tensor) -> Tensor:
        return part.expand(n_seeds, *part.shape[1:])

    names = ("w1", "w2", "v1", "v2", "a")
    weights: dict[str, Any] = {name: rows(getattr(target, name)) for name in names}
    scale = None if target.scale is None else rows(target.scale)
    return replace(target, **weights, scale=scale)
