"""What a reader's browser fetches, and whether there is room for it before it comes.

Sizes are what travels: every text compressed as a web server does it. Times are measured by
``tests.book.paint``, since they depend on what else the machine does.
"""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.book.conftest import OpenTab, Visit, of_page, toc_pages
from tests.book.served import as_sent

pytestmark = pytest.mark.browser

FRONT = "book/index"
MOST, BEFORE_PAINT = 400_000, 200_000
"""Bytes of the front page with all it loads, and of what holds up the first paint of any page."""

FETCHED = """() => performance.getEntriesByType("resource").map(each =>
    ({url: each.name, blocks: each.renderBlockingStatus === "blocking"}))"""

ROOMLESS = """images => images
    .filter(image => !["width", "style"].some(name => image.hasAttribute(name)))
    .map(image => image.getAttribute("src"))"""

DRAWN = """icons => icons.map(icon => getComputedStyle(icon, "::before").content)"""

LOOK = """node => {
    const style = getComputedStyle(node);
    return [style.color, style.backgroundColor];
}"""


def sent(html: Path, page: Page, *, blocking: bool = False) -> dict[str, int]:
    """Return how many bytes travel for a page, by what they are for."""
    fetched = [each for each in page.evaluate(FETCHED) if each["blocks"] or not blocking]
    addresses = {urlsplit(url).path for url in (page.url, *(each["url"] for each in fetched))}
    return {path: len(as_sent(html / path.lstrip("/"))) for path in sorted(addresses)}


def test_the_front_page_is_light(visitor: OpenTab, html: Path) -> None:
    page = visitor().open(FRONT)
    page.wait_for_load_state("networkidle")
    found = sent(html, page)
    page.close()
    assert len(found) > 10
    assert sum(found.values()) <= MOST, found
    assert not any("mathjax" in path for path in found)


@of_page(FRONT)
def test_few_icons_are_loaded_and_all_that_are_shown_are_drawn(
    visit: Visit, html: Path, name: str
) -> None:
    page = visit(name).page
    [styles] = html.glob("_static/vendor/fontawesome/*/css/all.min.css")
    assert len(as_sent(styles)) < 6_000
    shown = page.locator(":is(i, span)[class*='fa-']").evaluate_all(DRAWN)
    assert len(shown) >= 4
    assert "none" not in shown


@pytest.mark.parametrize("name", toc_pages())
def test_little_holds_up_a_page(visit: Visit, html: Path, name: str) -> None:
    page = visit(name).page
    blocking = sent(html, page, blocking=True)
    everything = sent(html, page)
    own = blocking.pop(f"/{name}.html")
    assert 5 < len(blocking) < len(everything)
    assert sum(blocking.values()) <= BEFORE_PAINT, blocking
    assert own <= 3 * BEFORE_PAINT  # it is drawn while it comes
    assert not any("fontawesome" in path and path.endswith(".js") for path in everything)


@pytest.mark.parametrize("name", toc_pages())
def test_pictures_have_room_before_they_come(visit: Visit, name: str) -> None:
    pictures = visit(name).page.locator(".bd-article img:not([src^='data:'])")
    roomless = pictures.evaluate_all(ROOMLESS)
    assert roomless == []


@of_page("notebooks/theorem-1-two-layer")
def test_equations_come_after_the_text(visit: Visit, name: str) -> None:
    page = visit(name).page
    [asked] = page.evaluate(
        """() => performance.getEntriesByType("resource")
            .filter(each => each.name.includes("mathjax")).map(each => each.startTime)"""
    )
    painted, loaded = page.evaluate(
        """() => [performance.getEntriesByName("first-contentful-paint")[0].startTime,
            performance.getEntriesByType("navigation")[0].loadEventStart]"""
    )
    assert asked >= loaded
    assert asked >= painted


@of_page("notebooks/theorem-1-two-layer")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_printed_page_is_light_and_nothing_is_cut(paper: Page, scheme: str) -> None:
    page = paper
    page.evaluate("scheme => document.documentElement.dataset.theme = scheme", scheme)
    page.evaluate("() => document.getAnimations().forEach(fade => fade.finish())")
    for place in ("h1", ".bd-article p", ".highlight pre", ".highlight pre span", "td", "body"):
        colour, paper = page.locator(place).first.evaluate(LOOK)
        red, green, blue = (int(part) for part in colour[4:].strip("a()").split(",")[:3])
        assert max(red, green, blue) < 140, f"{place} is printed in {colour}"
        assert paper in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)") or place != "body"
    wraps = page.locator(".highlight pre").evaluate_all(
        "nodes => nodes.map(node => getComputedStyle(node).whiteSpace)"
    )
    assert set(wraps) == {"pre-wrap"}
