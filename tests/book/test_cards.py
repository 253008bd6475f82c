"""The card of every page in a browser: in sight at once, its links lead somewhere, numbers once."""

import re

import pytest
from playwright.sync_api import Page

from ovp_lib.evidence.judging import measured_at
from ovp_lib.pages import STATEMENTS, Statement
from tests.book.conftest import PHONE, WIDE, Visit, Visitor, of_page

pytestmark = pytest.mark.browser

SCREENS = 2.0
"""Screens of a desktop that a card may take; its folded list is closed."""

LOST = """() => [...document.querySelectorAll(".ovp-card a[href^='#']")]
    .map(link => link.getAttribute("href").slice(1))
    .filter(id => !document.getElementById(id))"""

BOX = "node => (({x, y, width, height}) => ({x, y, width, height}))(node.getBoundingClientRect())"

PRINTED = """() => {
    const card = document.querySelector(".ovp-card");
    return {hidden: getComputedStyle(card).display === "none",
            bar: getComputedStyle(card.querySelector(".ovp-bar")).printColorAdjust};
}"""


@pytest.fixture
def tab(visit: Visit, name: str) -> Visitor:
    """The page of one statement, on a wide screen."""
    return visit(name)


every_statement = pytest.mark.parametrize("name", [f"notebooks/{name}" for name in STATEMENTS])


def statement_of(page: str) -> Statement:
    return STATEMENTS[page.removeprefix("notebooks/")]


@every_statement
def test_the_verdicts_are_on_the_first_screen(tab: Visitor) -> None:
    assert tab.page.locator("h1 + .ovp-card").count() == 1
    bar = tab.page.locator(".ovp-card .ovp-bar").evaluate(BOX)
    assert bar["y"] + bar["height"] < WIDE["height"]
    assert re.search(r"\d+ holds", tab.page.locator(".ovp-bar").first.get_attribute("aria-label"))
    assert tab.page.locator(".ovp-card").evaluate(BOX)["height"] < SCREENS * WIDE["height"]


@every_statement
def test_three_sentences_and_a_figure_that_is_described(tab: Visitor) -> None:
    assert tab.page.locator(".ovp-card-learnt > li").count() == 3
    picture = tab.page.locator(".ovp-card-figure img")
    assert picture.evaluate("image => image.naturalWidth") > 0
    assert len((picture.get_attribute("alt") or "").split()) > 5


@every_statement
def test_every_claim_has_an_anchor_where_it_is_measured(tab: Visitor, name: str) -> None:
    ids = [measured_at(prediction.id) for prediction in statement_of(name).predictions]
    missing = "ids => ids.filter(id => !document.querySelector(`p.ovp-verdict#${id}`))"
    assert tab.page.evaluate(missing, ids) == []
    assert tab.page.evaluate(LOST) == []


@every_statement
def test_beside_every_verdict_stands_how_firm_it_is(tab: Visitor) -> None:
    silent = "lines => lines.filter(line => !line.querySelector('.ovp-stable, .ovp-unstable'))"
    lines = tab.page.locator("p.ovp-verdict")
    assert lines.evaluate_all(f"lines => ({silent})(lines).map(line => line.id)") == []
    assert "How firm?" in tab.page.locator(".ovp-card").inner_text()


@every_statement
def test_nothing_is_numbered_but_by_the_paper(tab: Visitor) -> None:
    captions = tab.page.locator(".bd-article figcaption").all_inner_texts()
    titles = tab.page.locator(".bd-article .proof .admonition-title").all_inner_texts()
    assert captions
    for text in (*captions, *titles):
        assert not re.match(r"Figure \d+\s+Figure|(Lemma|Theorem) \d+ \(.*\1 ", text), text
    assert tab.page.locator(".bd-article .caption-number").all_inner_texts() == []


@every_statement
def test_a_card_fits_a_phone(phone: Page) -> None:
    card = phone.locator(".ovp-card").evaluate(BOX)
    assert card["x"] >= 0
    assert card["x"] + card["width"] <= PHONE["width"]


@every_statement
def test_a_card_is_printed(paper: Page) -> None:
    assert paper.evaluate(PRINTED) == {"hidden": False, "bar": "exact"}


@every_statement
def test_the_folded_list_opens_by_keyboard(tab: Visitor, name: str) -> None:
    tab.page.locator(".ovp-card-places summary").focus()
    tab.page.keyboard.press("Enter")
    links = tab.page.locator(".ovp-card-places a")
    evidence = [p for p in statement_of(name).predictions if p.is_evidence]
    assert links.count() == len(evidence)
    assert links.first.is_visible()
    tab.page.keyboard.press("Enter")


@of_page("book/verdicts")
def test_pages_have_short_names_in_the_sidebar(tab: Visitor) -> None:
    page = tab.page
    names = page.locator("nav.bd-links a[href*='notebooks/']")
    heights = names.evaluate_all("links => links.map(link => link.getBoundingClientRect().height)")
    assert len(heights) == len(STATEMENTS)
    assert max(heights) < 60, "a name takes three lines"
    parts = page.locator("nav.bd-links p.caption").all_inner_texts()
    assert {"Going Beyond Two Layers", "What Can ResNet Learn Efficiently"} <= set(parts)
