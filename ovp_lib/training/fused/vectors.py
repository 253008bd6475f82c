"""Vector operations in compiled code, from which the micro-kernels are built.

Numba turns Python loops into machine code, but cannot be told to *keep these 26 vectors in
registers*. The innermost loops are therefore emitted as LLVM instructions on vectors, by ordinary
Python functions that run while Numba compiles: a Python loop there is a loop unrolled in the
machine code, :meth:`Emit.loop` is a loop at run time. The instructions carry no fast-math flags:
what a diverged run holds (NaN, infinity) stays visible, and sums are taken in the order written.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import Parameter, Signature, signature
from typing import Any, no_type_check

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic

from ovp_lib.training.fused.plan import Plan

F32, I1, I8, I32, I64 = ir.FloatType(), *(ir.IntType(bits) for bits in (1, 8, 32, 64))
SIZE = 4
"""Bytes of a float32 and of an index."""


class Emit:
    """Appends instructions to a function that Numba is compiling.

    Whole numbers may be Python's or the compiled function's; places in memory are an address and an
    offset counted in numbers.
    """

    def __init__(self, builder: ir.IRBuilder, plan: Plan) -> None:
        self.builder, self.plan, self.lanes = builder, plan, plan.lanes
        self.vector = ir.VectorType(F32, self.lanes)
        self.zero = ir.Constant(self.vector, None)
        # The gates of 4 lanes take a whole byte, the least that can be addressed.
        self.bits = ir.IntType(max(8, self.lanes))

    def whole(self, value: Any) -> ir.Value:
        """Return a whole number as the compiled function's."""
        return ir.Constant(I64, value) if isinstance(value, int) else value

    def add(self, *terms: Any) -> ir.Value:
        """Return a sum of whole numbers."""
        total = self.whole(terms[0])
        for term in terms[1:]:
            total = self.builder.add(total, self.whole(term))
        return total

    def mul(self, a: Any, b: Any) -> ir.Value:
        """Return a product of whole numbers."""
        return self.builder.mul(self.whole(a), self.whole(b))

    @contextmanager
    def loop(self, count: Any) -> Iterator[ir.Value]:
        """Repeat what is emitted inside; gives the index."""
        with cgutils.for_range(self.builder, self.whole(count), intp=I64) as loop:
            yield loop.index

    def groups(self, count: Any, size: int) -> Iterator[tuple[ir.Value, int]]:
        """Go through ``count`` things, ``size`` at a time and then one by one."""
        left = self.builder.urem(self.whole(count), self.whole(size))
        full = self.builder.sub(self.whole(count), left)
        with self.loop(self.builder.udiv(full, self.whole(size))) as turn:
            yield self.mul(turn, size), size
        if size > 1:
            with self.loop(left) as turn:
                yield self.add(full, turn), 1

    def load(self, address: Any, offset: Any = 0) -> ir.Value:
        """Load a vector."""
        return self._load(self.vector, address, offset)

    def number(self, address: Any, offset: Any = 0) -> ir.Value:
        """Load one number into all lanes."""
        return self.spread(self._load(F32, address, offset))

    def index(self, address: Any, offset: Any) -> ir.Value:
        """Load an index of 32 bits."""
        return self.builder.zext(self._load(I32, address, offset), I64)

    def store(self, value: ir.Value, address: Any, offset: Any = 0) -> None:
        """Store a vector."""
        there = self._pointer(self.vector, address, self.mul(offset, SIZE))
        self.builder.store(value, there, align=SIZE)

    def spread(self, scalar: ir.Value) -> ir.Value:
        """Return a vector with the scalar in all lanes."""
        empty = ir.Constant(self.vector, ir.Undefined)
        one = self.builder.insert_element(empty, scalar, ir.Constant(I32, 0))
        return self.shuffle(one, one, [0] * self.lanes)

    def fma(self, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
        """Return a b + c, rounded once."""
        return call(self.builder, f"llvm.fma.v{self.lanes}f32", self.vector, a, b, c)

    def times(self, a: ir.Value, b: ir.Value) -> ir.Value:
        """Return a b."""
        return self.builder.fmul(a, b)

    def plus(self, a: ir.Value, b: ir.Value) -> ir.Value:
        """Return a + b."""
        return self.builder.fadd(a, b)

    def minus(self, a: ir.Value, b: ir.Value) -> ir.Value:
        """Return a - b."""
        return self.builder.fsub(a, b)

    def on(self, z: ir.Value) -> ir.Value:
        """Return which lanes are positive; NaN counts, so that it is handed on."""
        return self.builder.fcmp_unordered(">", z, self.zero)

    def where(self, gate: ir.Value, value: ir.Value) -> ir.Value:
        """Return the value where the gate is on, and 0 elsewhere."""
        return self.builder.select(gate, value, self.zero)

    def add_where(self, gate: ir.Value, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
        """Return a b + c where the gate is on, and 0 b + c elsewhere: c, unless b is not finite."""
        return self.fma(self.where(gate, a), b, c)

    def store_gate(self, gate: ir.Value, address: Any, index: Any) -> None:
        """Store a gate, one bit a lane."""
        packed = self.builder.bitcast(gate, ir.IntType(self.lanes))
        if self.lanes < self.bits.width:
            packed = self.builder.zext(packed, self.bits)
        self.builder.store(packed, self._gate(address, index), align=1)

    def load_gate(self, address: Any, index: Any) -> ir.Value:
        """Load a gate."""
        packed = self.builder.load(self._gate(address, index), typ=self.bits, align=1)
        if self.lanes < self.bits.width:
            packed = self.builder.trunc(packed, ir.IntType(self.lanes))
        return self.builder.bitcast(packed, ir.VectorType(I1, self.lanes))

    def variable(self, value: ir.Value) -> ir.Value:
        """Return a vector that a loop may change; LLVM keeps it in a register."""
        slot = local(self.builder, self.vector)
        self.builder.store(value, slot)
        return slot

    def read(self, slot: ir.Value) -> ir.Value:
        """Return the value of a variable."""
        return self.builder.load(slot, typ=self.vector)

    def accumulate(
        self, slot: ir.Value, a: ir.Value, b: ir.Value, gate: ir.Value | None = None
    ) -> None:
        """Add a b to a variable, where the gate is on if there is one."""
        before = self.read(slot)
        total = self.fma(a, b, before) if gate is None else self.add_where(gate, a, b, before)
        self.builder.store(total, slot)

    def shuffle(self, a: ir.Value, b: ir.Value, lanes: list[int]) -> ir.Value:
        """Choose lanes of two vectors laid end to end."""
        return self.builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(I32, self.lanes), lanes))

    def sums(self, vectors: list[ir.Value]) -> ir.Value:
        """Return one vector with the sums of as many vectors as it has lanes."""
        even = list(range(0, 2 * self.lanes, 2))
        odd = [lane + 1 for lane in even]
        while len(vectors) > 1:
            pairs = zip(vectors[::2], vectors[1::2], strict=True)
            vectors = [
                self.plus(self.shuffle(a, b, even), self.shuffle(a, b, odd)) for a, b in pairs
            ]
        return vectors[0]

    def transposed(self, vectors: list[ir.Value]) -> list[ir.Value]:
        """Return the transpose of as many vectors as they have lanes."""
        half = self.lanes // 2
        while half:
            vectors, half = self._exchanged(vectors, half), half // 2
        return vectors

    def _exchanged(self, vectors: list[ir.Value], half: int) -> list[ir.Value]:
        """Exchange the off-diagonal blocks of every square of 2 ``half`` rows and lanes."""
        n = self.lanes
        low = [n + lane - half if lane & half else lane for lane in range(n)]
        high = [n + lane if lane & half else lane + half for lane in range(n)]
        out = list(vectors)
        for row in (row for row in range(n) if not row & half):
            a, b = vectors[row], vectors[row + half]
            out[row], out[row + half] = self.shuffle(a, b, low), self.shuffle(a, b, high)
        return out

    def _load(self, kind: ir.Type, address: Any, offset: Any) -> ir.Value:
        there = self._pointer(kind, address, self.mul(offset, SIZE))
        return self.builder.load(there, typ=kind, align=SIZE)

    def _gate(self, address: Any, index: Any) -> ir.Value:
        return self._pointer(self.bits, address, self.mul(index, self.bits.width // 8))

    def _pointer(self, kind: ir.Type, address: Any, offset: ir.Value) -> ir.Value:
        base = self.builder.inttoptr(self.whole(address), I8.as_pointer())
        there = self.builder.gep(base, [offset], source_etype=I8)
        return self.builder.bitcast(there, kind.as_pointer())


def local(builder: ir.IRBuilder, kind: ir.Type) -> ir.Value:
    """Return a pointer to room for one value, reserved once however often the code runs."""
    return cgutils.alloca_once(builder, kind)  # type: ignore[no-untyped-call]


def call(builder: ir.IRBuilder, name: str, result: ir.Type, *args: ir.Value) -> ir.Value:
    """Call one of LLVM's own functions."""
    kind = ir.FunctionType(result, [arg.type for arg in args])
    function = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
        builder.module, kind, name
    )
    return builder.call(function, args)


def micro_kernel(body: Callable[..., None]) -> Any:
    """Make ``body(emit, *arguments)`` callable in code that Numba compiles.

    There the first argument is the plan's text. Arguments that are constants there arrive as
    Python's numbers, the others as the compiled function's.
    """

    @no_type_check
    def definition(_context: Any, *args: Any) -> Any:
        if not isinstance(args[0], types.StringLiteral):
            raise TypingError("a micro-kernel needs its plan as constant text")

        def codegen(_: Any, builder: ir.IRBuilder, _signature: Any, values: Any) -> Any:
            plan, *given = (
                kind.literal_value if isinstance(kind, types.Literal) else value
                for kind, value in zip(args, values, strict=True)
            )
            body(Emit(builder, Plan.parse(plan)), *given)
            return ir.Constant(I8.as_pointer(), None)

        return types.void(*args), codegen

    # Numba reads the parameters of an intrinsic from its signature, which *args does not tell.
    names = ["context", "plan", *list(signature(body).parameters)[1:]]
    parameters = [Parameter(name, Parameter.POSITIONAL_ONLY) for name in names]
    definition.__name__ = body.__name__
    definition.__signature__ = Signature(parameters)
    return intrinsic(prefer_literal=True)(definition)


@intrinsic
@no_type_check
def address(_context: Any, array: Any, offset: Any) -> Any:  # noqa: ARG001 (typed as given)
    """Return where an element of an array lies; the offset counts elements of the flat array."""

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> ir.Value:
        kind = signature.args[0]
        size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
        start = builder.ptrtoint(context.make_array(kind)(context, builder, values[0]).data, I64)
        return builder.add(start, builder.mul(values[1], ir.Constant(I64, size)))

    return types.int64(array, types.int64), codegen
