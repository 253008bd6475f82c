"""The interactive figure of Lemma 6.3: what it says is what the library computes."""

import re

import pytest
import torch
from playwright.sync_api import Browser, Page

from ovp_lib.maths import smooth
from ovp_lib.proofs import indicator
from tests.book.conftest import WIDE, OpenTab

pytestmark = pytest.mark.browser

NAME = "notebooks/lemma-6-3-indicator-to-function"
CLIP = 5.0
X1 = torch.linspace(-1, 1, 81, dtype=torch.float64)


def largest_error(make: object, phi: smooth.SmoothFunction, degree: int) -> float:
    h = make(phi, degree, CLIP)  # type: ignore[operator]
    return float((h.expectation(X1) - phi(X1)).abs().max())


def said(page: Page, row: int) -> str:
    return page.locator(".ovp-instrument-readout dd").nth(row).inner_text()


def number(text: str) -> float:
    return float(re.split(r"[, ]", text)[0].replace("−", "-"))


def choose(page: Page, phi: str, degree: int, kind: str) -> None:
    selects = page.locator(".ovp-instrument select")
    selects.nth(0).select_option(phi)
    selects.nth(1).select_option(kind)
    page.locator(".ovp-instrument input[type=range]").fill(str(degree))


@pytest.mark.parametrize("phi", ["sin(2z)", "exp(z)", "z^3"])
@pytest.mark.parametrize("degree", [0, 3, 11])
def test_the_error_is_the_library_s(visitor: OpenTab, phi: str, degree: int) -> None:
    tab = visitor()
    page = tab.open(NAME)
    for kind, make in {
        "the paper's": indicator.taylor_indicator,
        "of least norm": indicator.least_norm_indicator,
    }.items():
        choose(page, phi, degree, kind)
        expected = largest_error(make, smooth.parse(phi), degree)
        assert number(said(page, 1)) == pytest.approx(expected, rel=0.06, abs=2e-6)
        word = "within" if expected <= 0.01 else "above"
        assert word in said(page, 1)
    page.close()
    assert tab.trouble == []


def test_a_reader_s_own_coefficients(visitor: OpenTab) -> None:
    tab = visitor()
    page = tab.open(NAME)
    field = page.locator(".ovp-instrument input[type=text]")
    assert not field.is_visible()
    choose(page, "own", 2, "the paper's")
    field.fill("0.5, -1, 0, 2")
    expected = largest_error(indicator.taylor_indicator, smooth.parse("poly(0.5,-1,0,2)"), 2)
    assert number(said(page, 1)) == pytest.approx(expected, rel=0.06)
    choose(page, "own", 3, "the paper's")
    assert number(said(page, 1)) < 1e-3
    before = said(page, 1)
    message = page.locator(".ovp-instrument-message")
    for bad, words in {
        "1, two": "numbers separated by commas",
        "0," * 40 + "1": "At most 15",
    }.items():
        field.fill(bad)
        assert words in message.inner_text()
        assert field.get_attribute("aria-invalid") == "true"
        assert said(page, 1) == before
    field.fill("1")
    assert message.inner_text() == ""
    page.close()
    assert tab.trouble == []


def test_it_can_be_worked_from_the_keyboard_and_has_names(visitor: OpenTab) -> None:
    page = visitor().open(NAME)
    slider = page.get_by_role("slider", name="degree")
    slider.focus()
    before = slider.input_value()
    page.keyboard.press("ArrowRight")
    assert int(slider.input_value()) == int(before) + 1
    assert page.get_by_label("φ", exact=False).first.is_visible()
    assert "largest value" in (
        page.locator(".ovp-instrument canvas").get_attribute("aria-label") or ""
    )
    page.close()


def test_without_javascript_the_static_figure_stands_alone(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport=WIDE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/{NAME}.html")
    assert page.locator("#fig-lemma-6-3-h img").is_visible()
    assert not page.locator(".ovp-instrument").is_visible()
    context.close()
