"""Conditions on tasks: ``ovp sweep run NAME --where samples=500,1000``."""

import difflib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ovp_lib.errors import InputError
from ovp_lib.lab.sweeps.plan import SweepPlan
from ovp_lib.pages import Task


def narrow(planned: SweepPlan, conditions: Sequence[str]) -> SweepPlan:
    """Keep the points that meet every condition.

    Args:
        planned: a plan.
        conditions: each ``field=value`` or ``field=value,value``. A task meets it if it has one
            of these values, or if one of its values is among them where the field is a list.

    Returns:
        The plan of these points alone, in the order of the grid.

    Raises:
        InputError: for a malformed condition, an unknown field, a value that no task has, or
            conditions that no task meets together.
    """
    name, points = f"{planned.sweep.name} ({planned.preset})", planned.points
    for condition in conditions:
        field, wanted = _parsed(condition, planned)
        present = {text for point in planned.points for text in _values(point.task, field)}
        if unknown := _sorted(wanted - present):
            raise InputError(
                f"no task of {name} has {field}={unknown[0]}; "
                f"there is {', '.join(_sorted(present))}"
            )
        points = tuple(point for point in points if wanted & _values(point.task, field))
    if not points:
        raise InputError(f"no task of {name} meets {' and '.join(conditions)} together")
    keys = {key for point in points for key in (point.key, point.other_key)}
    return replace(
        planned,
        points=points,
        finished={key: planned.finished[key] for key in planned.finished.keys() & keys},
        damaged={key: planned.damaged[key] for key in planned.damaged.keys() & keys},
        instead={key: planned.instead[key] for key in planned.instead.keys() & keys},
        where=(*planned.where, *conditions),
    )


def _parsed(condition: str, planned: SweepPlan) -> tuple[str, set[str]]:
    field, equals, values = condition.partition("=")
    if not (field and equals and values):
        raise InputError(f"a condition is like width=100 or width=100,200, got {condition!r}")
    fields = list(planned.sweep.task.model_fields)
    if field not in fields:
        close = difflib.get_close_matches(field, fields, n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise InputError(
            f"tasks of {planned.sweep.name} have no field {field!r}{hint}; they have "
            f"{', '.join(fields)}"
        )
    return field, {_text(value.strip()) for value in values.split(",")}


def _values(task: Task, field: str) -> set[str]:
    value = task.model_dump(mode="json")[field]
    return {_text(each) for each in (value if isinstance(value, list) else [value])}


def _text(value: Any) -> str:
    """Return one text for one value, however its number is written."""
    try:
        return f"{float(value):.15g}"
    except (TypeError, ValueError):
        return str(value)


def _sorted(texts: set[str]) -> list[str]:
    try:
        return sorted(texts, key=float)
    except ValueError:
        return sorted(texts)
