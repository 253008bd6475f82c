"""The micro-kernels of the three-layer step (:mod:`ovp_lib.training.fused.three_layer`).

The three products with V keep a tile of the result in registers: ``plan.rows`` samples, or
``step`` neurons i, by two vectors of the other index.
"""

from typing import Any, no_type_check

from ovp_lib.training.fused.plan import TILES
from ovp_lib.training.fused.shared import add_to_sums, move
from ovp_lib.training.fused.vectors import Emit, micro_kernel

PAIR = range(2)
"""The vectors of a panel."""


@micro_kernel
@no_type_check
def hidden(emit: Emit, blocks, W, b1, m1, x, order, batch, H, padded) -> None:
    """Write H = relu(W x + b1)."""
    d, n = emit.plan.d, emit.lanes
    for block, group in emit.groups(blocks, emit.plan.group):
        offsets = [emit.mul(emit.add(block, v), n) for v in range(group)]
        w = [[emit.load(W, emit.add(emit.mul(m1, j), i)) for i in offsets] for j in range(d)]
        with emit.loop(batch) as s:
            row = emit.mul(emit.index(order, s), d)
            z = [emit.load(b1, i) for i in offsets]
            for j in range(d):
                x_j = emit.number(x, emit.add(row, j))
                z = [emit.fma(w[j][v], x_j, z[v]) for v in range(group)]
            for v, value in enumerate(z):
                to = _sample(emit, emit.add(block, v), s, padded)
                emit.store(emit.where(emit.on(value), value), H, to)


@micro_kernel
@no_type_check
def update(emit: Emit, blocks, V, M, H, D, batch, padded, lr, wd, momentum) -> None:
    """Move blocks of a panel: M' = mu M + sum_s H_s D_s^T + wd V, V' = V - lr M'."""
    n, step = emit.lanes, TILES[emit.plan.tile].step
    lr, wd, momentum = (emit.spread(value) for value in (lr, wd, momentum))
    with emit.loop(blocks) as block, emit.loop(n // step) as part:
        start = emit.mul(part, step)
        slots = [emit.variable(emit.zero) for _ in range(2 * step)]
        with emit.loop(batch) as s:
            d = [emit.load(D, emit.mul(emit.add(emit.mul(s, 2), c), n)) for c in PAIR]
            sample = emit.add(_sample(emit, block, s, padded), start)
            for i in range(step):
                h = emit.number(H, emit.add(sample, i))
                for c in PAIR:
                    emit.accumulate(slots[2 * i + c], h, d[c])
        first = emit.mul(emit.add(emit.mul(block, n), start), 2 * n)
        for index, slot in enumerate(slots):
            offset = emit.add(first, index * n)
            weight = emit.load(V, offset)
            pull = emit.fma(wd, weight, emit.read(slot))
            speed = emit.fma(momentum, emit.load(M, offset), pull)
            emit.store(speed, M, offset)
            emit.store(emit.minus(weight, emit.times(lr, speed)), V, offset)


@micro_kernel
@no_type_check
def forward(emit: Emit, blocks, V, H, Z, tiles, padded) -> None:
    """Add sum_i H_i V_i over blocks of a panel to Z[sample][lane of j]."""
    n, rows = emit.lanes, emit.plan.rows
    with emit.loop(tiles) as tile:
        first = emit.mul(tile, rows)
        offsets = [emit.add(emit.mul(first, 2 * n), c * n) for c in range(2 * rows)]
        slots = [emit.variable(emit.load(Z, offset)) for offset in offsets]
        with emit.loop(blocks) as block, emit.loop(n) as i:
            row = emit.mul(emit.add(emit.mul(block, n), i), 2 * n)
            v = [emit.load(V, emit.add(row, c * n)) for c in PAIR]
            start = emit.add(_sample(emit, block, first, padded), i)
            for s in range(rows):
                h = emit.number(H, emit.add(start, s * n))
                for c in PAIR:
                    emit.accumulate(slots[2 * s + c], h, v[c])
        for offset, slot in zip(offsets, slots, strict=True):
            emit.store(emit.read(slot), Z, offset)


@micro_kernel
@no_type_check
def outputs(emit: Emit, Z, b2, a, m2, j, padded, f, gates) -> None:
    """Add sum_j a_j relu(z_sj + b2_j) over a panel to each f_s; keep the gates, clear Z.

    The panel is that of neuron j and those behind it.
    """
    k, n = emit.plan.k, emit.lanes
    first = emit.builder.udiv(emit.whole(j), emit.whole(n))
    bias = [emit.load(b2, c * n) for c in PAIR]
    with emit.loop(padded) as s:
        offsets = [emit.add(emit.mul(s, 2 * n), c * n) for c in PAIR]
        z = [emit.plus(emit.load(Z, offsets[c]), bias[c]) for c in PAIR]
        gate = [emit.on(value) for value in z]
        for r in range(k):
            a_r = [emit.load(a, emit.add(emit.mul(m2, r), c * n)) for c in PAIR]
            terms = list(zip(gate, z, a_r, strict=True))
            add_to_sums(emit, f, emit.add(emit.mul(s, k), r), first, terms)
        for c in PAIR:
            emit.store_gate(gate[c], gates, emit.add(emit.mul(s, 2), c))
            # forward() adds to Z, and must find zeros in the next panel.
            emit.store(emit.zero, Z, offsets[c])


@micro_kernel
@no_type_check
def derivative(emit: Emit, scaled: bool, a, m2, residual, padded, gates, D) -> None:
    """Write D_sj = I[z_sj > 0] sum_r a_rj r_sr over a panel; not ``scaled``, with r = 1."""
    k, n = emit.plan.k, emit.lanes
    with emit.loop(padded) as s:
        down = [emit.zero for _ in PAIR]
        for r in range(k):
            number = emit.number(residual, emit.add(emit.mul(s, k), r)) if scaled else None
            for c in PAIR:
                a_r = emit.load(a, emit.add(emit.mul(m2, r), c * n))
                down[c] = emit.fma(a_r, number, down[c]) if scaled else emit.plus(a_r, down[c])
        for c in PAIR:
            offset = emit.add(emit.mul(s, 2), c)
            emit.store(emit.where(emit.load_gate(gates, offset), down[c]), D, emit.mul(offset, n))


@micro_kernel
@no_type_check
def backward(emit: Emit, blocks, V, D, T, P, tiles, padded) -> None:
    """Add sum_j D_j V_j over a panel to P[block][sample][lane of i]."""
    n, rows = emit.lanes, emit.plan.rows
    for block, wide in emit.groups(blocks, 2):
        # The sum runs over j here, so vectors must lie along i: V is turned once for all tiles.
        _turn(emit, V, block, wide, T)
        with emit.loop(tiles) as tile:
            first = emit.mul(tile, rows)
            starts = [_sample(emit, emit.add(block, u), first, padded) for u in range(wide)]
            offsets = [emit.add(start, s * n) for s in range(rows) for start in starts]
            slots = [emit.variable(emit.load(P, offset)) for offset in offsets]
            with emit.loop(2 * n) as j:
                v = [emit.load(T, emit.mul(emit.add(j, 2 * n * u), n)) for u in range(wide)]
                for s in range(rows):
                    d = emit.number(D, emit.add(emit.mul(emit.add(first, s), 2 * n), j))
                    for u in range(wide):
                        emit.accumulate(slots[s * wide + u], d, v[u])
            for offset, slot in zip(offsets, slots, strict=True):
                emit.store(emit.read(slot), P, offset)


@micro_kernel
@no_type_check
def first_layer(
    emit: Emit, blocks, W, M, m1, x, order, batch, residual, H, P, padded, lr, wd, quartic, momentum
) -> None:
    """Accumulate the gradient over the batch and move: G = sum_s r_s P_s I[H_s > 0] x_s.

    With more than one output P has the residuals in it already.
    """
    d, n = emit.plan.d, emit.lanes
    for block, group in emit.groups(blocks, emit.plan.group):
        total = [[emit.variable(emit.zero) for _ in range(group)] for _ in range(d)]
        with emit.loop(batch) as s:
            row = emit.mul(emit.index(order, s), d)
            offsets = [_sample(emit, emit.add(block, v), s, padded) for v in range(group)]
            # H = relu(z) is kept for the update of V, and tells the gates: none are stored.
            gate = [emit.on(emit.load(H, i)) for i in offsets]
            down = [emit.load(P, i) for i in offsets]
            if emit.plan.k == 1:
                down = [emit.times(emit.number(residual, s), value) for value in down]
            for j in range(d):
                x_j = emit.number(x, emit.add(row, j))
                for v in range(group):
                    emit.accumulate(total[j][v], down[v], x_j, gate[v])
        for v in range(group):
            i = emit.mul(emit.add(block, v), n)
            places = [emit.add(emit.mul(m1, j), i) for j in range(d)]
            gradient = [emit.read(total[j][v]) for j in range(d)]
            move(emit, W, M, places, gradient, [lr, wd, quartic, momentum])


def _sample(emit: Emit, block: Any, sample: Any, padded: Any) -> Any:
    """Return the offset of H[block][sample]."""
    return emit.mul(emit.add(emit.mul(block, padded), sample), emit.lanes)


def _turn(emit: Emit, V: Any, block: Any, wide: int, T: Any) -> None:
    """Write T[block][j][lane of i], the transpose of blocks of a panel."""
    n = emit.lanes
    with emit.loop(wide) as u, emit.loop(2) as c:
        row = emit.mul(emit.add(block, u), n)
        rows = [emit.mul(emit.add(row, i), 2 * n) for i in range(n)]
        square = [emit.load(V, emit.add(row, emit.mul(c, n))) for row in rows]
        to = emit.mul(emit.add(emit.mul(u, 2), c), n)
        for j, vector in enumerate(emit.transposed(square)):
            emit.store(vector, T, emit.mul(emit.add(to, j), n))
