"""The scoreboard in a browser: rows are filtered, found by their anchor, and lead on."""

from typing import Literal

import pytest

from tests.book.conftest import OpenTab, Visit, of_page

pytestmark = pytest.mark.browser

SCOREBOARD = "book/scoreboard"
READY: Literal["domcontentloaded"] = "domcontentloaded"
"""The scripts of a page have run by then; its equations come later."""
ROWS = 'tr[id^="score-"]'
SHOWN = f"{ROWS}:not([hidden])"
BOX = "details.ovp-page"
SAID = ".ovp-filter output"


@of_page(SCOREBOARD)
def test_the_filter_shows_what_is_asked_for_and_all_of_it_again(visit: Visit, name: str) -> None:
    tab = visit(name)
    page = tab.page
    every = page.locator(SHOWN).count()
    page.select_option("select[name=is]", "fails")
    fails = page.locator(SHOWN).count()
    assert 0 < fails == page.locator(f"{ROWS}.is-fails").count() < every
    assert page.locator(SAID).text_content() == f"{fails} of {every} claims"
    page.fill("input[name=text]", "no such words")
    assert page.locator(SHOWN).count() == 0
    page.click("button[type=reset]")
    page.wait_for_function(f"document.querySelectorAll('{SHOWN}').length === {every}")
    assert tab.trouble == []


@of_page(SCOREBOARD)
def test_a_number_of_the_overview_leads_to_the_rows_that_it_counts(
    visit: Visit, visitor: OpenTab, name: str
) -> None:
    links = visit(name).page.locator('table.ovp-overview a[href^="?"]')
    numbers = links.evaluate_all(
        "links => links.map(link => [link.getAttribute('href'), Number(link.textContent)])"
    )
    tab = visitor()
    for address, number in numbers[:: max(1, len(numbers) // 6)]:
        tab.page.goto(f"{tab.site}/{name}.html{address}", wait_until=READY)
        assert tab.page.locator(SHOWN).count() == number, address
    tab.page.close()
    assert numbers
    assert tab.trouble == []


@of_page(SCOREBOARD)
def test_a_claim_is_found_by_its_anchor_and_leads_to_its_verdict(
    visit: Visit, visitor: OpenTab, name: str
) -> None:
    id = visit(name).page.locator(ROWS).last.get_attribute("id") or ""
    tab = visitor()
    page = tab.page
    page.goto(f"{tab.site}/{name}.html?is=nothing-of-this-kind#{id}", wait_until=READY)
    page.locator(f"#{id}").wait_for()
    link = page.locator(f"#{id} .ovp-place a").get_attribute("href") or ""
    page.goto(f"{tab.site}/book/{link}", wait_until=READY)
    assert page.locator(f"p.ovp-verdict#{link.partition('#')[2]}").count() == 1
    page.close()
    assert tab.trouble == []


@of_page(SCOREBOARD)
def test_pages_are_folded_and_open_by_a_question_or_by_a_link(visit: Visit, name: str) -> None:
    tab = visit(name)
    page = tab.page
    boxes, opened = page.locator(BOX), page.locator(f"{BOX}[open]")
    assert opened.count() == 0 < boxes.count()
    # Of the list of all claims alone: those above it grow with what fails and what is unstable.
    assert page.evaluate("document.querySelector('#every-claim').offsetHeight") < 4_000
    boxes.first.locator("summary").focus()
    page.keyboard.press("Enter")
    assert opened.count() == 1
    page.select_option("select[name=is]", "fails")
    assert opened.count() == page.locator(f"{BOX}:not([hidden])").count() < boxes.count()
    page.click("button[type=reset]")
    page.wait_for_function(f"!document.querySelector('{BOX}[open]')")
    id = page.locator(ROWS).last.get_attribute("id") or ""
    page.evaluate("id => { location.hash = id; }", id)
    page.locator(f"#{id}").wait_for(state="visible")
    assert opened.count() == 1
    page.click("button[type=reset]")
    page.wait_for_function(f"!document.querySelector('{BOX}[open]')")
    assert tab.trouble == []


def test_without_scripts_it_is_a_plain_table_of_all_claims(visitor: OpenTab) -> None:
    tab = visitor()
    tab.page.route("**/scoreboard.js*", lambda route: route.fulfill(body=""))
    page = tab.page
    page.goto(f"{tab.site}/{SCOREBOARD}.html", wait_until=READY)
    assert not page.locator("form.ovp-filter").is_visible()
    assert page.locator(ROWS).count() == page.locator(SHOWN).count() > 0
    page.close()


@of_page("notebooks/theorem-1-two-layer")
def test_a_symbol_says_what_it_means_to_the_keyboard(visit: Visit, name: str) -> None:
    tab = visit(name)
    page = tab.page
    term = page.locator("dfn.ovp-term").first
    said = term.locator("[role=tooltip]")
    assert not said.is_visible()
    term.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    said.wait_for(state="visible")
    assert term.get_attribute("aria-describedby") == said.get_attribute("id")
    page.keyboard.press("Escape")
    said.wait_for(state="hidden")
    term.blur()
    assert tab.trouble == []
