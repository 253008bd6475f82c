"""The choice of a device, without importing PyTorch where it can be avoided."""

from ovp_lib.errors import Refusal
from ovp_lib.models.device_names import device_name


def resolve(name: str) -> str:
    """Return the name of a device that this machine has.

    Args:
        name: ``auto``, or a device.

    Raises:
        Refusal: if it is no device, or one that is not there.

    Example:
        >>> resolve("cpu")
        'cpu'
    """
    require(name, here=False)
    if name == "cpu":
        return name
    from ovp_lib.models.devices import resolve_device

    try:
        return str(resolve_device(name))
    except ValueError as error:
        raise Refusal(str(error)) from error


def require(name: str, *, here: bool = True) -> None:
    """Refuse a device that cannot be had; ``auto`` and ``cpu`` always can.

    Args:
        name: ``auto``, or a device.
        here: whether this machine must have it.

    Raises:
        Refusal: if it is no device, or one that is not there.
    """
    try:
        device_name(name)
    except ValueError as error:
        raise Refusal(str(error)) from error
    if here and name != "auto":
        resolve(name)
