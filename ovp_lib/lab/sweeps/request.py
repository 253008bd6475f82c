"""Requests: what a command asks of a sweep, checked before anything is computed."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ovp_lib.arithmetic import Mode, current
from ovp_lib.errors import InputError
from ovp_lib.lab.files.store import Store, open_store
from ovp_lib.lab.sweeps.cluster import LOCAL
from ovp_lib.lab.sweeps.plan import SweepPlan, plan
from ovp_lib.lab.sweeps.where import narrow
from ovp_lib.models import device_choice
from ovp_lib.pages import Sweep


@dataclass(frozen=True)
class Request:
    """Tasks of a sweep, and how they are to be computed.

    Attributes:
        preset: name of the grid.
        store: folder of the shards.
        where: conditions that a task must meet, see :func:`~ovp_lib.lab.sweeps.where.narrow`.
        arithmetic: in which the tasks are computed; by default that of this process.
        scheduler: ``local``, or the address of a scheduler.
        jobs: worker processes of a local cluster, or tasks that a scheduler gets at a time;
            ``None`` for as many as there are cores, or threads.
        device: ``auto``, or a device that the workers must have.
        cheapest_first: whether the shortest tasks start first, and not the longest.
    """

    preset: str
    store: Path
    where: tuple[str, ...] = ()
    arithmetic: Mode = field(default_factory=current)
    scheduler: str = LOCAL
    jobs: int | None = None
    device: str = "auto"
    cheapest_first: bool = False


def find(name: str, sweeps: Mapping[str, Sweep[Any]]) -> Sweep[Any]:
    """Return the sweep of this name.

    Args:
        name: the name that was asked for.
        sweeps: every sweep that there is, by name.

    Returns:
        The sweep.

    Raises:
        InputError: naming those that there are.
    """
    if name not in sweeps:
        close = difflib.get_close_matches(name, sweeps, n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise InputError(
            f"there is no sweep {name!r}{hint}; there is {', '.join(sweeps) or 'none'}"
        )
    return sweeps[name]


def prepare(sweep: Sweep[Any], request: Request) -> tuple[SweepPlan, Store]:
    """Check everything that can be checked before anything is computed.

    Args:
        sweep: the sweep that is asked for.
        request: its tasks, and how to compute them.

    Returns:
        The plan of the tasks that were asked for, and their store, opened for writing.

    Raises:
        InputError: for a scheduler or a device that cannot exist, a condition that no task meets,
            or a store that cannot be written.
        SweepError: for an unknown preset, or a sweep that cannot be used.
        StoreError: for a shard that cannot be read.
    """
    local = request.scheduler == LOCAL
    if not local and "://" not in request.scheduler:
        raise InputError(
            f"a scheduler is 'local' or an address like tcp://10.0.0.1:8786, got "
            f"{request.scheduler!r}"
        )
    device_choice.require(request.device, here=local)
    whole = plan(sweep, request.preset, Store(request.store), request.arithmetic)
    wanted = narrow(whole, request.where)
    return wanted, open_store(request.store, sweep.name)  # last: what is refused leaves no folder
