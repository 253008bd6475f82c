"""Divergence: the members of an ensemble whose weights have exploded."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ovp_lib.models.ensemble import Network

EXPLODED = 1e4
"""A weight that many times as large as the largest of its field at first counts as divergence."""


class Watch:
    """Tells from the weights which members have diverged.

    A run diverges exponentially, so that exploded weights show as soon as an exploded risk would,
    at a small part of the cost. The largest of many numbers does not depend on the order in which
    they are compared.

    Args:
        net: initial weights of all members.
        trained: fields that are trained; one that starts at 0 must only be finite.
    """

    def __init__(self, net: Network, trained: tuple[str, ...]) -> None:
        first = {name: _largest(getattr(net, name)) for name in trained}
        self.limits = {
            name: np.where(value > 0, EXPLODED * value, np.finfo(value.dtype).max)
            for name, value in first.items()
        }

    def healthy(self, net: Network, members: Sequence[int]) -> NDArray[np.bool_]:
        """Return which of ``members``, whose weights ``net`` holds, are finite and not exploded.

        Args:
            net: weights of those members only.
            members: their positions among all, in the order in which ``net`` holds them.

        Returns:
            One truth value for each of ``members``.
        """
        positions = list(members)
        # NaN is not below any limit, so it counts as divergence.
        within = [
            _largest(getattr(net, name)) <= limit[positions] for name, limit in self.limits.items()
        ]
        return np.all(within, axis=0)


def _largest(field: Tensor) -> NDArray[np.floating]:
    """Return the largest magnitude of every member's weights; NaN if one is."""
    return field.flatten(1).abs().amax(dim=1).cpu().numpy()
