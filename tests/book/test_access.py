"""Every page for those who use it without a mouse, or without seeing it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.book.conftest import NOTICED, PHONE, OpenTab, Visit, of_page, toc_pages

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
AXE = (HERE / "vendor" / "axe.min.js").read_text(encoding="utf-8")
STRUCTURE = (HERE / "structure.js").read_text(encoding="utf-8")

WRITTEN_ALIKE = ("notebooks/", "book/api/")
"""Folders whose pages one program writes in one form, of which axe looks at these alone:"""

PATTERNS = ("notebooks/theorem-1-two-layer", "notebooks/lemma-6-3-indicator-to-function")
PATTERNS += ("book/api/cli",)
"""A notebook, one with an instrument, and a page of the library."""

FORMS = [name for name in toc_pages() if name in PATTERNS or not name.startswith(WRITTEN_ALIKE)]
"""One page of each form; the cheap rules of ``structure.js`` are for all pages."""

RULES = """async () => {
    const drawn = [...document.querySelectorAll("mjx-container > svg > :is(defs, g)")];
    const back = drawn.map(each => [each.parentNode, each]);
    drawn.forEach(each => each.remove());
    const found = await axe.run({include: [["#main-content"]], exclude: [[".citation-list"]]}, {
        resultTypes: ["violations"],
        preload: false,
        rules: {"color-contrast": {enabled: false}, "link-in-text-block": {enabled: false}},
    });
    back.forEach(([parent, each]) => parent.append(each));
    return found.violations.map(({id, nodes}) =>
        [id, nodes.length, nodes[0].html.slice(0, 120), nodes[0].target.join(" ")]);
}"""
"""Contrast is measured by a test of its own, in both modes; the bibliography is docutils' own.

That a link is told from the text around it by more than its colour is a rule of ``structure.js``:
axe compares all colours below both, for half of its time. The letters of formulas, a third of the
nodes of a page, are put aside; the elements that hold them stay.
Styles are not fetched again (``preload``): axe takes their addresses for such beside the page.
"""

SCROLLING = """() => [...document.querySelectorAll("#main-content *")]
    .filter(n => n.scrollWidth > n.clientWidth + 1 && n.clientWidth > 0)
    .filter(n => ["auto", "scroll"].includes(getComputedStyle(n).overflowX))
    .filter(n => n.tabIndex < 0)
    .filter(n => !n.querySelector("a[href], button, input, select, [tabindex='0']"))
    .map(n => n.outerHTML.slice(0, 100))"""

LONG_EQUATIONS = "notebooks/lemma-6-5-coupling"
CUT_KINDS = ":is(div.math, mjx-container[display], pre)"
INLINE = ".bd-article p > .math > mjx-container:not([display])"
CUT = "nodes => nodes.filter(n => n.getBoundingClientRect().right > innerWidth).length"

SOON = 60_000
"""Milliseconds for what a page does within a frame or two."""

UNFOLD = """() => document.querySelectorAll("details:not([open])")
    .forEach(each => { each.open = true; each.dataset.wasClosed = "yes"; })"""
FOLD = """() => document.querySelectorAll("details[data-was-closed]")
    .forEach(each => { each.open = false; delete each.dataset.wasClosed; })"""
"""What is folded is not laid out, and no observer is told of its size."""


@pytest.mark.parametrize("name", FORMS)
def test_no_rule_of_axe_is_broken(visit: Visit, name: str) -> None:
    page = visit(name).page
    page.evaluate(AXE)
    assert page.evaluate(RULES) == []


@pytest.mark.parametrize("name", toc_pages())
def test_the_structure_is_told_to_those_who_do_not_see_it(visit: Visit, name: str) -> None:
    assert visit(name).page.evaluate(STRUCTURE) == []


@of_page("book/rerun")
@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("<a href='#x'>a</a><p id='x'></p><p id='x'></p>", "an id that is meant is there twice"),
        ("<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>", "a picture says nothing"),
        ("<a href='#x'><i></i></a>", "a link has no name"),
        ("<button><i></i></button>", "a button has no name"),
        ("<input type='range'>", "a control has no label"),
        ("<svg role='img' width='9' height='9'></svg>", "a drawing has no name"),
        ("<h2></h2>", "a heading is empty"),
        ("<h2>two</h2><h4>four</h4>", "a heading skips a level"),
        ("<h1>another</h1>", "there is not one first heading"),
        ("<p aria-describedby='nowhere'>text</p>", "aria-describedby leads nowhere"),
        ("<p tabindex='3'>text</p>", "the order of the keyboard is changed"),
        ("<p aria-hidden='true'><a href='#x'>text</a></p>", "what is hidden takes the keyboard"),
        ("<ul><p>text</p></ul>", "a list has more than items"),
        ("<section><li>text</li></section>", "an item is in no list"),
        ("<section><dt>text</dt></section>", "a term is in no list"),
        ("<button>a <input aria-label='b'></button>", "one control is in another"),
        (
            "<p>long text <a href='#x' style='text-decoration: none'>link</a></p>",
            "a link is told from its text by its colour alone",
        ),
    ],
)
def test_each_rule_of_structure_sees_what_breaks_it(
    visit: Visit, name: str, broken: str, said: str
) -> None:
    page = visit(name).page
    assert page.evaluate(STRUCTURE) == []
    put = "html => document.querySelector('#main-content').insertAdjacentHTML('beforeend', html)"
    page.evaluate(put, f"<div id='broken'>{broken}</div>")
    found = page.evaluate(STRUCTURE)
    page.evaluate("document.getElementById('broken').remove()")
    assert any(each.startswith(said) for each in found), found


@pytest.mark.parametrize("name", toc_pages())
def test_what_scrolls_on_a_phone_is_reached_from_the_keyboard(phone: Page) -> None:
    phone.evaluate(UNFOLD)
    phone.evaluate(NOTICED, PHONE["width"])
    unreachable = phone.evaluate(SCROLLING)
    phone.evaluate(FOLD)
    assert unreachable == []


@pytest.fixture(scope="module")
def opened_there(visitor: OpenTab) -> Iterator[Page]:
    """A page of long equations that a phone has opened."""
    tab = visitor()
    tab.page.set_viewport_size(PHONE)
    page = tab.open(LONG_EQUATIONS)
    page.locator("mjx-container.ovp-wide.ovp-more-right").first.wait_for()
    yield page
    page.close()


def test_an_equation_in_a_line_is_not_cut_on_a_phone(opened_there: Page) -> None:
    assert opened_there.locator(INLINE).evaluate_all(CUT) == 0


def test_what_is_cut_says_on_which_side_there_is_more(opened_there: Page) -> None:
    box = opened_there.locator(f".bd-article {CUT_KINDS}.ovp-more-right").first
    box.wait_for()
    assert "ovp-more-left" not in (box.get_attribute("class") or "")
    handle = box.element_handle()
    box.evaluate("node => { node.scrollLeft = node.scrollWidth; }")
    opened_there.wait_for_function("node => node.classList.contains('ovp-more-left')", arg=handle)
    assert not handle.evaluate("node => node.classList.contains('ovp-more-right')")


@of_page(LONG_EQUATIONS)
def test_nor_when_a_wide_window_becomes_that_narrow(phone: Page) -> None:
    phone.locator("mjx-container.ovp-wide.ovp-more-right").first.wait_for(timeout=SOON)
    assert phone.locator(INLINE).evaluate_all(CUT) == 0
