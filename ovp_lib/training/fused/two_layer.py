"""The step of a two-layer network: a group of neurons is loaded once for a whole batch.

Neurons lie along the lanes of vectors, in groups:

    W[group][input][neuron]

A group goes through the batch with its weights in registers: forward for all groups, then, with the
residuals known, backward and move. Gates are kept as bits in between. Widths are padded with zeros
to a whole number of groups.
"""

from collections.abc import Callable
from typing import Any, no_type_check

from ovp_lib.training.fused.plan import Plan
from ovp_lib.training.fused.shared import (
    add_to_sums,
    flush_denormals,
    move,
    restore_denormals,
    subtract_labels,
    sum_rows,
)
from ovp_lib.training.fused.vectors import Emit, address, micro_kernel


@micro_kernel
@no_type_check
def forward(emit: Emit, groups, W, b, a, m, x, order, batch, f, gates) -> None:
    """Add sum_i a_i relu(<w_i, x_s> + b_i) to each f_s, still in partial sums."""
    d, k, n, group = emit.plan.d, emit.plan.k, emit.lanes, emit.plan.group
    with emit.loop(groups) as g:
        offsets = [emit.add(emit.mul(g, group * n), v * n) for v in range(group)]
        w = [[emit.load(W, place) for place in places(emit, g, v)] for v in range(group)]
        with emit.loop(batch) as s:
            row = emit.mul(emit.index(order, s), d)
            z = [emit.load(b, i) for i in offsets]
            for j in range(d):
                x_j = emit.number(x, emit.add(row, j))
                z = [emit.fma(w[v][j], x_j, z[v]) for v in range(group)]
            gate = [emit.on(value) for value in z]
            for r in range(k):
                a_r = [emit.load(a, emit.add(emit.mul(m, r), i)) for i in offsets]
                out, terms = emit.add(emit.mul(s, k), r), list(zip(gate, z, a_r, strict=True))
                add_to_sums(emit, f, out, emit.mul(g, group), terms)
            first = emit.mul(emit.add(emit.mul(g, batch), s), group)
            for v in range(group):
                emit.store_gate(gate[v], gates, emit.add(first, v))


@micro_kernel
@no_type_check
def backward(
    emit: Emit, groups, W, M, a, m, x, order, batch, residual, gates, lr, wd, quartic, momentum
) -> None:
    """Accumulate the gradient over the batch and move: G = sum_s a^T r_s I[z_s > 0] x_s."""
    d, k, n, group = emit.plan.d, emit.plan.k, emit.lanes, emit.plan.group
    with emit.loop(groups) as g:
        offsets = [emit.add(emit.mul(g, group * n), v * n) for v in range(group)]
        total = [[emit.variable(emit.zero) for _ in offsets] for _ in range(d)]
        with emit.loop(batch) as s:
            row = emit.mul(emit.index(order, s), d)
            first = emit.mul(emit.add(emit.mul(g, batch), s), group)
            down = down_to(emit, a, m, offsets, residual, s)
            gate = [emit.load_gate(gates, emit.add(first, v)) for v in range(group)]
            for j in range(d):
                x_j = emit.number(x, emit.add(row, j))
                for v in range(group):
                    emit.accumulate(total[j][v], down[v], x_j, gate[v])
        for v, i in enumerate(offsets):
            gradient = [emit.read(total[j][v]) for j in range(d)]
            if k == 1:
                gradient = [emit.times(emit.load(a, i), g_j) for g_j in gradient]
            move(emit, W, M, places(emit, g, v), gradient, [lr, wd, quartic, momentum])


def places(emit: Emit, g: Any, v: int) -> list[Any]:
    """Return the offsets of the weights of one vector of a group."""
    d, group, n = emit.plan.d, emit.plan.group, emit.lanes
    return [
        emit.mul(emit.add(emit.mul(emit.add(emit.mul(g, d), j), group), v), n) for j in range(d)
    ]


def down_to(emit: Emit, a: Any, m: Any, offsets: list[Any], residual: Any, s: Any) -> list[Any]:
    """Return sum_r a_r residual_r for each vector of neurons; a single output's a comes later."""
    k = emit.plan.k
    numbers = [emit.number(residual, emit.add(emit.mul(s, k), r)) for r in range(k)]
    # With one output a is a factor of the whole sum over the batch, and is multiplied in only once.
    if k == 1:
        return numbers * len(offsets)
    down = [emit.zero] * len(offsets)
    for r in range(k):
        for v, i in enumerate(offsets):
            down[v] = emit.fma(emit.load(a, emit.add(emit.mul(m, r), i)), numbers[r], down[v])
    return down


def compiled(plan: Plan, jit: Callable[..., Any]) -> Any:
    """Return the function that trains some members of an ensemble.

    Args:
        plan: what to compile for.
        jit: Numba's decorator.
    """
    text, d, k = plan.text(), plan.d, plan.k

    @jit
    @no_type_check
    def advance(weights, data, order, settings, momentum, trains, scratch, first, last):  # noqa: ARG001
        before = flush_denormals()
        W, M, b, a = weights
        x, y = data
        sums, residual, bits = scratch
        f, r, gates = address(sums, 0), address(residual, 0), address(bits, 0)
        groups, m, (steps, batch) = W.shape[1], b.shape[1], order.shape[1:]
        for e in range(first, last):
            W_, M_, b_ = address(W, e * d * m), address(M, e * d * m), address(b, e * m)
            # Data that all members share have length 1, for which every e % len(x) is 0.
            a_, x_ = address(a, e * k * m), address(x, e % len(x) * x[0].size)
            lr, wd, quartic, _ = settings[e]
            for t in range(steps):
                rows = address(order, (e * steps + t) * batch)
                sums[:] = 0
                forward(text, groups, W_, b_, a_, m, x_, rows, batch, f, gates)
                sum_rows(text, f, r, batch * k)
                subtract_labels(residual, y[e % len(y)], order[e, t])
                backward(
                    text,
                    groups,
                    W_,
                    M_,
                    a_,
                    m,
                    x_,
                    rows,
                    batch,
                    r,
                    gates,
                    lr,
                    wd,
                    quartic,
                    momentum,
                )
        # The thread may be the caller's, whose own arithmetic must keep denormal numbers.
        restore_denormals(before)

    return advance
