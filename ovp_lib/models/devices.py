"""Devices: which ones this machine has, and the number format that suits each."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ovp_lib.models.device_names import device_name


def resolve_device(name: str = "auto") -> torch.device:
    """Return the device called ``name``.

    Args:
        name: ``auto`` (CUDA, then MPS, then CPU), ``cpu``, ``mps``, ``cuda`` or ``cuda:<index>``.

    Returns:
        A device that this machine has.

    Raises:
        ValueError: if ``name`` is no device, or a device that is not there.

    Example:
        >>> resolve_device("cpu")
        device(type='cpu')
    """
    available = available_devices()
    if device_name(name) == "auto":
        return torch.device(available[0])
    if name not in available and not (name == "cuda" and "cuda:0" in available):
        raise ValueError(
            f"device {name!r} is not there; this machine has {', '.join(available)} (or say auto)"
        )
    return torch.device(name)


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute with one CPU thread: with many small tensors a second one only waits."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def available_devices() -> tuple[str, ...]:
    """Return the devices of this machine, fastest first."""
    cuda = tuple(f"cuda:{index}" for index in range(torch.cuda.device_count()))
    mps = ("mps",) if torch.backends.mps.is_available() else ()
    return (*cuda, *mps, "cpu")


def precision_of(device: torch.device) -> torch.dtype:
    """Return float64 for the CPU and float32 for accelerators.

    In float64 the rounding of one processor or another stays far below the digits that a claim
    shows, so that stored notebooks can be compared across machines.

    Args:
        device: where something is computed.

    Returns:
        The number format of weights and data there.
    """
    return torch.float64 if device.type == "cpu" else torch.float32
