"""Differences of two outputs, in a line or two each; encoded contents are decoded first."""

import base64
import binascii
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

MAX_LINES = 20
"""Lines shown of one cell's difference or traceback."""

MAX_WIDTH = 200
"""Characters shown of a line."""

_DOWNLOAD = re.compile(r"data:(?P<kind>[\w/+.-]+)(?:;[\w=-]+)*;base64,(?P<bytes>[A-Za-z0-9+/=]*)")

_ENCODED = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")


def describe(stored: Any, new: Any, where: str = "") -> list[str]:
    """Return the first differences, a line each, none too long to be read.

    Args:
        stored: the stored output or a part of it, of the types of JSON.
        new: what is now in its place.
        where: the place of both, with which each line begins; empty for no place.

    Returns:
        At most :data:`MAX_LINES` lines; none if nothing differs.
    """
    return [shorten(line) for line in islice(differences(stored, new, where), MAX_LINES)]


def differences(stored: Any, new: Any, where: str = "") -> Iterator[str]:
    r"""Yield a line for every place where two outputs differ.

    Args:
        stored: the stored output or a part of it, of the types of JSON.
        new: what is now in its place.
        where: the place of both, with which each line begins; empty for no place.

    Yields:
        The place, and what is stored and what is now there.

    Example:
        >>> print(*differences({"a": [1, 2], "b": "x"}, {"a": [1, 3], "b": "x"}), sep="; ")
        .a[1]: stored 2, now 3
        >>> print(*differences("loss 0.5\nend", "loss 0.7\nend"))
        stored 'loss 0.5', now 'loss 0.7'
    """
    match stored, new:
        case dict(), dict() if stored.keys() == new.keys():
            yield from chain(*(differences(stored[k], new[k], f"{where}.{k}") for k in stored))
        case list(), list() if len(stored) == len(new):
            pairs = enumerate(zip(stored, new, strict=True))
            yield from chain(*(differences(*pair, f"{where}[{i}]") for i, pair in pairs))
        case str(), str() if stored != new:
            yield _in_text(where, stored, new)
        case _ if stored != new:
            yield _difference(where, repr(stored), repr(new))


def shorten(line: str) -> str:
    """Cut a line that is too long to be read.

    Args:
        line: the line, of any length.

    Returns:
        The line, cut to :data:`MAX_WIDTH` characters if it is longer.
    """
    return line if len(line) <= MAX_WIDTH else f"{line[: MAX_WIDTH - 4]} ..."


def _in_text(where: str, stored: str, new: str) -> str:
    """Say where two texts differ, inside what they encode if it is there."""
    first = _first_difference(stored, new)
    pair = [_download_around(text, first) for text in (stored, new)]
    if pair[0] and pair[1]:
        kind, *contents = f"{where} {pair[0]['kind']}", pair[0]["bytes"], pair[1]["bytes"]
        return _in_encoded(kind, *contents)
    if _ENCODED.fullmatch(stored) and _ENCODED.fullmatch(new):
        return _in_encoded(where, stored, new)
    return _difference(where, *map(repr, _around(stored, new, first)))


def _in_encoded(where: str, stored: str, new: str) -> str:
    try:
        before, now = (base64.b64decode(text, validate=True) for text in (stored, new))
    except binascii.Error:
        return _difference(where, *map(repr, _around(stored, new, _first_difference(stored, new))))
    try:
        texts = before.decode(), now.decode()
    except UnicodeDecodeError:
        first = _first_difference(before, now)
        return (
            f"{where}: stored {len(before)} bytes, now {len(now)}; "
            f"the first that differs is number {first + 1}"
        )
    return _difference(where, *map(repr, _around(*texts, _first_difference(*texts))))


def _download_around(text: str, position: int) -> re.Match[str] | None:
    """Return the download in whose bytes a position lies."""
    for found in _DOWNLOAD.finditer(text):
        if found.start("bytes") <= position <= found.end("bytes"):
            return found
    return None


def _first_difference(stored: str | bytes, new: str | bytes) -> int:
    """Return where two texts first differ, by halving: comparing slices is fast."""
    low, high = 0, min(len(stored), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        if stored[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _around(stored: str, new: str, first: int, before: int = 30) -> tuple[str, str]:
    """Cut two texts to where they first differ: to the line, and in it to a few characters."""
    start = max(stored.rfind("\n", 0, first) + 1, first - before)
    tails = (text[first : first + 2 * before] for text in (stored, new))
    left, right = (stored[start:first] + t[:1] + t[1:].split("\n")[0] for t in tails)
    return left, right


def _difference(where: str, stored: str, new: str) -> str:
    return f"{where}: stored {stored}, now {new}".removeprefix(": ")
