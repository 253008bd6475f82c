"""Every link of the rendered book, followed on disk."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.book.conftest import toc_pages

pytestmark = pytest.mark.browser


@dataclass
class Outline(HTMLParser):
    """What a page links to, what it loads, and which anchors it has."""

    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") in {
            "stylesheet",
            "icon",
            "preload",
            "modulepreload",
        }:
            self.loads.append(given["href"])
        elif "src" in given:
            self.loads.append(given["src"])


@pytest.fixture(scope="module")
def outlines(html: Path) -> dict[Path, Outline]:
    """The outline of every page."""
    pages: dict[Path, Outline] = {}
    for path in html.rglob("*.html"):
        if "_static" not in path.relative_to(html).parts:
            pages[path.resolve()] = Outline()
            pages[path.resolve()].feed(path.read_text())
    return pages


def test_every_page_of_the_toc_is_there(html: Path, outlines: dict[Path, Outline]) -> None:
    missing = [name for name in toc_pages() if (html / f"{name}.html").resolve() not in outlines]
    assert missing == []


def test_nothing_is_loaded_from_elsewhere(outlines: dict[Path, Outline]) -> None:
    loads = [url for outline in outlines.values() for url in outline.loads]
    assert loads
    assert [url for url in loads if urlsplit(url).netloc] == []


def test_links_and_anchors_resolve(outlines: dict[Path, Outline]) -> None:
    broken = []
    for page, outline in outlines.items():
        for url in [*outline.links, *outline.loads]:
            parts = urlsplit(url)
            if parts.scheme or parts.netloc:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            anchors = outlines[target].anchors if target in outlines else set()
            lost = parts.fragment and target in outlines and unquote(parts.fragment) not in anchors
            if not target.is_file() or lost:
                broken.append(f"{page.name} -> {url}")
    assert broken == []
