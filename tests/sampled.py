"""Types and shapes are checked where a function is called first in a test, and then now and then.

Jaxtyping and beartype check every call, which doubles the time of whatever calls a function in a
loop, most often with the same shapes. Of each function the first :data:`CALLS` calls of a test are
checked, and of the others every one whose number is a power of two.
"""

import functools
import types
from collections.abc import Callable
from typing import Any

import jaxtyping

CALLS = 16
"""Calls of a function that are checked whatever happens, in every test anew."""

EVERY = jaxtyping.jaxtyped
"""Jaxtyping's own decorator, which checks all of them."""


class _Test:
    """Which test runs."""

    number = 0


def begin() -> None:
    """Say that another test begins."""
    _Test.number += 1


def is_checked(call: int) -> bool:
    """Return whether the call of that number is checked, from 1."""
    return call <= CALLS or not call & (call - 1)


def sampled(fn: Any = None, *, typechecker: Any) -> Any:
    """Decorate as :func:`jaxtyping.jaxtyped` does, for a sample of the calls."""
    if fn is None:
        return functools.partial(sampled, typechecker=typechecker)
    checked = EVERY(fn, typechecker=typechecker)
    if checked is fn or not isinstance(fn, types.FunctionType):
        return checked
    return _alternating(fn, checked)


def _alternating(fn: Callable[..., Any], checked: Callable[..., Any]) -> Callable[..., Any]:
    test, calls = -1, 0

    @functools.wraps(fn)
    def call(*arguments: Any, **named: Any) -> Any:
        nonlocal test, calls
        if test != _Test.number:
            test, calls = _Test.number, 0
        calls += 1
        return (checked if is_checked(calls) else fn)(*arguments, **named)

    return call


def install() -> None:
    """Let jaxtyping's import hook decorate with this; nothing of the library is imported yet."""
    jaxtyping.jaxtyped = sampled  # type: ignore[assignment]
