"""What a link to a page shows elsewhere: description, title and a picture, made at build time.

Search engines read the description; chats and social networks read the OpenGraph and Twitter tags.
Both take the plain sentence of the card of a statement, or the first paragraph of any other page.
The picture is that of the first finding, drawn large. Networks want its full address, which follows
from ``repository_url`` in ``_config.yml``; while that is empty the address is relative.
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.typing import ExtensionMetadata

import ovp_lib
from ovp_lib.lab.book import pictures
from ovp_lib.lab.files.address import repository
from ovp_lib.pages import STATEMENTS

CARD = "_static/share.png"
"""Path of the picture in the book."""

INCHES, DOTS = (12.0, 6.3), 100
"""Size of the picture: 1200 by 630 pixels, as the networks want it."""

LONGEST = 200
"""Characters of a description."""

SHORTEST = 40
"""Characters of a paragraph that can describe a page."""

SAID = "We ran the theorems: what held, what did not, and what it took."


def pages_address(repository_url: str) -> str:
    """Return where GitHub serves the pages of a repository.

    Args:
        repository_url: address of the repository, or nothing.

    Returns:
        An address that ends in a slash, or nothing.

    Example:
        >>> pages_address("https://github.com/Owner/name")
        'https://owner.github.io/name/'
        >>> pages_address("")
        ''
    """
    if not repository_url:
        return ""
    owner, name = repository_url.split("/")[-2:]
    return f"https://{owner.lower()}.github.io/{name}/"


def in_a_line(text: str, longest: int = LONGEST) -> str:
    """Shorten a text to a line that ends with a word.

    Args:
        text: any text.
        longest: the most characters, at least two.

    Returns:
        The line; dots stand for what is missing.

    Example:
        >>> in_a_line("one two  three", 9)
        'one two …'
    """
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    return f"{line[: longest - 1].rpartition(' ')[0]} …"


def describe(docname: str, doctree: nodes.document | None) -> str:
    """Return the description of a page.

    Args:
        docname: of the page.
        doctree: the page; nothing for pages that Sphinx makes.

    Returns:
        One line without markup.
    """
    statement = STATEMENTS.get(docname.removeprefix("notebooks/"))
    if statement is not None and statement.card is not None:
        return in_a_line(re.sub(r"[$\\{}]", "", statement.card.plain))
    if doctree is None:
        return SAID
    paragraphs = (each for each in doctree.findall(nodes.paragraph) if _is_prose(each))
    return in_a_line(next((each.astext() for each in paragraphs), SAID))


def tags(title: str, description: str, site: str, picture: str) -> Iterator[str]:
    """Return the tags of a page.

    Args:
        title: of the page.
        description: of the page.
        site: title of the book.
        picture: address of the picture.

    Yields:
        One tag of HTML after the other.
    """
    yield f'<meta name="description" content="{escape(description)}">'
    graph = {
        "og:type": "website",
        "og:site_name": site,
        "og:title": title,
        "og:description": description,
        "og:image": picture,
        "og:image:width": f"{INCHES[0] * DOTS:.0f}",
        "og:image:height": f"{INCHES[1] * DOTS:.0f}",
        "og:image:alt": "Test error against training samples: a kernel stays high, a ResNet falls, "
        "a plain network falls further.",
    }
    for name, content in graph.items():
        yield f'<meta property="{name}" content="{escape(content)}">'
    yield '<meta name="twitter:card" content="summary_large_image">'


def tell(
    app: Sphinx, docname: str, _: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put the tags into the head of a page; called by Sphinx.

    Args:
        app: the application.
        docname: of the page.
        context: what the template gets; it is changed.
        doctree: the page; nothing for pages that Sphinx makes.
    """
    site = app.config.html_title or app.config.project
    title = re.sub(r"<[^>]*>", "", context.get("title") or site)
    picture = f"{app.config.html_baseurl or context['pathto']('', resource=True)}{CARD}"
    found = tags(title, describe(docname, doctree), site, picture)
    context["metatags"] = "\n".join([context.get("metatags", ""), *found])
    if title == site:
        context["docstitle"] = ""  # not the same words twice in the title of the window


def name_the_place(app: Sphinx, config: Config) -> None:
    """Set the address of the book and the buttons of its repository; called by Sphinx.

    Args:
        app: the application.
        config: settings of the book; they are changed.
    """
    address = repository(Path(app.srcdir))
    if not address:
        return
    config.html_baseurl = config.html_baseurl or pages_address(address)
    config.html_theme_options |= {"use_repository_button": True, "use_issues_button": True}


def draw_card(app: Sphinx, error: Exception | None) -> None:
    """Draw the picture into the finished book; called by Sphinx.

    Args:
        app: the application.
        error: why the book is not finished, if it is not.
    """
    if error is None and app.builder.format == "html":
        path = Path(app.outdir) / CARD
        path.parent.mkdir(exist_ok=True)
        title = str(app.config.html_title)
        pictures.poster(Path(app.srcdir), path, title=title, said=SAID, size=INCHES, dpi=DOTS)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register what happens; called by Sphinx.

    Args:
        app: the application, given by Sphinx.

    Returns:
        What Sphinx needs to know of the extension.
    """
    app.connect("config-inited", name_the_place)
    app.connect("html-page-context", tell, priority=900)
    app.connect("build-finished", draw_card)
    return {
        "version": ovp_lib.__version__,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }


def _is_prose(paragraph: nodes.paragraph) -> bool:
    return isinstance(paragraph.parent, nodes.section) and len(paragraph.astext()) > SHORTEST
