"""Where a row of a sweep's table comes from: the names of the columns that say so."""

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

They say what names its shard, in which arithmetic it was computed ("reproducible" or "native") and
in which of the environments of the table's record, on which machine, when (ISO 8601), and what the
whole task took; when and how long are empty and NaN where they are not known. For the cost of many
tasks, count every key once.
"""


def require_free_names(sweep: Sweep[Any]) -> None:
    """Check that a sweep's own names leave those of :data:`ORIGIN` free.

    Raises:
        SweepError: naming those that it takes.
    """
    if taken := ORIGIN.keys() & {*sweep.columns, *sweep.task.model_fields}:
        raise SweepError(
            f"{sweep.name}: {sorted(taken)} cannot be fields or columns of a sweep: its table says "
            f"under {', '.join(ORIGIN)} where a row comes from"
        )
