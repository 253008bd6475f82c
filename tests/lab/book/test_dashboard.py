"""The scoreboard in figures: bars that add up, a filter that knows every row, and links."""

import re
from html.parser import HTMLParser

import pytest

from ovp_lib.evidence.claims import KINDS, VERDICT_CLASSES, Claim, Estimate, Kind
from ovp_lib.lab.book import dashboard
from ovp_lib.lab.runs.stability import Stability
from tests.lab import tiny

INSIDE, OUTSIDE = Estimate(5.0, 4.0, 6.0, 7), Estimate(20.0, 11.0, 30.0, 7)
FLIPS = Stability(verdicts=("holds", "fails"), moves=True)
STAYS = Stability(verdicts=("holds", "holds"), moves=True)


def claim(estimate: Estimate = INSIDE, kind: Kind = "empirical") -> Claim:
    prediction = tiny.SMALL.model_copy(update={"id": "tiny.size", "kind": kind})
    return prediction.judge(estimate, preset="quick")


class Options(HTMLParser):
    """The values of every choice of a form, by the name of the choice."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self.name = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "select":
            self.name = given["name"] or ""
        if tag == "option":
            self.found.setdefault(self.name, []).append(given["value"] or "")


def test_a_bar_shows_the_evidence_and_its_name_says_the_numbers() -> None:
    bar = dashboard.bar([claim(), claim(), claim(OUTSIDE), claim(OUTSIDE, "identity")])
    assert 'aria-label="2 holds, 1 fails"' in bar
    shares = re.findall(r'class="([\w-]+)" style="flex-grow:(\d+)"', bar)
    assert shares == [("verdict-holds", "2"), ("verdict-fails", "1")]
    assert 'aria-label="1 holds"' in dashboard.bar([claim(kind="proved")])


def test_a_row_can_be_found_by_every_choice_of_the_filter() -> None:
    assert dashboard.flags(claim(), "full", "tiny", STAYS) == [
        *("paper-full", "page-tiny", "kind-empirical", "is-holds")
    ]
    check = dashboard.flags(claim(OUTSIDE, "identity"), "full", "tiny", FLIPS)
    assert check[2:] == ["kind-identity", "kind-check", "is-fails", "is-unstable"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_filter_offers_what_rows_have(kind: Kind) -> None:
    options = Options()
    options.feed(dashboard.form({"full": "A <paper>"}, {"tiny": "Tiny"}))
    for flag in dashboard.flags(claim(OUTSIDE, kind), "full", "tiny", FLIPS):
        name, _, value = flag.partition("-")
        assert value in options.found[name]
    assert len(options.found["is"]) == 2 + len(VERDICT_CLASSES)
    assert "A &lt;paper&gt;" in dashboard.form({"full": "A <paper>"}, {})
    assert " hidden>" in dashboard.form({}, {})


def test_the_box_of_a_page_is_closed_and_says_what_is_in_it() -> None:
    box = dashboard.box([claim(), claim(OUTSIDE), claim(kind="proved")], "A <page>", unstable=1)
    assert box.startswith('<details class="ovp-page"><summary>')
    assert "A &lt;page&gt;" in box
    assert "1 holds, 1 fails, 1 changes with the seed, 1 check of the code" in box
    assert 'class="ovp-bar"' in box
    assert "seed" not in dashboard.box([claim()], "a", unstable=0)
    assert "check" not in dashboard.box([claim()], "a", unstable=0)
