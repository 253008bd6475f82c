"""The drawings of the map, as a browser shows them on a phone."""

import pytest

from tests.book.conftest import PHONE, OpenTab

DESKTOP = {"width": 1400, "height": 900}

pytestmark = pytest.mark.browser

TEXTS = """links => links.filter(link => [...link.querySelectorAll("b, span:not(.ovp-tip)")]
    .some(text => text.scrollWidth > link.clientWidth)).map(link => link.textContent)"""

SIZES = "drawings => drawings.map(one => one.getBoundingClientRect().width - one.offsetWidth)"

SCROLLS = """boxes => boxes.filter(box => box.querySelector(".ovp-map"))
    .map(box => box.scrollWidth > box.clientWidth)"""


def test_text_fits_its_box_and_keeps_its_size_on_a_phone(visitor: OpenTab) -> None:
    tab = visitor()
    tab.page.set_viewport_size(PHONE)
    page = tab.open("book/map")
    assert page.locator(".ovp-map a").evaluate_all(TEXTS) == []
    sizes = page.locator(".ovp-map").evaluate_all(SIZES)
    scrolls = page.locator(".ovp-scroll").evaluate_all(SCROLLS)
    page.close()
    assert sizes
    assert all(abs(size) < 1 for size in sizes)
    assert scrolls == [True] * len(sizes)


def test_the_drawings_fit_a_desktop(visitor: OpenTab) -> None:
    tab = visitor()
    tab.page.set_viewport_size(DESKTOP)
    page = tab.open("book/map")
    scrolls = page.locator(".ovp-scroll").evaluate_all(SCROLLS)
    page.close()
    assert scrolls
    assert not any(scrolls)


def test_a_box_says_what_its_statement_says_to_pointer_and_keyboard(visitor: OpenTab) -> None:
    tab = visitor()
    page = tab.open("book/map")
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
    page.close()
    assert tab.trouble == []
