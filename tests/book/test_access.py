"""Every page for those who use it without a mouse, or without seeing it."""

from pathlib import Path

import pytest

from tests.book.conftest import PHONE, OpenTab, toc_pages

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")

RULES = """async () => {
    const found = await axe.run({include: [["#main-content"]], exclude: [[".citation-list"]]}, {
        resultTypes: ["violations"],
        rules: {"color-contrast": {enabled: false}},
    });
    return found.violations.map(({id, nodes}) =>
        [id, nodes.length, nodes[0].html.slice(0, 120), nodes[0].target.join(" ")]);
}"""
"""Contrast is measured by a test of its own, in both modes; the bibliography is docutils' own."""

SCROLLING = """() => [...document.querySelectorAll("#main-content *")]
    .filter(n => n.scrollWidth > n.clientWidth + 1 && n.clientWidth > 0)
    .filter(n => ["auto", "scroll"].includes(getComputedStyle(n).overflowX))
    .filter(n => n.tabIndex < 0)
    .filter(n => !n.querySelector("a[href], button, input, select, [tabindex='0']"))
    .map(n => n.outerHTML.slice(0, 100))"""


@pytest.mark.parametrize("name", toc_pages())
def test_no_rule_of_axe_is_broken(visitor: OpenTab, name: str) -> None:
    page = visitor().open(name)
    page.evaluate(AXE)
    found = page.evaluate(RULES)
    page.close()
    assert found == []


@pytest.mark.parametrize("name", toc_pages())
def test_what_scrolls_on_a_phone_is_reached_from_the_keyboard(visitor: OpenTab, name: str) -> None:
    tab = visitor()
    tab.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    unreachable = tab.open(name).evaluate(SCROLLING)
    tab.page.close()
    assert unreachable == []


def test_what_is_cut_says_on_which_side_there_is_more(visitor: OpenTab) -> None:
    tab = visitor()
    tab.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page = tab.open("notebooks/theorem-1-two-layer")
    box = page.locator(
        ".bd-article :is(div.math, mjx-container[display], pre).ovp-more-right"
    ).first
    box.wait_for()
    assert "ovp-more-left" not in (box.get_attribute("class") or "")
    handle = box.element_handle()
    box.evaluate("node => { node.scrollLeft = node.scrollWidth; }")
    page.wait_for_function("node => node.classList.contains('ovp-more-left')", arg=handle)
    assert not handle.evaluate("node => node.classList.contains('ovp-more-right')")
    page.close()


def test_an_equation_in_a_line_is_not_cut_on_a_phone(visitor: OpenTab) -> None:
    tab = visitor()
    tab.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page = tab.open("notebooks/lemma-6-5-coupling")
    page.locator("mjx-container.ovp-wide.ovp-more-right").first.wait_for()
    cut = page.locator(".bd-article p > .math > mjx-container:not([display])").evaluate_all(
        "nodes => nodes.filter(n => n.getBoundingClientRect().right > innerWidth).length"
    )
    page.close()
    assert cut == 0
