"""Names of devices; :mod:`ovp_lib.models.devices` tells which of them this machine has."""

import re


def device_name(name: str) -> str:
    """Return a name that a device can have.

    Args:
        name: ``auto``, ``cpu``, ``mps``, ``cuda`` or ``cuda:<index>``.

    Returns:
        The name itself.

    Raises:
        ValueError: if no device is called like that.

    Example:
        >>> device_name("cuda:1")
        'cuda:1'
    """
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", name):
        raise ValueError(
            f"{name!r} is no device; allowed are auto, cpu, mps, cuda and cuda:<index>"
        )
    return name
