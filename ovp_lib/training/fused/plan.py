"""Plans that kernels are compiled for: the processor's vectors, and the sizes that are unrolled."""

import hashlib
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from llvmlite import binding

ARM = ("arm64", "aarch64")
X86 = ("x86_64", "amd64")

SUMS = 16
"""Partial sums of an output over the neurons, whatever the tile: neuron i adds to number i mod 16.

So every tile sums in one order, and all of them give the same bits.
"""


@dataclass(frozen=True)
class Tile:
    """The vectors of an instruction set.

    Attributes:
        lanes: numbers in a vector, a divisor of :data:`SUMS`.
        registers: vectors that the processor can hold.
        step: rows of V that are updated at once, a divisor of ``lanes``.
    """

    lanes: int
    registers: int
    step: int

    @property
    def rows(self) -> int:
        """Most rows of a tile two vectors wide that leaves three vectors for its operands."""
        return (self.registers - 3) // 2


TILES = {
    "avx512": Tile(lanes=16, registers=32, step=8),
    "avx2": Tile(lanes=8, registers=16, step=4),
    "neon": Tile(lanes=4, registers=32, step=4),
}
"""By instruction set. All of them give the same bits on every processor, some more slowly."""


@cache
def host_tile() -> str | None:
    """Return the name of the tile that suits this processor; ``None`` if there is none."""
    machine = platform.machine().lower()
    if machine in ARM:
        return "neon"
    if machine not in X86:
        return None
    has = binding.get_host_cpu_features()
    if not has.get("fma"):  # without it every product would be a call
        return None
    return "avx512" if has.get("avx512f") else "avx2"


@cache
def fingerprint() -> str:
    """Return a hash of the kernels' source, so that no cache ever gives an older kernel."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


@dataclass(frozen=True)
class Plan:
    """All that a kernel is compiled for.

    As text it is a constant of the compiled code, where it tells the micro-kernels what to emit,
    and part of the key under which Numba caches that code on disk.

    Attributes:
        tile: a key of :data:`TILES`.
        d: number of inputs.
        k: number of outputs.
        rows: samples in a tile.
        source: :func:`fingerprint`.

    Example:
        >>> Plan.parse(Plan.of("avx2", d=5, k=1, batch=50).text()).rows
        6
    """

    tile: str
    d: int
    k: int
    rows: int
    source: str

    @classmethod
    def of(cls, tile: str, *, d: int, k: int, batch: int) -> "Plan":
        """Return the plan whose tiles share a batch as evenly as they can.

        Args:
            tile: a key of :data:`TILES`.
            d: number of inputs, at least 1.
            k: number of outputs, at least 1.
            batch: samples a step, at least 1.

        Returns:
            A plan with tiles of equal size, as few as can be.
        """
        tiles = -(-batch // TILES[tile].rows)
        return cls(tile, d, k, -(-batch // tiles), fingerprint())

    @property
    def lanes(self) -> int:
        """Numbers in a vector."""
        return TILES[self.tile].lanes

    @property
    def parts(self) -> int:
        """Vectors that hold the partial sums of an output."""
        return SUMS // self.lanes

    @property
    def group(self) -> int:
        """Vectors of neurons in a group: 4, 2 or 1, as registers can hold with d weights each."""
        held = (TILES[self.tile].registers - 4) // (self.d + 1)
        return 4 if held >= 4 else 2 if held >= 2 else 1

    def padded(self, batch: int) -> int:
        """Return the size of a batch in whole tiles.

        Args:
            batch: samples a step.

        Returns:
            The least multiple of ``rows`` that is at least ``batch``.
        """
        return -(-batch // self.rows) * self.rows

    def text(self) -> str:
        """Return the plan as text."""
        return f"{self.tile} {self.d} {self.k} {self.rows} {self.source}"

    @classmethod
    def parse(cls, text: str) -> "Plan":
        """Read what :meth:`text` wrote.

        Args:
            text: from :meth:`text`.

        Returns:
            The plan.
        """
        tile, d, k, rows, source = text.split()
        return cls(tile, int(d), int(k), int(rows), source)
