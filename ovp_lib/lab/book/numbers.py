"""Numbers in the tables of notebooks stand under one another, decimal point under decimal point.

pandas writes cells as plain text. When a page is written, the digits before the decimal point and
those from it on get widths that are the same for the whole column. What follows a number, such as
an interval, may go to the next line.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from sphinx.application import Sphinx

_TABLE = re.compile(r'<table[^>]*class="dataframe[^>]*>.*?</table>', re.DOTALL)
_ROW = re.compile(r"<tr[^>]*>.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<td>(.*?)</td>", re.DOTALL)
_NUMBER = re.compile(
    r"(?P<whole>[−+]?\d[\d,]*)(?P<part>(?:\.\d*)?(?:e[-+−]?\d+|\^[−-]?[\d.]+)?%?)"
    r"(?P<after>(?: [\[(±].*)?)",
    re.DOTALL,
)
_HEADING = re.compile(r"(<th[^>]*>\w+)\(")
_HYPHEN = re.compile(r"(?<![\w^])-(?=\d)")


class Number(NamedTuple):
    """A cell that holds a number, taken apart.

    Attributes:
        whole: sign and digits before the decimal point.
        part: the decimal point, digits, and a power.
        after: what follows, such as an interval.
    """

    whole: str
    part: str
    after: str


def number(text: str) -> Number | None:
    """Take a number apart.

    Args:
        text: of a cell.

    Returns:
        The parts, with the sign that is printed for less than nothing; None of other text.

    Example:
        >>> number("-1.79 [-2.06, -1.53]")
        Number(whole='−1', part='.79', after=' [−2.06, −1.53]')
        >>> number("nowhere") is None
        True
    """
    found = _NUMBER.fullmatch(_HYPHEN.sub("−", text.strip()))
    return Number(found["whole"], found["part"], found["after"]) if found else None


def aligned(body: str) -> str:
    """Return HTML whose tables of numbers are aligned.

    Args:
        body: HTML of a page.
    """
    return _TABLE.sub(lambda table: _table(table[0]), body)


def _table(text: str) -> str:
    rows = [_CELL.findall(row) for row in _ROW.findall(text)]
    columns = max((len(row) for row in rows), default=0)
    found = [[number(row[i]) for row in rows if i < len(row)] for i in range(columns)]
    widths = [_widths([each for each in column if each]) for column in found]

    def row(match: re.Match[str]) -> str:
        cells = iter(widths)
        return _CELL.sub(lambda cell: _cell(cell[1], next(cells)), match[0])

    return _HEADING.sub(r"\1<wbr>(", _ROW.sub(row, text))


def _widths(numbers: Sequence[Number]) -> tuple[int, int]:
    """Return the lengths of the longest parts, in characters."""
    whole = max((len(each.whole) for each in numbers), default=0)
    return whole, max((len(each.part) for each in numbers), default=0)


def _cell(text: str, widths: tuple[int, int]) -> str:
    if (found := number(text)) is None:
        return f"<td>{text}</td>"
    parts = zip(("whole", "decimals"), found[:2], widths, strict=True)
    spans = (
        f'<span class="ovp-{name}" style="min-width:{width}ch">{part}</span>'
        for name, part, width in parts
        if width
    )
    css = "ovp-number ovp-spread" if found.after else "ovp-number"
    return f'<td class="{css}">{"".join(spans)}{found.after}</td>'


def align(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Align the numbers of a page; called by Sphinx.

    Args:
        context: of the template; its body is changed.
    """
    if "body" in context:
        context["body"] = aligned(context["body"])


def setup(app: Sphinx) -> None:
    """Register what this module does to every page.

    Args:
        app: the application, given by Sphinx.
    """
    app.connect("html-page-context", align)
