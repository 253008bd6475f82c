"""The samples of many steps, gathered at once into buffers that never move.

Buffers that stay where they are let a CUDA graph replay the steps that read them.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ovp_lib.training.samples import Sample


class Batches:
    """Buffers for the samples of up to ``steps`` steps of every member.

    Attributes:
        x: inputs, shape ``(steps, e, batch, d)``; with ``constant`` a last input is 1.
        y: labels, shape ``(steps, e, batch, ...)``.
    """

    def __init__(
        self, data: Sample, reference: Tensor, steps: int, batch: int, *, constant: bool
    ) -> None:
        x, self.x_shared = _table(data.x)
        y, self.y_shared = _table(data.y)
        x, y = Sample(x, y).to(reference)
        self.x_rows = torch.cat([x, x.new_ones(len(x), 1)], dim=1) if constant else x
        self.y_rows, self.steps, self.n = y, steps, data.x.shape[1]
        self.members = np.arange(len(data.x))
        self._allocate(len(data.x), batch)

    def gather(self, order: NDArray[np.int32]) -> None:
        """Fill the buffers with the samples of ``order``, shape ``(e, s, batch)``.

        Args:
            order: positions in each member's training set, shape ``(e, s, batch)`` with s at most
                ``steps``.
        """
        by_step = np.ascontiguousarray(order.swapaxes(0, 1))
        own = by_step + (self.members * self.n)[:, None]
        for rows, shared, out in (
            (self.x_rows, self.x_shared, self.x),
            (self.y_rows, self.y_shared, self.y),
        ):
            index = torch.from_numpy((by_step if shared else own).ravel()).to(rows.device)
            filled = out.narrow(0, 0, len(by_step)).flatten(0, 2)
            torch.index_select(rows, 0, index, out=filled)

    def keep(self, members: Sequence[int]) -> None:
        """Go on with some members only.

        Args:
            members: positions among those of now, in the order wanted.
        """
        self.members = self.members[list(members)]
        self._allocate(len(members), self.x.shape[2])

    def _allocate(self, e: int, batch: int) -> None:
        shape = (self.steps, e, batch)
        self.x = self.x_rows.new_zeros(*shape, *self.x_rows.shape[1:])
        self.y = self.y_rows.new_zeros(*shape, *self.y_rows.shape[1:])


def _table(part: Tensor) -> tuple[Tensor, bool]:
    """Return the rows of one data set that all members share, or those of all data sets."""
    shared = part.shape[0] == 1 or part.stride(0) == 0
    return (part.select(0, 0), True) if shared else (part.flatten(0, 1), False)
