"""Tables for those who hear a page: a heading without words becomes a plain cell."""

import re
from typing import Any

from sphinx.application import Sphinx

_EMPTY_HEADING = re.compile(r"<th(?P<rest>(?: [^>]*)?)>(?P<inside>\s*(?:<p>\s*</p>)?\s*)</th>")


def without_empty_headings(body: str) -> str:
    """Return a page's body whose empty headings of tables, such as pandas writes, are plain cells.

    Args:
        body: HTML.

    Example:
        >>> without_empty_headings('<tr><th></th><th>m</th></tr>')
        '<tr><td></td><th>m</th></tr>'
    """
    return _EMPTY_HEADING.sub(r"<td\g<rest>>\g<inside></td>", body)


def mend_headings(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    """Let no page have an empty heading.

    Args:
        context: of the template; its body is changed.
    """
    if "body" in context:
        context["body"] = without_empty_headings(context["body"])


def setup(app: Sphinx) -> None:
    """Register what this module does to every page.

    Args:
        app: the application, given by Sphinx.
    """
    app.connect("html-page-context", mend_headings)
