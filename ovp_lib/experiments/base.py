"""Declaring a sweep: the type of its tasks, its grids, and what one task computes."""

import json
import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ovp_lib.errors import Refusal

_TOP_LEVEL = "must be at the top level of a module that worker processes can import"

DTYPES = ("bool", "int64", "float32", "float64", "str")
"""What a column may hold: nothing that needs code to be read again."""


class SweepError(Refusal):
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
class Named:
    """A function by its name; its module is imported when it is called.

    The function that computes a task imports modules for seconds. A command that only reads a grid
    does not wait for that. Worker processes find the function by the same name.

    Attributes:
        module: dotted name of the module that defines it.
        name: of the function, at the top level of the module.

    Example:
        >>> Named("math", "hypot")(3, 4)
        5.0
    """

    module: str
    name: str

    def function(self) -> Callable[..., Any]:
        """Import the function.

        Returns:
            The function itself.

        Raises:
            SweepError: if there is none of that name.
        """
        found = getattr(import_module(self.module), self.name, None)
        if not callable(found):
            raise SweepError(f"there is no function {self.name!r} in {self.module}")
        return found

    def __call__(self, *arguments: Any) -> Any:
        """Call the function."""
        return self.function()(*arguments)


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
        run: what computes the rows of a task: a function of the task and the device that returns
            a table. Only its name, so that a grid is at hand without what computes it.
        columns: name and dtype (one of :data:`DTYPES`) of every column that ``run`` returns.
        cost: how long a task takes, in any unit; the longest are started first, and the time left
            is judged by it. Without it all are taken to be equally long.
        version: part of the key of every shard. Raise it when the numbers of a task have changed
            and nothing in the code behind ``run`` has: another version of torch, numpy or Numba
            that is known to compute otherwise (not merely to round otherwise), other contents of a
            file that is read, a mistake in what :data:`ovp_lib.lab.sweeps.fingerprint.PLUMBING`
            leaves out. What was stored before is then no longer this sweep's.

    Raises:
        SweepError: a name, a column or a ``run`` that cannot be used.
    """

    name: str
    title: str
    task: type[T]
    presets: Mapping[str, Callable[[], Sequence[T]]]
    run: Named
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

        The module of ``run`` is looked for, not imported.

        Raises:
            SweepError: if the type is local, or one of them belongs to a script, or there is no
                module of that name.
        """
        module, name = self.task.__module__, self.task.__qualname__
        if getattr(sys.modules.get(module), name, None) is not self.task:
            raise SweepError(f"{self.name}: {name!r} {_TOP_LEVEL}")
        if module == "__main__":
            raise SweepError(f"{self.name}: {name!r} {_TOP_LEVEL}, not of a script")
        if not _can_be_imported(self.run.module):
            raise SweepError(f"{self.name}: there is no module {self.run.module!r} to import")

    def tasks(self, preset: str) -> list[T]:
        """Return the grid of a preset.

        Args:
            preset: a key of ``presets``.

        Returns:
            Tasks that differ from one another, at least one.

        Raises:
            SweepError: an unknown preset, an empty grid, a task of another type or twice the same.
        """
        if preset not in self.presets:
            raise SweepError(
                f"{self.name} has no preset {preset!r}; it has {', '.join(self.presets)}"
            )
        tasks = list(self.presets[preset]())
        if others := [task for task in tasks if type(task) is not self.task]:
            raise SweepError(f"{self.name}: a task is a {self.task.__name__}, got {others[0]!r}")
        if not tasks or len({task.canonical() for task in tasks}) < len(tasks):
            raise SweepError(f"{self.name}: the grid of {preset!r} is empty or repeats a task")
        return tasks

    def cost_of(self, task: T) -> float:
        """Return how long a task takes, in the sweep's own unit.

        Args:
            task: of this sweep.

        Returns:
            A positive number.

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


def _can_be_imported(module: str) -> bool:
    try:
        return module != "__main__" and find_spec(module) is not None
    except ModuleNotFoundError:  # of a package above it
        return False
