"""The drawings of the map, as a browser shows them on a phone."""

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.book.conftest import Visit, of_page

DESKTOP: ViewportSize = {"width": 1400, "height": 900}

pytestmark = [pytest.mark.browser, of_page("book/map")]

TEXTS = """links => links.filter(link => [...link.querySelectorAll("b, span:not(.ovp-tip)")]
    .some(text => text.scrollWidth > link.clientWidth)).map(link => link.textContent)"""

SIZES = "drawings => drawings.map(one => one.getBoundingClientRect().width - one.offsetWidth)"

SCROLLS = """boxes => boxes.filter(box => box.querySelector(".ovp-map"))
    .map(box => box.scrollWidth > box.clientWidth)"""


def test_text_fits_its_box_and_keeps_its_size_on_a_phone(phone: Page) -> None:
    assert phone.locator(".ovp-map a").evaluate_all(TEXTS) == []
    sizes = phone.locator(".ovp-map").evaluate_all(SIZES)
    scrolls = phone.locator(".ovp-scroll").evaluate_all(SCROLLS)
    assert sizes
    assert all(abs(size) < 1 for size in sizes)
    assert scrolls == [True] * len(sizes)


def test_the_drawings_fit_a_desktop(visit: Visit, name: str) -> None:
    page = visit(name).as_it_was(DESKTOP)
    scrolls = page.locator(".ovp-scroll").evaluate_all(SCROLLS)
    assert scrolls
    assert not any(scrolls)


def test_a_box_says_what_its_statement_says_to_pointer_and_keyboard(
    visit: Visit, name: str
) -> None:
    tab = visit(name)
    page = tab.page
    box = page.locator(".ovp-map > a").first
    said = box.locator(".ovp-tip")
    assert not said.is_visible()
    box.hover()
    said.wait_for(state="visible")
    page.keyboard.press("Escape")
    said.wait_for(state="hidden")
    page.mouse.move(0, 0)
    box.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    said.wait_for(state="visible")
    box.blur()
    assert tab.trouble == []
