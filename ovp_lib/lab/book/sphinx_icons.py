"""The style sheet of the icons without the icons that no page shows.

The theme loads the names of some two thousand icons before a page is seen, and shows a dozen. What
is left holds up the first paint by a tenth of the bytes.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

STYLES = "vendor/fontawesome/*/css/all.min.css"
"""Where a theme has the style sheet, in its static files."""

_NAME = re.compile(r"\bfa-([a-z0-9-]+)")
_ICON = re.compile(r"(?:\.fa-[a-z0-9-]+:before,?)+\{content:\"[^\"]*\"\}")


def names(texts: Iterable[str]) -> frozenset[str]:
    """Return the names of the icons that some texts speak of, without their prefix.

    Args:
        texts: HTML, or scripts that make it.

    Returns:
        The names; more than icons, such as those of sizes, do no harm.

    Example:
        >>> sorted(names(['<i class="fa-solid fa-bars"></i>']))
        ['bars', 'solid']
    """
    return frozenset(found for text in texts for found in _NAME.findall(text))


def trimmed(styles: str, used: frozenset[str]) -> str:
    """Return a style sheet without the icons that are not used.

    Args:
        styles: as the theme has it: a rule for each icon, with all of its names.
        used: names of icons.

    Returns:
        The same with the rules of the used ones, and all that is no icon's.

    Example:
        >>> styles = '.fa-a:before{content:"1"}.fa-b:before,.fa-c:before{content:"2"}'
        >>> trimmed(styles, frozenset({"c"}))
        '.fa-b:before,.fa-c:before{content:"2"}'
    """

    def kept(rule: re.Match[str]) -> str:
        return rule[0] if used.intersection(_NAME.findall(rule[0])) else ""

    return _ICON.sub(kept, styles)


def trim(app: Sphinx, exception: Exception | None) -> None:
    """Write the style sheet with the icons of this book; Sphinx calls this when all is written.

    Args:
        app: the application.
        exception: what ended the build, if something did.
    """
    if exception or not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    out = Path(app.outdir)
    # From the theme and not from the book, where an earlier build may have trimmed the file.
    static = [Path(folder) / "static" for folder in app.builder.theme.get_theme_dirs()]
    for folder in static:
        for path in folder.glob(STYLES):
            pages = [*out.rglob("*.html"), *(out / "_static").glob("*.js")]
            pages += (out / "_static" / "scripts").glob("*.js")
            used = names(page.read_text(encoding="utf-8") for page in pages)
            written = out / "_static" / path.relative_to(folder)
            written.write_text(trimmed(path.read_text(encoding="utf-8"), used), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Register what this module does when a build is finished.

    Args:
        app: the application.
    """
    app.connect("build-finished", trim)
