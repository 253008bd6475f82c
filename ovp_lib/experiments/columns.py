"""A check that a sweep's table has the columns that the sweep declares."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ovp_lib.experiments.base import SweepError


def require_columns(name: str, table: Any, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return what ``run`` gave, with the declared columns in order and rows counted from 0.

    Args:
        name: of the sweep, for the message.
        table: what was returned.
        columns: declared names and dtypes.

    Raises:
        SweepError: if it is no table, has no rows, or has other columns or dtypes; nothing is
            converted, since that could change a number.
    """
    if not isinstance(table, pd.DataFrame):
        raise SweepError(f"{name}: run must return a DataFrame, got {type(table).__name__}")
    got = {str(column): str(dtype) for column, dtype in table.dtypes.items()}
    if got != dict(columns) or len(got) != table.shape[1]:
        raise SweepError(f"{name}: run must return columns {dict(columns)}, got {got}")
    if table.empty:
        raise SweepError(f"{name}: run returned no rows")
    for column in (column for column, dtype in columns.items() if dtype == "str"):
        if table[column].isna().any():
            raise SweepError(f"{name}: column {column!r} has a missing value among its strings")
    return table[list(columns)].reset_index(drop=True)
