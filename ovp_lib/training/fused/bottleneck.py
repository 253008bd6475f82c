"""The step of the bottleneck ResNet: two two-layer networks, the second on what the first says.

out1(x) = A relu(W x + b1),  out(x) = out1(x) + A relu(V out1(x) + b2)

Both are laid out and trained as in :mod:`ovp_lib.training.fused.two_layer`; between them, the
residuals go back through the second to its inputs.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, no_type_check

import numpy as np

from ovp_lib.training.fused.plan import Plan
from ovp_lib.training.fused.shared import (
    add_to_sums,
    flush_denormals,
    restore_denormals,
    subtract_labels,
    sum_rows,
)
from ovp_lib.training.fused.two_layer import backward, down_to, forward, places
from ovp_lib.training.fused.vectors import Emit, address, micro_kernel

ZERO = np.float32(0)


@micro_kernel
@no_type_check
def pull(emit: Emit, groups, V, a, m, batch, residual, gates, back) -> None:
    """Add sum_i (a^T r_s)_i I[z_si > 0] v_i to each back_s, still in partial sums."""
    d, k, n, group = emit.plan.d, emit.plan.k, emit.lanes, emit.plan.group
    with emit.loop(groups) as g:
        offsets = [emit.add(emit.mul(g, group * n), v * n) for v in range(group)]
        w = [[emit.load(V, place) for place in places(emit, g, v)] for v in range(group)]
        with emit.loop(batch) as s:
            first = emit.mul(emit.add(emit.mul(g, batch), s), group)
            gate = [emit.load_gate(gates, emit.add(first, v)) for v in range(group)]
            down = down_to(emit, a, m, offsets, residual, s)
            if k == 1:
                down = [emit.times(emit.load(a, i), value) for i, value in zip(offsets, down)]  # noqa: B905
            for j in range(d):
                terms = [(gate[v], down[v], w[v][j]) for v in range(group)]
                add_to_sums(emit, back, emit.add(emit.mul(s, d), j), emit.mul(g, group), terms)


def compiled(plan: Plan, jit: Callable[..., Any]) -> Any:
    """Return the function that trains some members of an ensemble.

    Args:
        plan: what to compile for.
        jit: Numba's decorator.
    """
    upper = replace(plan, d=plan.k)
    lower_text, upper_text, d, k, n = plan.text(), upper.text(), plan.d, plan.k, plan.lanes
    lower_size, upper_size = n * plan.group, n * upper.group

    @jit
    @no_type_check
    def advance(weights, data, order, settings, momentum, trains, scratch, first, last):
        before = flush_denormals()
        W, MW, b1, V, MV, b2, A = weights
        (x, y), (train_W, train_V) = data, trains
        sums, inner, outer, residual, low_bits, high_bits, bits = scratch
        rows = bits.view(np.int32)
        f, out1, out, r = (
            address(sums, 0),
            address(inner, 0),
            address(outer, 0),
            address(residual, 0),
        )
        low, high, every = address(low_bits, 0), address(high_bits, 0), address(rows, 0)
        m, (steps, batch) = b1.shape[1], order.shape[1:]
        lower, higher = m // lower_size, m // upper_size
        for s in range(batch):
            rows[s] = s
        for e in range(first, last):
            W_, MW_, b1_ = address(W, e * d * m), address(MW, e * d * m), address(b1, e * m)
            V_, MV_, b2_ = address(V, e * k * m), address(MV, e * k * m), address(b2, e * m)
            A_, x_ = address(A, e * k * m), address(x, e % len(x) * x[0].size)
            lr, wd, quartic, lr_V = settings[e]
            for t in range(steps):
                picked = address(order, (e * steps + t) * batch)
                sums[:] = 0
                forward(lower_text, lower, W_, b1_, A_, m, x_, picked, batch, f, low)
                sum_rows(lower_text, f, out1, batch * k)
                # The sums are not cleared: the output is out1 plus what the second network adds.
                forward(upper_text, higher, V_, b2_, A_, m, out1, every, batch, f, high)
                sum_rows(upper_text, f, r, batch * k)
                subtract_labels(residual, y[e % len(y)], order[e, t])
                sums[:] = 0
                # Residuals go back through V as it was in the forward pass, so before it moves.
                pull(upper_text, higher, V_, A_, m, batch, r, high, f)
                sum_rows(upper_text, f, out, batch * k)
                # out1 is a part of the output, too: to it the residuals go back as they are.
                outer += residual
                if train_V:
                    backward(
                        upper_text, higher, V_, MV_, A_, m, out1, every, batch, r, high,
                        lr_V, wd, ZERO, momentum,
                    )  # fmt: skip
                if train_W:
                    backward(
                        lower_text, lower, W_, MW_, A_, m, x_, picked, batch, out, low,
                        lr, wd, quartic, momentum,
                    )  # fmt: skip
        restore_denormals(before)

    return advance
