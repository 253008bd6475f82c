r"""Whether a formula uses a symbol: a comparison of TeX piece by piece.

A letter inside the name of a command, in a subscript or in upright text is not the symbol, and
:math:`m_1` does not use :math:`m`.
"""

import re
from collections.abc import Sequence

FONTS = (r"\mathrm", r"\mathsf", r"\mathcal", r"\mathbb", r"\text", r"\operatorname", r"\mathfrak")
"""Commands whose argument is a name of its own."""

GOES_ON = ("_", "'")
"""What makes another symbol of the one before it."""

MARKS = (r"\star", "*", r"\rho", "(")
"""What makes another symbol of the one before it, as a superscript."""

SPACES = (r"\,", r"\!", r"\;", r"\ ")


def pieces(tex: str) -> list[str]:
    r"""Return the commands and characters of a formula, without spaces.

    Args:
        tex: the formula.

    Example:
        >>> pieces(r"\norm{W'} \, x")
        ['\\norm', '{', 'W', "'", '}', 'x']
    """
    return [p for p in re.findall(r"\\[A-Za-z]+|\\.|\S", tex) if p not in SPACES]


def uses(formula: str, symbol: str) -> bool:
    r"""Say whether a formula uses a symbol.

    Args:
        formula: TeX.
        symbol: TeX of the symbol alone.

    Returns:
        Whether it does.

    Example:
        >>> [uses(r"\norm{x} \le m_1", s) for s in ("x", "m", "m_1", "n")]
        [True, False, True, False]
    """
    text, wanted = pieces(formula), pieces(symbol)
    inside = _names_and_subscripts(text)
    return any(
        text[start : start + len(wanted)] == wanted
        and start not in inside
        and not _goes_on(text[start + len(wanted) :])
        for start in range(len(text) - len(wanted) + 1)
    )


def _goes_on(rest: Sequence[str]) -> bool:
    if not rest:
        return False
    raised = [piece for piece in rest[1:3] if piece != "{"]
    return rest[0] in GOES_ON or (rest[0] == "^" and bool(raised) and raised[0] in MARKS)


def _names_and_subscripts(text: Sequence[str]) -> set[int]:
    """Return where a formula has what belongs to a subscript or to a name in another font."""
    found: set[int] = set()
    for start, piece in enumerate(text):
        if piece not in ("_", *FONTS) or start + 1 == len(text):
            continue
        end, depth = start + 1, 0
        while end < len(text):
            depth += (text[end] == "{") - (text[end] == "}")
            found.add(end)
            end += 1
            if depth <= 0:
                break
    return found
