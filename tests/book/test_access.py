"""Every page for those who use it without a mouse, or without seeing it."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.book.conftest import PHONE, WIDE, OpenTab, toc_pages

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")

THEME = {
    "aria-allowed-role",
    "heading-order",
    "landmark-complementary-is-top-level",
    "landmark-unique",
    "page-has-heading-one",
    "region",
    "skip-link",
}
"""Rules that the theme's own frame breaks on every page; our content is held to all others."""

RULES = """async skipped => {
    const off = Object.fromEntries(skipped.map(rule => [rule, {enabled: false}]));
    const found = await axe.run(document.querySelector("#main-content"), {
        resultTypes: ["violations"],
        rules: {...off, "color-contrast": {enabled: false}},
    });
    return found.violations.map(({id, nodes}) =>
        [id, nodes.length, nodes[0].html.slice(0, 120), nodes[0].target.join(" ")]);
}"""
"""Contrast is measured by a test of its own, in both modes."""

SCROLLING = """() => [...document.querySelectorAll("#main-content *")]
    .filter(n => n.scrollWidth > n.clientWidth + 1 && n.clientWidth > 0)
    .filter(n => ["auto", "scroll"].includes(getComputedStyle(n).overflowX))
    .filter(n => n.tabIndex < 0)
    .filter(n => !n.querySelector("a[href], button, input, select, [tabindex='0']"))
    .map(n => n.outerHTML.slice(0, 100))"""


def violations(page: Page) -> list[Any]:
    page.evaluate(AXE)
    return list(page.evaluate(RULES, sorted(THEME)))


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("name", toc_pages())
def test_no_rule_of_axe_is_broken(visitor: OpenTab, name: str, size: dict[str, int]) -> None:
    tab = visitor()
    tab.page.set_viewport_size(size)  # type: ignore[arg-type]
    page = tab.open(name)
    page.wait_for_function("document.querySelectorAll('[data-ovp-watched]').length >= 0")
    found = violations(page)
    unreachable = page.evaluate(SCROLLING)
    page.close()
    assert found == []
    assert unreachable == []
