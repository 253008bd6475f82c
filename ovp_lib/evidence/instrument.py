"""An interactive figure of a static page: the data travel in the page, a script adds the controls.

A notebook returns :func:`instrument`; the function of that name in the book's ``instruments.js``
finds the element and turns it into a figure with controls. Without that script (JavaScript switched
off, or the notebook opened elsewhere) nothing of it is shown, and the static figure before it
stands alone.
"""

import html
import json
from collections.abc import Mapping
from typing import Any

from IPython.display import HTML

SIGNIFICANT_DIGITS = 9
"""Digits kept of every number: errors down to 1e-8 are differences of such numbers."""


def instrument(name: str, label: str, data: Mapping[str, Any]) -> HTML:
    """Return the element that the book's script brings to life.

    Args:
        name: which function of ``instruments.js`` it is for.
        label: what the figure shows, for those who cannot see it.
        data: JSON-ready values, or arrays of finite numbers.

    Returns:
        A hidden element that carries the data.

    Raises:
        ValueError: if a number is not finite, which JSON cannot carry.
    """
    payload = json.dumps({key: _plain(value) for key, value in data.items()}, allow_nan=False)
    payload = payload.replace("</", "<\\/")  # the only way to end the element early
    return HTML(
        f'<div class="ovp-instrument" data-instrument="{html.escape(name)}" role="group" '
        f'aria-label="{html.escape(label)}" hidden>'
        f'<script type="application/json">{payload}</script></div>'
    )


def _plain(value: Any) -> Any:
    """Return arrays as nested lists of short numbers."""
    if isinstance(value, str | bool | int | None):
        return value
    if isinstance(value, float):
        return float(f"{value:.{SIGNIFICANT_DIGITS}g}")
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in (value.tolist() if hasattr(value, "tolist") else value)]
