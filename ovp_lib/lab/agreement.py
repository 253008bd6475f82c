"""What may differ between two machines that run one notebook, and by how much.

Processors sum in different orders, and long computations amplify the last digits, SGD on ReLUs
most of all. So machines are compared by statistics: a claim has the same verdict, and its numbers
move by less than its interval; other outputs are the same to the letter, but for those of cells
that say by the tag :data:`VARIES` that they show numbers of such a computation.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from ovp_lib.evidence.claims import CLAIMS_MIMETYPE, Claims

VARIES = "varies"
"""Tag of a cell whose numbers vary between machines."""

SLACK = 0.25
"""How far numbers of a cell that varies may be apart, in logarithms; whole numbers may not."""

SHARE = 0.5
"""How far numbers of a claim may be apart, as a part of the length of its interval."""

_NUMBER = re.compile(r"(\d+(?:\.\d+)?(?:e[+-]?\d+)?)")

Outputs = Sequence[Mapping[str, Any]]


def align(stored: Outputs, new: Outputs, *, varies: bool) -> list[dict[str, Any]]:
    """Replace in the new outputs of a cell what agrees with the stored ones by the stored ones.

    So a comparison to the letter finds, and shows, what does not agree, and nothing else.

    Args:
        stored: outputs as a notebook has them.
        new: outputs of the same cell, run again.
        varies: whether the cell has the tag :data:`VARIES`.

    Returns:
        The new outputs; as they were where their number or kinds are not the stored ones.
    """
    if len(stored) != len(new):
        return [dict(output) for output in new]
    return [_align(*pair, varies) for pair in zip(stored, new, strict=True)]


def _align(stored: Mapping[str, Any], new: Mapping[str, Any], varies: bool) -> dict[str, Any]:
    aligned = dict(new)
    if varies and isinstance(new.get("text"), str) and isinstance(stored.get("text"), str):
        aligned["text"] = align_text(stored["text"], new["text"])
    if "data" in new:
        aligned["data"] = _align_data(stored.get("data", {}), new["data"], varies)
    return aligned


def _align_data(stored: Mapping[str, Any], new: Mapping[str, Any], varies: bool) -> dict[str, Any]:
    if CLAIMS_MIMETYPE in stored and CLAIMS_MIMETYPE in new:
        claims = align_claims(stored[CLAIMS_MIMETYPE], new[CLAIMS_MIMETYPE])
        return {**new, **_shown(claims)}
    both = [kind for kind in new if varies and kind in stored]
    texts = [kind for kind in both if isinstance(stored[kind], str) and isinstance(new[kind], str)]
    return {**new, **{kind: align_text(stored[kind], new[kind]) for kind in texts}}


def align_text(stored: str, new: str) -> str:
    """Return the new text with stored numbers for those that are near to them.

    The words between the numbers must be the same, but for the spaces that align columns.

    Example:
        >>> align_text("loss 0.20, 3 seeds", "loss 0.21, 3 seeds")
        'loss 0.20, 3 seeds'
        >>> align_text("loss 0.20, 3 seeds", "loss 0.41, 4 seeds")
        'loss 0.41, 4 seeds'
    """
    before, now = _NUMBER.split(stored), _NUMBER.split(new)
    if [word.split() for word in before[::2]] != [word.split() for word in now[::2]]:
        return new
    numbers = zip(before[1::2], now[1::2], strict=True)
    before[1::2] = [old if _near(old, number) else number for old, number in numbers]
    return "".join(before)


def _near(stored: str, new: str) -> bool:
    if stored == new or (stored.isdigit() and new.isdigit()):
        return stored == new
    x, y = float(stored), float(new)
    return min(x, y) > 0 and abs(math.log(y / x)) <= SLACK


def align_claims(stored: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the new record of claims with stored numbers for those that agree with them.

    What was measured agrees if it moved by at most :data:`SHARE` of the stored interval's length,
    and so did each end of the interval. Of a claim with another id, prediction, verdict or note all
    stays new.

    Args:
        stored: a record, see :meth:`~ovp_lib.evidence.claims.Claims.record`.
        new: the record of the same notebook, run again.
    """
    numbers = {"measured", "interval"}
    claims = list(new["claims"])
    for i, (before, now) in enumerate(zip(stored["claims"], claims, strict=False)):
        if {**before, **{name: now.get(name) for name in numbers}} != now:
            continue
        pairs = zip(_numbers(before), _numbers(now), strict=True)
        low, high = before["interval"]
        slack = 0.0 if low is None or high is None else SHARE * (high - low)
        if all(x == y or (None not in (x, y) and abs(y - x) <= slack) for x, y in pairs):
            claims[i] = before
    return {**new, "claims": claims}


def _numbers(claim: Mapping[str, Any]) -> list[Any]:
    return [claim["measured"], *claim["interval"]]


def _shown(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record of claims with the table and the text that show it."""
    try:
        return Claims.from_record(record)._repr_mimebundle_()
    except (ValidationError, KeyError, TypeError, ValueError):
        return {CLAIMS_MIMETYPE: record}
