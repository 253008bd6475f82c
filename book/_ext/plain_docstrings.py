"""Let docstrings be plain text: absolute values stay bars, remarks on constants keep their colon.

The library's docstrings are written for whoever reads the source. Two habits of theirs mean
something else to the documentation tools: ``|x|`` is a substitution in reStructuredText, and
napoleon takes what stands before a colon in the docstring of a constant for its type.
"""

import re
from typing import Any

from sphinx.application import Sphinx

LITERAL = re.compile(r"(``.*?``|`.*?`)")


def plain(*event: Any) -> None:
    """Rewrite the lines of one docstring in place, before napoleon sees them."""
    _app, what, _name, _object, _options, lines = event
    for number, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            parts = LITERAL.split(line)
            parts[::2] = [part.replace("|", "\\|") for part in parts[::2]]
            lines[number] = "".join(parts)
    if what in {"attribute", "data", "property"}:
        lines[:0] = ["..", ""]  # an empty comment, so that the text is no longer the first line


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the hook; called by Sphinx."""
    app.connect("autodoc-process-docstring", plain, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
