import re

import IPython
import IPython.display
import pytest

from ovp_lib.evidence.claims import Estimate, Predictions
from ovp_lib.evidence.judging import OpenClaims, VerdictLine
from ovp_lib.evidence.predictions import at_least, at_most, under

SMALL = Estimate(0.05, 0.04, 0.06, 5)
PREDICTIONS = Predictions(
    (
        *under("theorem-1", "here", at_most("risk", 0.1, "Small <&>.", "risk")),
        *under("lemma-b-3", "there", at_least("gap", 1.0, "Large.", "gap")),
    )
)


@pytest.fixture
def claims() -> OpenClaims:
    return OpenClaims("theorem-1-two-layer", PREDICTIONS, "quick")


def test_claims_are_gathered_in_the_order_in_which_they_were_predicted(claims: OpenClaims) -> None:
    claims.judge("lemma-b-3.gap", SMALL, "a note")
    claims.judge("risk", SMALL)
    first, second = claims.all()
    assert (first.id, first.verdict, first.preset) == ("theorem-1.risk", "holds", "quick")
    assert (second.id, second.verdict, second.note) == ("lemma-b-3.gap", "fails", "a note")
    assert claims.all().statement == "theorem-1-two-layer"


@pytest.mark.parametrize(
    ("id", "message"),
    [
        ("theorem-1.risks", "predicts nothing of 'theorem-1.risks'; did you mean 'theorem-1.risk'"),
        ("gap", "predicts nothing of 'gap'"),
        ("nothing at all", "predicts nothing of 'nothing at all'"),
    ],
)
def test_an_unknown_id_is_refused_where_it_is_judged(
    claims: OpenClaims, id: str, message: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        claims.judge(id, SMALL)


def test_nothing_is_judged_twice(claims: OpenClaims) -> None:
    claims.judge("risk", SMALL)
    with pytest.raises(ValueError, match=r"'theorem-1\.risk' has been judged already"):
        claims.judge("theorem-1.risk", SMALL)


def test_what_was_forgotten_is_named(claims: OpenClaims) -> None:
    claims.judge("risk", SMALL)
    with pytest.raises(ValueError, match=r"predicted and not judged: lemma-b-3\.gap$"):
        claims.all()


def test_a_verdict_is_shown_in_a_notebook_and_nowhere_else(
    claims: OpenClaims, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    claims.judge("risk", SMALL)
    assert capsys.readouterr().out == ""
    shown: list[object] = []
    monkeypatch.setattr(IPython, "get_ipython", lambda: object())
    monkeypatch.setattr(IPython.display, "display", shown.append)
    claims.judge("lemma-b-3.gap", SMALL)
    (line,) = shown
    assert isinstance(line, VerdictLine)
    assert line.claim.id == "lemma-b-3.gap"


def test_a_verdict_line_says_all_and_escapes_what_it_says(claims: OpenClaims) -> None:
    claims.judge("risk", SMALL, "n < 3")
    claims.judge("lemma-b-3.gap", SMALL)
    line = VerdictLine(claims.all()[0])
    text, page = repr(line), line._repr_html_()
    assert text == ("holds: Small <&>. Measured 0.05 [0.04, 0.06], predicted ≤ 0.1. (n < 3)")
    assert 'id="claim-theorem-1-risk"' in page
    assert "Small &lt;&amp;&gt;." in page
    assert "<em>n &lt; 3</em>" in page
    assert 'class="verdict-holds">holds<' in page
