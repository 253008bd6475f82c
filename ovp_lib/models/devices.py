"""Devices and number formats: which ones this machine has."""

import torch

PRECISIONS: dict[str, torch.dtype] = {"float32": torch.float32, "float64": torch.float64}
"""Number formats by name."""


def resolve_device(name: str = "auto", precision: str = "float32") -> torch.device:
    """Return the device called ``name``, able to compute in ``precision``.

    Args:
        name: ``auto`` (CUDA, then MPS, then CPU), ``cpu``, ``mps``, ``cuda`` or ``cuda:<index>``.
        precision: a key of :data:`PRECISIONS`; MPS has no float64, so ``auto`` passes it over.

    Returns:
        A device that this machine has.

    Raises:
        ValueError: if ``name`` is no device, a device that is not there, or one that cannot
            compute in ``precision``.

    Example:
        >>> resolve_device("cpu")
        device(type='cpu')
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}, got {precision!r}")
    available = available_devices()
    if name == "auto":
        able = [d for d in available if d != "mps" or precision == "float32"]
        return torch.device(able[0])
    if name == "mps" in available and precision == "float64":
        raise ValueError("device 'mps' has no float64; choose precision float32 or device cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ValueError(_refusal(name, available)) from error
    if name not in available and not (name == "cuda" and "cuda:0" in available):
        raise ValueError(_refusal(name, available))
    return device


def available_devices() -> tuple[str, ...]:
    """Return the devices of this machine, fastest first."""
    cuda = tuple(f"cuda:{index}" for index in range(torch.cuda.device_count()))
    mps = ("mps",) if torch.backends.mps.is_available() else ()
    return (*cuda, *mps, "cpu")


def _refusal(name: str, available: tuple[str, ...]) -> str:
    return f"device {name!r} is not there; this machine has {', '.join(available)} (or say auto)"
