"""Parts that the kernels of all networks share: denormal numbers, residuals, and the move of W."""

import platform
from typing import Any, no_type_check

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from ovp_lib.training.fused.plan import ARM, SUMS
from ovp_lib.training.fused.vectors import I8, I32, I64, Emit, call, local, micro_kernel

FLUSH_X86 = 0x8040
"""Bits of MXCSR that take denormal operands (DAZ) and results (FTZ) for zero."""

FLUSH_ARM = 1 << 24
"""Bit of FPCR that does both."""


@intrinsic
@no_type_check
def flush_denormals(_context: Any) -> Any:
    """Make this thread treat denormal numbers as zero; return what to restore.

    The momentum of a unit that died, without weight decay, halves every seven steps: after a
    thousand steps it is denormal, and each operation on it many times slower.
    """

    def codegen(_: Any, builder: ir.IRBuilder, _signature: Any, _values: Any) -> ir.Value:
        before = _control(builder)
        flag = FLUSH_ARM if _is_arm() else FLUSH_X86
        _set_control(builder, builder.or_(before, ir.Constant(I64, flag)))
        return before

    return types.int64(), codegen


@intrinsic
@no_type_check
def restore_denormals(_context: Any, before: Any) -> Any:  # noqa: ARG001 (typed as given)
    """Undo :func:`flush_denormals`."""

    def codegen(_: Any, builder: ir.IRBuilder, _signature: Any, values: Any) -> ir.Value:
        _set_control(builder, values[0])
        return ir.Constant(I8.as_pointer(), None)

    return types.void(types.int64), codegen


def add_to_sums(emit: Emit, sums: Any, number: Any, first: Any, terms: list[Any]) -> None:
    """Emit the addition of neurons' terms to the partial sums of one output.

    Args:
        emit: where to.
        sums: partial sums, :data:`~ovp_lib.training.fused.plan.SUMS` of each output.
        number: index of the output.
        first: index of the first vector of neurons, a multiple of the number of terms.
        terms: gate, factor and factor of each vector of neurons.
    """
    slots = min(len(terms), emit.plan.parts)
    offset = emit.mul(number, SUMS)
    # A short group adds to some of the partial sums only: its place says which, in every tile.
    if slots < emit.plan.parts:
        part = emit.builder.urem(emit.whole(first), emit.whole(emit.plan.parts))
        offset = emit.add(offset, emit.mul(part, emit.lanes))
    places = [emit.add(offset, slot * emit.lanes) for slot in range(slots)]
    totals = [emit.load(sums, place) for place in places]
    for index, (gate, a, b) in enumerate(terms):
        totals[index % slots] = emit.add_where(gate, a, b, totals[index % slots])
    for place, total in zip(places, totals, strict=True):
        emit.store(total, sums, place)


@micro_kernel
@no_type_check
def sum_rows(emit: Emit, sums, out, rows) -> None:
    """Add up the partial sums of each output, neighbours first; rows go by whole vectors."""
    n = emit.lanes
    groups = emit.builder.udiv(emit.add(rows, n - 1), emit.whole(n))
    with emit.loop(groups) as group:
        first = emit.mul(group, n)
        starts = [emit.mul(emit.add(first, i), SUMS) for i in range(n)]
        totals = [
            emit.sums([emit.load(sums, emit.add(start, part * n)) for start in starts])
            for part in range(emit.plan.parts)
        ]
        # Vectors are added in pairs like the lanes within them: one tree of sums for every tile.
        while len(totals) > 1:
            totals = [emit.plus(*pair) for pair in zip(totals[::2], totals[1::2], strict=True)]
        emit.store(totals[0], out, first)


@njit
@no_type_check
def subtract_labels(outputs, y, rows):
    """Turn outputs of a batch into residuals, divided by its size."""
    batch, k = len(rows), y.shape[1]
    mean = np.float32(1 / batch)
    for s in range(batch):
        for r in range(k):
            outputs[s * k + r] = (outputs[s * k + r] - y[rows[s], r]) * mean


def move(
    emit: Emit, W: Any, M: Any, offsets: list[Any], gradient: list[Any], scalars: list[Any]
) -> None:
    """Emit the move of the weights that a vector of neurons gives its d inputs.

    M' = mu M + G + (wd + quartic ||w||^2) w,  W' = W - lr M'

    Args:
        emit: where to.
        W: weights.
        M: momentum.
        offsets: where they are, one for each input.
        gradient: G, one vector for each input.
        scalars: lr, wd, quartic = 4 w24, mu.
    """
    lr, wd, quartic, momentum = (emit.spread(value) for value in scalars)
    w = [emit.load(W, offset) for offset in offsets]
    square = emit.zero
    for w_j in w:
        square = emit.fma(w_j, w_j, square)
    decay = emit.fma(quartic, square, wd)
    for w_j, offset, g in zip(w, offsets, gradient, strict=True):
        speed = emit.fma(momentum, emit.load(M, offset), emit.fma(decay, w_j, g))
        emit.store(speed, M, offset)
        emit.store(emit.minus(w_j, emit.times(lr, speed)), W, offset)


def _is_arm() -> bool:
    return platform.machine().lower() in ARM


def _control(builder: ir.IRBuilder) -> ir.Value:
    """Read MXCSR or FPCR."""
    if _is_arm():
        return call(builder, "llvm.aarch64.get.fpcr", I64)
    slot = local(builder, I32)
    pointer = builder.bitcast(slot, I8.as_pointer())
    call(builder, "llvm.x86.sse.stmxcsr", ir.VoidType(), pointer)
    return builder.zext(builder.load(slot, typ=I32), I64)


def _set_control(builder: ir.IRBuilder, value: ir.Value) -> None:
    """Write MXCSR or FPCR."""
    if _is_arm():
        call(builder, "llvm.aarch64.set.fpcr", ir.VoidType(), value)
        return
    slot = local(builder, I32)
    builder.store(builder.trunc(value, I32), slot)
    pointer = builder.bitcast(slot, I8.as_pointer())
    call(builder, "llvm.x86.sse.ldmxcsr", ir.VoidType(), pointer)
