"""The status of sweeps: tasks finished, missing, damaged and failed, and their cost."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from ovp_lib.arithmetic import Mode
from ovp_lib.lab.files.store import Store
from ovp_lib.lab.sweeps.plan import SweepPlan, plan
from ovp_lib.pages import Sweep

COLUMNS = (
    *("sweep", "preset", "arithmetic", "tasks", "finished", "missing", "in_the_other"),
    *("damaged", "failed", "cpu_hours"),
)


def status(
    sweeps: Iterable[Sweep[Any]], store: Store, arithmetic: Mode | None = None
) -> list[dict[str, Any]]:
    """Return a row for every preset of every sweep, ready for JSON; nothing is changed.

    A task that is in several presets counts in each. ``finished`` and ``missing`` count for one
    arithmetic; ``in_the_other`` is the number of missing tasks that are finished in the other one.
    ``missing`` includes the damaged and the failed tasks. ``bytes`` is the size of the sweep's
    folder, and ``other_shards`` the number of its shards that belong to no preset in either
    arithmetic: those of older code.

    Args:
        sweeps: the sweeps.
        store: folder of the shards.
        arithmetic: for which the tasks are counted; by default that of this process.

    Raises:
        SweepError: if a sweep or a grid cannot be used.
        StoreError: if a shard cannot be read.
    """
    rows = []
    for sweep in sweeps:
        plans = [plan(sweep, preset, store, arithmetic) for preset in sweep.presets]
        points = [point for planned in plans for point in planned.points]
        known = {key for point in points for key in (point.key, point.other_key)}
        whole = {
            "bytes": store.size(sweep.name),
            "other_shards": len(store.keys(sweep.name) - known),
        }
        rows += [{**_row(planned, store), **whole} for planned in plans]
    return rows


def table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Return what :func:`status` returns as a table for the terminal.

    Args:
        rows: from :func:`status`.

    Returns:
        The table, a line for each row.
    """
    shown = Table(box=box.SIMPLE, pad_edge=False)
    for column in (*COLUMNS, "size", "other shards"):
        shown.add_column(
            column.replace("cpu_hours", "CPU hours").replace("_", " "),
            justify="left" if column in ("sweep", "preset", "arithmetic") else "right",
        )
    for row in rows:
        cells = [f"{row[column]}" for column in COLUMNS]
        shown.add_row(*map(Text, [*cells, size(row["bytes"]), str(row["other_shards"])]))
    return shown


def size(count: int) -> str:
    """Return a number of bytes for a person.

    Args:
        count: number of bytes, at least 0.

    Returns:
        The number with its unit, B to GB, of 1024 each.

    Example:
        >>> size(512), size(20_480), size(3_000_000)
        ('512 B', '20.0 kB', '2.9 MB')
    """
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1024.0:
            return f"{amount:.0f} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024.0
    return f"{amount:.1f} GB"


def _row(planned: SweepPlan, store: Store) -> dict[str, Any]:
    missing, name = planned.missing, planned.sweep.name
    failed = sum(store.failure(name, point.key) is not None for point in missing)
    hours = sum(record.cpu_seconds or 0.0 for record in planned.finished.values()) / 3600.0
    return {
        "sweep": name,
        "preset": planned.preset,
        "arithmetic": planned.arithmetic,
        "tasks": len(planned.points),
        "finished": len(planned.finished),
        "missing": len(missing),
        "in_the_other": len(planned.instead),
        "damaged": len(planned.damaged),
        "failed": failed,
        "cpu_hours": round(hours, 3),
    }
