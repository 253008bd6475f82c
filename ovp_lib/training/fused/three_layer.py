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

from numba import njit

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
from ovp_lib.training.fused.vectors import SIZE, address

BLOCKS = 4
"""How many blocks of a panel are updated, and then multiplied while in the first cache."""


@njit
@no_type_check
def through(text, ahead, behind, early, second, H, H_old, room, sizes, lr, wd, momentum):
    """Go through V once.

    Args:
        text: the plan.
        ahead: take this step's forward pass.
        behind: move V for the last step first.
        early: take this step's backward pass, too, as if residuals were 1.
        second: addresses of V, its momentum, b2 and a.
        H: address of the first layer's values.
        H_old: address of those of the last step.
        room: addresses of the scratch arrays.
        sizes: widths of the layers, lanes, samples, samples in whole tiles, tiles, and bytes of a
            panel's gates.
        lr: step size of V.
        wd: weight decay.
        momentum: mu.
    """
    V, M, b2, a = second
    P, gates, Z, D, T, f, residual = room
    m1, m2, n, batch, padded, tiles, line = sizes
    for j in range(0, m2, 2 * n):
        v, a_j, gate = SIZE * j * m1, a + SIZE * j, gates + j // (2 * n) * line
        if behind:
            # Gates and residuals are still the last step's: outputs() below writes the new gates.
            derivative(text, True, a_j, m2, residual, padded, gate, D)
        for block in range(0, m1 // n, BLOCKS):
            count = min(BLOCKS, m1 // n - block)
            start, h = v + SIZE * block * n * 2 * n, SIZE * block * n * padded
            # The update of the last step and the forward pass of this one share one trip through V.
            if behind:
                update(
                    text, count, V + start, M + start, H_old + h, D, batch, padded, lr, wd, momentum
                )
            if ahead:
                forward(text, count, V + start, H + h, Z, tiles, padded)
        if ahead:
            outputs(text, Z, b2 + SIZE * j, a_j, m2, j, padded, f, gate)
        if early:
            derivative(text, False, a_j, m2, residual, padded, gate, D)
            backward(text, m1 // n, V + v, D, T, P, tiles, padded)


@njit
@no_type_check
def back(text, second, room, sizes):
    """Go back through V with the residuals, which is what more than one output needs."""
    V, _, _, a = second
    P, gates, _, D, T, _, residual = room
    m1, m2, n, _, padded, tiles, line = sizes
    for j in range(0, m2, 2 * n):
        gate = gates + j // (2 * n) * line
        derivative(text, True, a + SIZE * j, m2, residual, padded, gate, D)
        backward(text, m1 // n, V + SIZE * j * m1, D, T, P, tiles, padded)


def compiled(plan: Plan, jit: Callable[..., Any]) -> Any:
    """Return the function that trains some members of an ensemble.

    Step t moves V with the gradient of step t - 1, so that the last move takes one more round than
    there are steps.

    Args:
        plan: what to compile for.
        jit: Numba's decorator.
    """
    text, n, d, k, rows = plan.text(), plan.lanes, plan.d, plan.k, plan.rows
    gate_bytes = 2 * max(1, n // 8)

    @jit
    @no_type_check
    def advance(weights, data, order, settings, momentum, trains, scratch, first, last):
        before = flush_denormals()
        W, MW, b1, V, MV, b2, a = weights
        (x, y), (train_W, train_V) = data, trains
        activations, inner, bits, partial, down, turned, sums, residual = scratch
        P, gates, Z, D = address(inner, 0), address(bits, 0), address(partial, 0), address(down, 0)
        T, f, r = address(turned, 0), address(sums, 0), address(residual, 0)
        room = (P, gates, Z, D, T, f, r)
        m1, m2, (steps, batch) = W.shape[2], b2.shape[1], order.shape[1:]
        tiles = -(-batch // rows)
        padded = tiles * rows
        sizes = (m1, m2, n, batch, padded, tiles, gate_bytes * padded)
        for e in range(first, last):
            W_, MW_, b1_ = address(W, e * d * m1), address(MW, e * d * m1), address(b1, e * m1)
            V_, MV_ = address(V, e * m1 * m2), address(MV, e * m1 * m2)
            second = (V_, MV_, address(b2, e * m2), address(a, e * k * m2))
            x_ = address(x, e % len(x) * x[0].size)
            lr, wd, quartic, lr_V = settings[e]
            for t in range(steps + 1):
                ahead, behind, early = (
                    t < steps,
                    train_V and t > 0,
                    train_W and t < steps and k == 1,
                )
                picked = address(order, (e * steps + t) * batch)
                H = address(activations, t % 2 * m1 * padded)
                H_old = address(activations, (t + 1) % 2 * m1 * padded)
                if ahead:
                    inner[:] = 0
                    sums[:] = 0
                    hidden(text, m1 // n, W_, b1_, m1, x_, picked, batch, H, padded)
                through(
                    text, ahead, behind, early, second, H, H_old, room, sizes, lr_V, wd, momentum
                )
                if not ahead:
                    break
                sum_rows(text, f, r, padded * k)
                subtract_labels(residual, y[e % len(y)], order[e, t])
                if train_W and k > 1:
                    back(text, second, room, sizes)
                if train_W:
                    first_layer(
                        text, m1 // n, W_, MW_, m1, x_, picked, batch, r, H, P, padded,
                        lr, wd, quartic, momentum,
                    )  # fmt: skip
        restore_denormals(before)

    return advance
