"""Let docstrings be plain text: absolute values stay bars, remarks on constants keep their colon.

The library's docstrings are written for whoever reads the source. Two habits of theirs mean
something else to the documentation tools: ``|x|`` is a substitution in reStructuredText, and
napoleon takes what stands before a colon in the docstring of a constant for its type. And the
signature of a command has its options beside the types, which are shown by address in memory.
"""

import re
from typing import Any

from sphinx.application import Sphinx

OPTION = re.compile(r"~?\w+\.Annotated\[(.*?), <typer\.models\.\w+ object at 0x[0-9a-f]+>\]")
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


def types_alone(*event: Any) -> tuple[str | None, str | None]:
    """Return the signature of a command without its options, which the help of `ovp` shows."""
    _app, _what, _name, _object, _options, signature, returned = event
    return OPTION.sub(r"\1", signature) if signature else signature, returned


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the hook; called by Sphinx."""
    app.connect("autodoc-process-docstring", plain, priority=400)
    app.connect("autodoc-process-signature", types_alone)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
