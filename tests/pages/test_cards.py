"""The card of each page: its sentences rest on the verdicts that are on record."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from ovp_lib.lab.book.claim_rows import longer_run
from ovp_lib.lab.book.sphinx_figure import published
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.runs import score, stability
from ovp_lib.pages import STATEMENTS
from ovp_lib.pages.base import Statement
from ovp_lib.pages.card import Card, Learnt

ROOT = Path(__file__).parents[2]


def shown_first(statement: Statement) -> dict[str, Any]:
    """Return the verdicts that the scoreboard shows first: of the longer run, or on record."""
    quick = score.read_recorded(ROOT / "results/verdicts.json")["quick"]
    longer = longer_run(ROOT / "results", statement.name)
    return {**quick, **{id: claim.verdict for id, claim in longer.items()}}


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_page_has_a_card(name: str) -> None:
    assert STATEMENTS[name].card is not None


@pytest.mark.parametrize("name", STATEMENTS)
def test_each_sentence_rests_on_the_verdicts_on_record(name: str) -> None:
    statement = STATEMENTS[name]
    verdicts = shown_first(statement)
    assert statement.card is not None
    for learnt in statement.card.learnt:
        said = {id: verdicts.get(statement.claim(id), "none") for id in learnt.claims}
        assert learnt.contradictions(said) == []


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_sentence_on_what_few_seeds_show_says_so(name: str) -> None:
    """A verdict that most root seeds do not share says nothing without the word seed."""
    statement = STATEMENTS[name]
    tried = stability.read(ROOT / "results/stability.json")["quick"]
    verdicts = shown_first(statement)
    longer = longer_run(ROOT / "results", name)
    assert statement.card is not None
    for learnt in statement.card.learnt:
        for id in {statement.claim(each) for each in learnt.claims} - set(longer):
            shared = tried[id].verdicts.count(verdicts[id])
            assert 2 * shared > len(tried[id].verdicts) or "seed" in learnt.sentence, id


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_figure_of_the_card_is_one_of_the_notebook(name: str) -> None:
    card = STATEMENTS[name].card
    assert card is not None
    assert published(notebooks.read(ROOT / f"notebooks/{name}.ipynb"), card.figure)


def test_a_sentence_is_contradicted_by_any_other_verdict() -> None:
    said = Learnt("This is said of four claims.", ("a",), ("b",), ("c",), ("d",))
    agreed: dict[str, Any] = {
        "a": "holds",
        "b": "within tolerance",
        "c": "fails",
        "d": "not shown at this scale",
    }
    assert said.contradictions(agreed) == []
    assert said.contradictions({**agreed, "b": "holds"}) == []
    for id, verdict in {"a": "within tolerance", "b": "fails", "c": "holds", "d": "holds"}.items():
        (line,) = said.contradictions({**agreed, id: verdict})
        assert line.startswith(f"{id}: {verdict!r}")
    del agreed["c"]
    assert said.contradictions(agreed) == [
        "c: 'no verdict', where 'This is said of four claims.' needs fails"
    ]


SENTENCE = "A sentence of some length."
LEARNT = Learnt(SENTENCE, holds=("mean",))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"sentence": "Short.", "holds": ("a",)}, "not a whole sentence"),
        ({"sentence": "A sentence without a full stop", "holds": ("a",)}, "not a whole sentence"),
        ({"sentence": SENTENCE}, "no claim is named"),
        ({"sentence": SENTENCE, "holds": ("a",), "fails": ("a",)}, "a: named twice"),
        ({"sentence": "It was {b} in the end, no less.", "holds": ("a",)}, "measured of b"),
    ],
)
def test_a_sentence_that_rests_on_nothing_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Learnt(**wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"plain": "Short."}, "the statement in one sentence"),
        ({"figure": ""}, "name of a published figure"),
        ({"learnt": (LEARNT, LEARNT)}, "3 sentences learnt, got 2"),
    ],
)
def test_a_card_that_lacks_something_is_refused(wrong: dict[str, Any], message: str) -> None:
    right: dict[str, Any] = {"plain": SENTENCE, "figure": "mean", "learnt": (LEARNT,) * 3}
    assert Card(**right).text.count(SENTENCE) == 4
    with pytest.raises(ValueError, match=message):
        Card(**{**right, **wrong})


def test_a_card_that_names_an_unknown_claim_is_refused() -> None:
    page = STATEMENTS["theorem-1-two-layer"]
    known = Learnt(SENTENCE, holds=("realizable.risk", "lemma-b-3.pseudo-gap.exponent"))
    typo = Learnt(SENTENCE, holds=("realisable.risk",))
    said = {"plain": SENTENCE, "figure": "theorem-1-width"}
    card = Card(**said, learnt=(known, known, known))
    assert dataclasses.replace(page, card=card).card == card
    wrong = Card(**said, learnt=(known, known, typo))
    with pytest.raises(ValueError, match=r"did you mean 'theorem-1\.realizable\.risk'"):
        dataclasses.replace(page, card=wrong)
