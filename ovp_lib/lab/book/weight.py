"""What a page loads before it is seen, and room for its pictures before they are there.

The theme draws its icons twice, by fonts and by a script of half a megabyte that holds up every
page: the script goes, and so do the fonts' early loads. Other scripts wait until the page is read.
Pictures say how large they are, so that nothing moves when they come, and those further down wait.
"""

import itertools
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from ovp_lib.lab.book import sphinx_narrow

_ICON_SCRIPT = re.compile(r'\s*<script src="[^"]*/fontawesome/[^"]*\.js[^"]*"></script>')
_FONT_PRELOAD = re.compile(r'\s*<link rel="preload" as="font"[^>]*>')
_SCRIPT_PRELOAD = re.compile(r'\s*<link rel="preload" as="script"[^>]*>')
_SCRIPT = re.compile(r"<script (?=[^>]*src=)(?![^>]*(?:defer|documentation_options|doctools))")
_IMAGE = re.compile(r"<img (?P<rest>[^>]*?)/?>")
_SOURCE = re.compile(r'src="[^"]*?(?P<name>[^"/]+)"')
_SVG_SIZE = re.compile(r'\b(?P<side>width|height)="(?P<size>[0-9.]+)(?P<unit>px|pt|)"')

POINT = 4 / 3
"""Pixels of a point, the unit of the figures of the notebooks."""

EMPTY: Mapping[str, Path] = {}

EARLY = 1
"""Pictures of a page that do not wait until they are scrolled to."""


def light_styles(head: str) -> str:
    """Return the theme's style sheets without the icons' script and without early loads.

    Args:
        head: the part of a page's head that loads style sheets.

    Returns:
        The same with the fonts' and the scripts' early loads and the icons' script left out.
    """
    for pattern in (_ICON_SCRIPT, _FONT_PRELOAD, _SCRIPT_PRELOAD):
        head = pattern.sub("", head)
    return head


def light_scripts(head: str) -> str:
    """Return scripts that wait until the page is read, in their order.

    Args:
        head: the part of a page's head that loads scripts.

    Returns:
        The same with ``defer`` at all of them but the options and doctools, which lines in a
        page and the scripts of the search need at once.

    Example:
        >>> light_scripts('<script src="a.js"></script>')
        '<script defer src="a.js"></script>'
    """
    return _SCRIPT.sub("<script defer ", head)


def image_size(path: Path) -> tuple[int, int] | None:
    """Return width and height of a picture in pixels.

    Args:
        path: of an SVG or a PNG.

    Returns:
        The size; None if the picture does not say.
    """
    if path.suffix == ".png":
        # The first chunk of every PNG is its header, which begins with the size at byte 16.
        width, height = struct.unpack(">II", path.read_bytes()[16:24])
        return width, height
    if path.suffix != ".svg":
        return None
    tag = re.search(r"<svg\b[^>]*>", path.read_text(encoding="utf-8"))
    sides = {m["side"]: m for m in _SVG_SIZE.finditer(tag.group() if tag else "")}
    if len(sides) < 2:
        return None
    width, height = (_pixels(sides[name]) for name in ("width", "height"))
    return width, height


def _pixels(side: re.Match[str]) -> int:
    return round(float(side["size"]) * (POINT if side["unit"] == "pt" else 1))


def with_sizes(body: str, files: Mapping[str, Path], narrow: Mapping[str, Path] = EMPTY) -> str:
    """Return a page's body whose pictures say how large they are; all but the first ones wait.

    Args:
        body: HTML.
        files: pictures by the last part of their address.
        narrow: for some of them the picture that a phone is shown instead.

    Example:
        >>> with_sizes('<img src="a.svg"/><img src="b.svg"/>', {})
        '<img src="a.svg" decoding="async"/><img src="b.svg" loading="lazy" decoding="async"/>'
    """
    count = itertools.count()

    def sized(image: re.Match[str]) -> str:
        said, source = image["rest"].rstrip(), _SOURCE.search(image["rest"])
        name = source["name"] if source else ""
        path, other = files.get(name), narrow.get(name)
        if other and sphinx_narrow.is_small(said):
            said, path, other = sphinx_narrow.renamed(said), other, None
        size = image_size(path) if path and path.is_file() else None
        room = f' width="{size[0]}" height="{size[1]}"' if size else ""
        if re.search(r"\b(width|style)=", said):
            room = ""
        late = ' loading="lazy"' if next(count) >= EARLY else ""
        made = f'<img {said}{room}{late} decoding="async"/>'
        return sphinx_narrow.for_phones(made, image_size(other)) if other else made

    return _IMAGE.sub(sized, body)


def size_pictures(
    app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    """Give the pictures of a page their sizes.

    Args:
        app: the application, given by Sphinx.
        context: of the template; its body is changed.
    """
    if "body" in context:
        files = {
            Path(copy).name: Path(app.srcdir) / source
            for source, copy in app.builder.images.items()
        }
        narrow = sphinx_narrow.copied(files, Path(app.outdir) / app.builder.imagedir)
        context["body"] = with_sizes(context["body"], files, narrow)


def spare_maths(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    """Leave out the script that fetches MathJax where a page shows no formula.

    Args:
        context: of the template; its scripts are changed.
    """
    if 'class="math' not in context.get("body", ""):
        scripts = context["script_files"]
        scripts[:] = [s for s in scripts if "maths.js" not in str(getattr(s, "filename", s))]


def add_filters(app: Sphinx) -> None:
    """Let the template of a page use this module.

    Args:
        app: the application, given by Sphinx.
    """
    if isinstance(app.builder, StandaloneHTMLBuilder):
        filters = app.builder.templates.environment.filters
        filters |= {"light_styles": light_styles, "light_scripts": light_scripts}


def setup(app: Sphinx) -> None:
    """Register what this module does to every page.

    Args:
        app: the application, given by Sphinx.
    """
    app.connect("builder-inited", add_filters)
    app.connect("html-page-context", size_pictures)
    app.connect("html-page-context", spare_maths, priority=900)  # after Sphinx has added it
