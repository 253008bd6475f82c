"""Every page of the rendered book, as a reader's browser sees it."""

import base64
import csv
import io
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page

from tests.book.conftest import PAGES, PHONE, OpenTab, Visit, Visitor, of_page, toc_pages

pytestmark = pytest.mark.browser

CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
RAW_TEX = re.compile(r"\$\$|\\[(\[]|\\(begin|frac|mathbb|mathrm|varepsilon|left|sum)\b")
RAW_MARKUP = re.compile(r"```|:::|\{[a-z:-]+\}`|\]\(")
PROSE = """() => {
    const article = document.querySelector(".bd-article, main").cloneNode(true);
    article.querySelectorAll("pre, code, script, mjx-container").forEach(node => node.remove());
    return article.textContent;
}"""
IMAGES = """images => images.map(image =>
    ({src: image.getAttribute("src"), alt: image.getAttribute("alt"), width: image.naturalWidth}))
"""

LOAD = """images => Promise.all(images.map(image => {
    image.loading = "eager";
    return image.complete || new Promise(done => { image.onload = image.onerror = done; });
}))"""
"""Pictures further down are not fetched before somebody scrolls there."""

TOO_WIDE = """() => {
    const closed = [...document.querySelectorAll("details:not([open])")];
    closed.forEach(box => { box.open = true; });
    const wide = [...document.querySelectorAll("table.ovp-provenance")]
        .filter(table => table.scrollWidth > table.parentElement.clientWidth + 1)
        .map(table => table.textContent.trim().replace(/\\s+/g, " ").slice(0, 60));
    closed.forEach(box => { box.open = false; });
    return wide;
}"""
"""Tables that say where numbers come from, and are wider than the closed box that they are in."""

RANKED = """async phrase => {
    while (!Search.hasIndex()) await new Promise(done => setTimeout(done, 20));
    const found = Search._performSearch(...Search._parseQuery(phrase));
    return found.slice(-2).reverse().map(([page]) => page);
}"""
"""The two pages that the search shows first; to show them it reads each page that it has found."""


@pytest.fixture
def seen(visit: Visit, name: str) -> Visitor:
    """A page, open on a wide screen."""
    return visit(name)


every_page = pytest.mark.parametrize("name", PAGES)
every_notebook = pytest.mark.parametrize(
    "name", [name for name in toc_pages() if name.startswith("notebooks/")]
)


@every_page
def test_page_opens_without_trouble(seen: Visitor) -> None:
    assert seen.page.locator("h1").count() >= 1
    assert seen.trouble == []


@every_page
def test_equations_are_drawn(seen: Visitor) -> None:
    undrawn = "nodes => nodes.filter(n => !n.querySelector('mjx-container')).map(n => n.outerHTML)"
    assert seen.page.locator(".math").evaluate_all(undrawn) == []
    broken = seen.page.locator('mjx-container :is([data-mjx-error], [fill="red"])')
    assert broken.count() == 0, "MathJax met a macro or a syntax that it does not know"
    assert RAW_TEX.findall(seen.page.evaluate(PROSE)) == []


@every_page
def test_no_markup_is_left(seen: Visitor) -> None:
    assert RAW_MARKUP.findall(seen.page.evaluate(PROSE)) == []


@every_page
def test_pictures_load_and_say_what_they_show(seen: Visitor) -> None:
    seen.page.locator("img").evaluate_all(LOAD)
    for image in seen.page.locator("img").evaluate_all(IMAGES):
        assert image["width"] > 0, f"{image['src']} does not load"
    for image in seen.page.locator(".bd-article img").evaluate_all(IMAGES):
        alt = image["alt"] or ""
        assert len(alt.split()) > 1, f"{image['src']} has no alt text: {alt!r}"
        assert not re.search(r"\.(png|svg|jpe?g)$", alt), f"{alt!r} is a file name"
    for drawing in seen.page.locator(".bd-article svg[role=img]:not(mjx-container *)").all():
        named = drawing.get_attribute("aria-labelledby") or ""
        texts = [seen.page.locator(f"#{name}").text_content() for name in named.split()]
        assert any(texts), "a drawing has no title for those who cannot see it"


@every_page
def test_nothing_overflows_on_a_phone(phone: Page) -> None:
    width = phone.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]


@every_notebook
def test_where_numbers_come_from_fits_its_column(seen: Visitor) -> None:
    assert seen.page.evaluate(TOO_WIDE) == []


@every_notebook
def test_and_its_column_on_a_phone(phone: Page) -> None:
    assert phone.evaluate(TOO_WIDE) == []


@every_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable(seen: Visitor, scheme: str) -> None:
    seen.page.evaluate("scheme => document.documentElement.dataset.theme = scheme", scheme)
    seen.page.evaluate("() => document.getAnimations().forEach(fade => fade.finish())")
    assert seen.page.evaluate(CONTRAST) == []


def test_the_front_door_leads_to_the_front_page(visitor: OpenTab) -> None:
    tab = visitor()
    tab.page.goto(f"{tab.site}/index.html")
    tab.page.wait_for_url("**/book/index.html")
    tab.page.close()
    assert tab.trouble == []


def test_the_reader_s_choice_of_dark_mode_is_kept(visitor: OpenTab) -> None:
    tab = visitor("dark")
    page = tab.open("book/index")
    red, green, blue = page.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).slice(0, 3).map(Number)"
    )
    page.close()
    assert max(red, green, blue) < 60


@every_notebook
def test_every_figure_offers_its_data(seen: Visitor) -> None:
    kinds = seen.page.locator(".cell_output :is(img, a[download])").evaluate_all(
        "nodes => nodes.map(n => [n.tagName, n.getAttribute('href') || n.getAttribute('alt')])"
    )
    figures = [i for i, (tag, _) in enumerate(kinds) if tag == "IMG"]
    assert figures, "a notebook page shows no figure"
    for i in figures:
        tag, link = kinds[i + 1] if i + 1 < len(kinds) else ("", "")
        assert tag == "A", f"no data after the figure {kinds[i][1]!r}"
        head, _, data = link.partition("base64,")
        assert head.startswith("data:text/csv")
        rows = list(csv.reader(io.StringIO(base64.b64decode(data, validate=True).decode())))
        assert len(rows) > 1
        assert {len(row) for row in rows} == {len(rows[0])}


@pytest.mark.parametrize(
    ("phrase", "found"),
    [("sign changes", "book/symbols"), ("not shown at this scale", "book/verdicts")],
)
def test_search_finds(visitor: OpenTab, phrase: str, found: str) -> None:
    tab = visitor()
    page = tab.open("book/index")
    page.keyboard.press("Control+k")
    page.keyboard.type(phrase)
    page.keyboard.press("Enter")
    page.locator(f'#search-results li a[href*="{found}.html"]').first.wait_for()
    page.close()
    assert tab.trouble == []


@of_page("search")
@pytest.mark.parametrize(
    ("phrase", "first"),
    [
        ("kernel", "notebooks/kernel-lower-bound"),
        ("NTK", "notebooks/"),
        ("neural tangent kernel", "notebooks/"),
        ("Lemma 6.3", "notebooks/lemma-6-3-indicator-to-function"),
        ("Theorem 2", "notebooks/theorem-2-three-layer"),
        ("Figure 1", "notebooks/figure-1"),
        ("scoreboard", "book/scoreboard"),
        ("how to run", "book/rerun"),
        ("double descent", "notebooks/figure-1"),
        ("overparameterized", "notebooks/theorem-1-two-layer"),
        ("overparameterization", "notebooks/theorem-1-two-layer"),
        ("regularization", "notebooks/figure-3"),
    ],
)
def test_search_ranks_first_what_people_look_for(seen: Visitor, phrase: str, first: str) -> None:
    found = seen.page.evaluate(RANKED, phrase)
    assert found[0].startswith(first), found
    assert not any("book/api" in page for page in found)


def test_search_shows_what_it_ranks_in_that_order(visitor: OpenTab) -> None:
    tab = visitor()
    tab.page.goto(f"{tab.site}/search.html?q={quote('neural tangent kernel')}")
    links = tab.page.locator("#search-results li a")
    links.nth(1).wait_for()
    shown = links.evaluate_all("links => links.slice(0, 2).map(l => l.getAttribute('href'))")
    ranked = tab.page.evaluate(RANKED, "neural tangent kernel")
    tab.page.close()
    assert [link.partition(".html")[0] for link in shown] == ranked
    assert tab.trouble == []
