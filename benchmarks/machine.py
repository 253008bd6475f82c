"""What this machine could do at best: matrix products and memory traffic, in the same run."""

from typing import NamedTuple

import torch

from benchmarks.measure import seconds_of

BATCH = 50


class Limits(NamedTuple):
    """Rates of one thread.

    Attributes:
        sgemm: float32 products of large square matrices, in 10^9 operations a second.
        skinny: the same with 50 rows, the shape of a minibatch.
        bandwidth: 10^9 bytes a second, read and written, of arrays larger than the caches.
    """

    sgemm: float
    skinny: float
    bandwidth: float

    def step_seconds(self, flops: float, bytes_moved: float, cached: bool) -> float:
        """Return the least time of a step: its products at the full rate, or its traffic."""
        traffic = 0.0 if cached else bytes_moved / (self.bandwidth * 1e9)
        return max(flops / (self.sgemm * 1e9), traffic)


def measure() -> Limits:
    """Measure them with PyTorch's own products and copies."""
    square = torch.randn(1500, 1500)
    out = torch.empty_like(square)
    rows = torch.randn(BATCH, 2000)
    wide, skinny_out = torch.randn(2000, 2000), torch.empty(BATCH, 2000)
    big = torch.zeros(64 << 20)
    other = torch.empty_like(big)
    return Limits(
        sgemm=2 * 1500**3 / seconds_of(lambda: torch.mm(square, square, out=out)) / 1e9,
        skinny=2 * BATCH * 2000**2 / seconds_of(lambda: torch.mm(rows, wide, out=skinny_out)) / 1e9,
        bandwidth=2 * big.nbytes / seconds_of(lambda: other.copy_(big)) / 1e9,
    )
