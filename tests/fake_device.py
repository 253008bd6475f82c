"""A device that is not the CPU, on any machine: nothing is computed on it, but it is minded.

Tensors inside :func:`fake_device` have a shape and no numbers, and every operation must find all of
its operands on one device, as on a GPU. Fake tensors that say ``cuda`` ask for a driver when they
are indexed or differentiated; those of torch's ``meta`` device do not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from ovp_lib.models.ensemble import Weights

Net = TypeVar("Net", bound=Weights)

DEVICE = "meta"


@contextmanager
def fake_device() -> Iterator[None]:
    """Let tensors be made that have no numbers."""
    with FakeTensorMode(allow_non_fake_inputs=True):
        yield


def empty(*shape: int) -> torch.Tensor:
    """Return a tensor on the device."""
    return torch.empty(*shape, device=DEVICE)


def there(net: Net) -> Net:
    """Return a network of the same shapes on the device."""
    return net.map(lambda field: empty(*field.shape))
