"""What every sweep declares: the type of its tasks, its grids, and what one task computes."""

import json
import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

DTYPES = ("bool", "int64", "float32", "float64", "str")
"""What a column may hold: nothing that needs code to be read again."""


class SweepError(ValueError):
    """A sweep, a grid or a table is not what it was declared to be; one line for a person."""


class Task(BaseModel):
    """One point of a grid: everything that its numbers depend on, the seed included.

    A sweep adds its fields; they must be what JSON can hold. One task is usually an ensemble of
    many members, and gives many rows.

    Example:
        >>> class Width(Task):
        ...     width: int
        ...     seed: int = 0
        >>> Width(width=100).canonical()
        '{"seed":0,"width":100}'
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def canonical(self) -> str:
        """Return the task as JSON that is the same for equal tasks: sorted, without spaces."""
        values = self.model_dump(mode="json")
        return json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _distinct(values: tuple[float, ...]) -> tuple[float, ...]:
    if len(set(values)) < len(values):
        raise ValueError(f"holds a value twice: {values}")
    return values


StepSizes = Annotated[
    tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=1), AfterValidator(_distinct)
]
"""Step sizes that a task tries, each once."""

Decays = Annotated[
    tuple[Annotated[float, Field(ge=0)], ...], Field(min_length=1), AfterValidator(_distinct)
]
"""Strengths of a regulariser that a task tries, each once."""

Seeds = Annotated[
    tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1), AfterValidator(_distinct)
]
"""Repetitions of an experiment, each once."""

T = TypeVar("T", bound=Task)
"""The type of a sweep's tasks."""


@dataclass(frozen=True)
class Sweep(Generic[T]):
    """A grid of tasks, and the function that is computed for each of them.

    ``run`` gets the task and the name of a device that is there (``cpu``, ``cuda:0``, ...), and is
    the same function for the same task: it makes its generators from the task's seed. It finds
    CPU threads set to one, since the tasks themselves are what runs in parallel. The device is
    no part of a task, as it is no part of a statement's parameters; each shard records its own.

    Attributes:
        name: name of the sweep and of the folder of its results: lower case, digits and hyphens.
        title: what it shows, in a few words.
        task: the type of its tasks.
        presets: for each preset (quick, standard, paper) what makes its grid.
        run: what computes the rows of a task; a function at the top level of a module, so that
            worker processes find it by its name.
        columns: name and dtype (one of :data:`DTYPES`) of every column that ``run`` returns.
        cost: how long a task takes, in any unit; the longest are started first, and the time left
            is judged by it. Without it all are taken to be equally long.
        version: part of the key of every shard. Raise it when the numbers of a task have changed
            and nothing in the code behind ``run`` has: another version of torch, numpy or Numba
            that is known to compute otherwise (not merely to round otherwise), other contents of a
            file that is read, a mistake in what :data:`ovp_lib.lab.fingerprint.PLUMBING` leaves
            out. What was stored before is then no longer this sweep's.

    Raises:
        SweepError: a name, a column or a ``run`` that cannot be used.
    """

    name: str
    title: str
    task: type[T]
    presets: Mapping[str, Callable[[], Sequence[T]]]
    run: Callable[[T, str], pd.DataFrame]
    columns: Mapping[str, str]
    cost: Callable[[T], float] | None = None
    version: int = 1

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.name):
            raise SweepError(f"a sweep's name is like 'width-and-depth', got {self.name!r}")
        if not self.presets or not self.columns:
            raise SweepError(f"{self.name}: a sweep has at least one preset and one column")
        for column, dtype in self.columns.items():
            if dtype not in DTYPES:
                allowed = ", ".join(DTYPES)
                raise SweepError(
                    f"{self.name}: column {column!r} is {dtype!r}, not one of {allowed}"
                )
        if both := set(self.columns) & set(self.task.model_fields):
            raise SweepError(f"{self.name}: {sorted(both)} are fields of the task and columns too")

    def require_importable(self) -> None:
        """Check that another process finds ``run`` and the tasks' type by their names.

        Raises:
            SweepError: if one of them is local, a lambda, or belongs to a script.
        """
        for what in (self.run, self.task):
            module = getattr(what, "__module__", "")
            name = getattr(what, "__qualname__", "")
            if module == "__main__" or getattr(sys.modules.get(module), name, None) is not what:
                raise SweepError(
                    f"{self.name}: {name or what!r} must be at the top level of a module, so that "
                    "worker processes can import it"
                )

    def tasks(self, preset: str) -> list[T]:
        """Return the grid of a preset.

        Raises:
            SweepError: an unknown preset, an empty grid, a task of another type or twice the same.
        """
        if preset not in self.presets:
            raise SweepError(
                f"{self.name} has no preset {preset!r}; it has {', '.join(self.presets)}"
            )
        tasks = list(self.presets[preset]())
        if strangers := [task for task in tasks if type(task) is not self.task]:
            raise SweepError(f"{self.name}: a task is a {self.task.__name__}, got {strangers[0]!r}")
        if not tasks or len({task.canonical() for task in tasks}) < len(tasks):
            raise SweepError(f"{self.name}: the grid of {preset!r} is empty or repeats a task")
        return tasks

    def cost_of(self, task: T) -> float:
        """Return how long a task takes, in the sweep's own unit.

        Raises:
            SweepError: if the declared cost is not a positive number.
        """
        if self.cost is None:
            return 1.0
        cost = float(self.cost(task))
        if not 0.0 < cost < math.inf:
            raise SweepError(
                f"{self.name}: the cost of a task is positive, got {cost} for {task!r}"
            )
        return cost


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
