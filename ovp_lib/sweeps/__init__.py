"""The long sweeps: what is computed for each point of a grid, and the grids.

Declare a sweep in a module of its own and list it in ``_MODULES``. Keep ``run`` in another module:
what is finished stays valid as long as the code behind ``run`` does, and a grid may then grow
without anything being computed again. The type of its tasks has a third, so that nothing that
computes is imported with a grid.
"""

from types import ModuleType
from typing import Any

from ovp_lib.sweeps import figure_1, figure_2, figure_3, minimal_norm, resnet_separation
from ovp_lib.sweeps.base import Sweep, SweepError, Task

_MODULES: tuple[ModuleType, ...] = (
    figure_1,
    figure_2,
    figure_3,
    resnet_separation,
    minimal_norm,
)

SWEEPS: dict[str, Sweep[Any]] = {module.SWEEP.name: module.SWEEP for module in _MODULES}
"""Every sweep by name."""

__all__ = ["SWEEPS", "Sweep", "SweepError", "Task"]
