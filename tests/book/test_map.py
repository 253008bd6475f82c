"""The drawings of the map, as a browser shows them on a phone."""

import pytest

from tests.book.conftest import PHONE, OpenTab

pytestmark = pytest.mark.browser

TEXTS = """links => links.map(link => {
    const box = link.querySelector("rect").getBBox();
    const out = [...link.querySelectorAll("text")].map(text => text.getBBox())
        .filter(text => text.x < box.x || text.x + text.width > box.x + box.width);
    return out.length ? link.textContent : "";
}).filter(name => name)"""

SIZES = (
    "drawings => drawings.map(one => one.getBoundingClientRect().width / one.viewBox.baseVal.width)"
)

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
    assert all(abs(size - 1) < 0.01 for size in sizes)
    assert scrolls == [True] * len(sizes)
