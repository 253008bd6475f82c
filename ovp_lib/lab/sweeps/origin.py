"""Columns of a sweep's table that say where each row comes from."""

from typing import Any

from ovp_lib.pages import Sweep, SweepError

ORIGIN = {
    "key": "str",
    "arithmetic": "str",
    "environment": "int64",
    "host": "str",
    "started": "str",
    "wall_seconds": "float64",
    "cpu_seconds": "float64",
}
"""Names and dtypes of the last columns, in which all rows of a task agree.

They give the name of its shard, the arithmetic ("reproducible" or "native"), the number of the
environment in the table's record, the machine, the time of the start (ISO 8601), and how long the
whole task took. Where start and duration are not known, they are empty and NaN. To add up the cost
of many tasks, count every key once.
"""


def require_free_names(sweep: Sweep[Any]) -> None:
    """Check that a sweep's own names leave those of :data:`ORIGIN` free.

    Args:
        sweep: the sweep, whose fields and columns are checked.

    Raises:
        SweepError: naming those that it takes.
    """
    if taken := ORIGIN.keys() & {*sweep.columns, *sweep.task.model_fields}:
        raise SweepError(
            f"{sweep.name}: {sorted(taken)} cannot be fields or columns of a sweep: its table says "
            f"under {', '.join(ORIGIN)} where a row comes from"
        )
