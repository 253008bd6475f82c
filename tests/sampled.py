"""Types and shapes are checked where a function is called first in a test, and then now and then.

Jaxtyping and beartype check every call, which doubles the time of whatever calls a function in a
loop, most often with the same shapes. Of each function the first :data:`CALLS` calls of a test are
checked, and of the others every one whose number is a power of two.
"""

import functools
import types
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
    """Decorate as :func:`jaxtyping.jaxtyped` does, for a sample of the calls.

    What checks is made when it is called first: of most functions a test calls none, and of those
    inside of others there is one for every call.
    """
    if fn is None:
        return functools.partial(sampled, typechecker=typechecker)
    if not isinstance(fn, types.FunctionType):
        return EVERY(fn, typechecker=typechecker)
    test, calls, checked = -1, 0, None

    @functools.wraps(fn)
    def call(*arguments: Any, **named: Any) -> Any:
        nonlocal test, calls, checked
        if test != _Test.number:
            test, calls = _Test.number, 0
        calls += 1
        if not is_checked(calls):
            return fn(*arguments, **named)
        if checked is None:
            checked = EVERY(fn, typechecker=typechecker)
        return checked(*arguments, **named)

    return call


def install() -> None:
    """Let jaxtyping's import hook decorate with this; nothing of the library is imported yet."""
    jaxtyping.jaxtyped = sampled  # type: ignore[assignment]
