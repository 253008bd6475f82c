"""The step of a three-layer network: V is read and written once.

V lies in panels, each for two vectors of second-layer neurons j:

    V[panel][i][lane of j]

A single output's residual factors out of the backward pass: the derivative of the output in z2_j
is a_j I[z2_j > 0], known before the residual is. So the last step's update, this step's forward and
its backward run on one panel while it is in the cache. More outputs need a second pass for the
backward.
Values of the first layer lie in blocks, one for each vector of neurons i, with the batch inside:

    H[block][sample][lane of i]

so that the rows of a tile, neurons or samples, are a constant distance apart. Batches are padded to
whole tiles, neurons to whole vectors, with zeros.
"""

from collections.abc import Callable
from typing import Any, no_type_check

from ovp_lib.training.fused.plan import Plan
from ovp_lib.training.fused.shared import (
    flush_denormals,
    restore_denormals,
    subtract_labels,
    sum_rows,
)
from ovp_lib.training.fused.tiles import (
    backward,
    derivative,
    first_layer,
    forward,
    hidden,
    outputs,
    update,
)
from ovp_lib.training.fused.vectors import address

BLOCKS = 4
"""How many blocks of a panel are updated, and then multiplied while in the first cache."""


def compiled(plan: Plan, jit: Callable[..., Any]) -> Any:
    """Return the function that trains some members of an ensemble.

    Step t moves V with the gradient of step t - 1. One round more than there are steps leaves
    nothing to be done.

    Args:
        plan: what to compile for.
        jit: Numba's decorator.
    """
    text, n, d, k, rows = plan.text(), plan.lanes, plan.d, plan.k, plan.rows
    panel, line = 2 * n, 2 * max(1, n // 8)

    @jit
    @no_type_check
    def advance(weights, data, order, settings, momentum, trains, scratch, first, last):
        before = flush_denormals()
        W, MW, b1, V, MV, b2, a = weights
        x, y = data
        both, back, bits, partial, down, turned, sums, residual = scratch
        P, gates, Z, D = address(back, 0), address(bits, 0), address(partial, 0), address(down, 0)
        T, f, r = address(turned, 0), address(sums, 0), address(residual, 0)
        m1, m2, (steps, batch) = W.shape[2], b2.shape[1], order.shape[1:]
        blocks, tiles = m1 // n, -(-batch // rows)
        padded = tiles * rows
        train_W, train_V = trains
        for e in range(first, last):
            W_, MW_, b1_ = address(W, e * d * m1), address(MW, e * d * m1), address(b1, e * m1)
            x_ = address(x, e % len(x) * x[0].size)
            lr, wd, quartic = settings[e]
            for t in range(steps + 1):
                ahead, behind = t < steps, train_V and t > 0
                H = address(both, t % 2 * m1 * padded)
                H_old = address(both, (t + 1) % 2 * m1 * padded)
                picked = address(order, (e * steps + t) * batch)
                if ahead:
                    back[:] = 0
                    sums[:] = 0
                    hidden(text, blocks, W_, b1_, m1, x_, picked, batch, H, padded)
                for j in range(0, m2, panel):
                    V_, MV_ = address(V, (e * m2 + j) * m1), address(MV, (e * m2 + j) * m1)
                    a_, b2_ = address(a, e * k * m2 + j), address(b2, e * m2 + j)
                    gates_ = gates + j // panel * padded * line
                    if behind:
                        derivative(text, True, a_, m2, r, padded, gates_, D)
                    for block in range(0, blocks, BLOCKS):
                        count = min(BLOCKS, blocks - block)
                        v, h = 4 * block * n * panel, 4 * block * n * padded
                        if behind:
                            update(
                                text, count, V_ + v, MV_ + v, H_old + h, D, batch, padded,
                                lr, wd, momentum,
                            )  # fmt: skip
                        if ahead:
                            forward(text, count, V_ + v, H + h, Z, tiles, padded)
                    if ahead:
                        outputs(text, Z, b2_, a_, m2, padded, f, gates_)
                    if ahead and train_W and k == 1:
                        derivative(text, False, a_, m2, r, padded, gates_, D)
                        backward(text, blocks, V_, D, T, P, tiles, padded)
                if not ahead:
                    break
                sum_rows(text, f, r, padded * k)
                subtract_labels(residual, y[e % len(y)], order[e, t])
                if train_W and k > 1:
                    for j in range(0, m2, panel):
                        a_, V_ = address(a, e * k * m2 + j), address(V, (e * m2 + j) * m1)
                        gates_ = gates + j // panel * padded * line
                        derivative(text, True, a_, m2, r, padded, gates_, D)
                        backward(text, blocks, V_, D, T, P, tiles, padded)
                if train_W:
                    first_layer(
                        text, blocks, W_, MW_, m1, x_, picked, batch, r, H, P, padded,
                        lr, wd, quartic, momentum,
                    )  # fmt: skip
        restore_denormals(before)

    return advance
