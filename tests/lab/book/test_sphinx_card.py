"""The card of a page, and the lines of its verdicts, on a page that Sphinx builds."""

import dataclasses
import io
import re
from pathlib import Path

import pandas as pd
import pytest
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from ovp_lib.evidence.claims import Claims, Estimate, Prediction, Predictions
from ovp_lib.evidence.judging import VerdictLine
from ovp_lib.lab.book import page_claims, sphinx_card, sphinx_verdicts
from ovp_lib.lab.book.page_claims import PageClaims
from ovp_lib.lab.runs import costs, stability
from ovp_lib.lab.runs.costs import Cost
from ovp_lib.lab.runs.stability import Stability
from ovp_lib.pages import Statement
from ovp_lib.pages.card import Card, Learnt
from tests.lab import tiny
from tests.lab.files.test_provenance import record


def prediction(id: str, **more: str) -> Prediction:
    said = {"source": "here", "sentence": f"The {id} is small.", "statistic": id, **more}
    return Prediction(id=f"tiny.{id}", high=10, **said)


PREDICTIONS = Predictions(
    [prediction("size"), prediction("weight"), prediction("sum", kind="identity")]
)
INSIDE, ACROSS = Estimate(5.25, 4.0, 6.0, 7), Estimate(10.0, 9.0, 11.0, 7)
QUICK = [p.judge(e, preset="quick") for p, e in zip(PREDICTIONS, [ACROSS] * 3, strict=True)]
LONGER = PREDICTIONS[0].judge(INSIDE, preset="standard")
CHANGES = Stability(verdicts=("not shown at this scale", "fails", "fails"), moves=True)
FIRM = Stability(verdicts=("not shown at this scale",) * 3, moves=False)
FOUND = PageClaims([[LONGER, QUICK[0]], [QUICK[1]], [QUICK[2]]], {"tiny.size": CHANGES})

CARD = Card(
    plain="Whatever is measured here, it is $O(1)$ & small.",
    figure="tiny-size",
    learnt=(
        Learnt("In the longer run the size is {size}, which is small.", holds=("size",)),
        Learnt("Whether the weight is small stays open.", open=("tiny.weight",)),
        Learnt("Both are of nothing at all.", holds=("size",), open=("weight",)),
    ),
)
PAGE = """Tiny
====

.. figure:: picture.svg
   :name: fig-tiny-size
   :alt: a line that falls

   The size of :math:`x` against nothing. The band is an interval.

.. raw:: html

   {line}
"""


def statement() -> Statement:
    return dataclasses.replace(tiny.statement(), predictions=PREDICTIONS, card=CARD)


def write_book(source: Path) -> None:
    """Write a book with one page, its notebook, and what is on record of its claims."""
    claims = Claims("tiny", QUICK)
    output = {
        "output_type": "execute_result",
        "execution_count": 1,
        "metadata": {},
        "data": claims._repr_mimebundle_(),
    }
    tiny.write(
        source / "notebooks/tiny.ipynb", tiny.notebook(tiny.code("claims", outputs=[output]))
    )
    line = VerdictLine(QUICK[0])._repr_html_()
    (source / "notebooks/tiny.rst").write_text(PAGE.format(line=line))
    (source / "notebooks/picture.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (source / "index.rst").write_text("Book\n====\n\n.. toctree::\n\n   notebooks/tiny\n")
    longer = record().model_copy(
        update={"claims": (LONGER,), "preset": "standard", "wall_seconds": 600.0}
    )
    (source / "results/standard").mkdir(parents=True)
    longer.write(source / "results/standard/tiny.record.json")
    both = {"tiny.size": CHANGES, "tiny.weight": FIRM}
    stability.record(source / "results/stability.json", "quick", both, {"tiny": statement()})
    tiny.write(
        source / "results" / costs.FILE,
        {"tiny": Cost(seconds=28.0, threads=1, cpu="any").model_dump()},
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, set[str]]:
    """Return the page that Sphinx built, and the files on which it depends."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("html")
    write_book(source)
    warnings = io.StringIO()
    with docutils_namespace(), pytest.MonkeyPatch.context() as patch:
        for module in (sphinx_card, sphinx_verdicts):
            patch.setattr(module, "STATEMENTS", {"tiny": statement()})
        overrides = {"extensions": ["ovp_lib.lab.book.sphinx_ext"]}
        app = Sphinx(source, None, out, out / "doctrees", "html", overrides, None, warnings)
        app.build()
        needed = {Path(each).name for each in app.env.dependencies["notebooks/tiny"]}
    said = warnings.getvalue().splitlines()
    assert [line for line in said if "already registered" not in line] == []
    return (out / "notebooks/tiny.html").read_text(encoding="utf-8"), needed


@pytest.fixture(scope="module")
def card(built: tuple[str, set[str]]) -> str:
    """Return the card of the page."""
    found = re.search(r'(?s)<h1>.*?</h1>\s*<aside class="ovp-card".*?</aside>', built[0])
    assert found is not None, "no card under the title"
    return found[0]


def words(html: str) -> str:
    return " ".join(re.sub("<[^>]*>", " ", html).split())


@pytest.mark.parametrize(("seconds", "hours"), [([1800.0, 5400.0], 2.0), ([1800.0, None], None)])
def test_the_cost_of_a_table_is_said_if_all_of_it_is_known(tmp_path: Path, seconds, hours) -> None:
    rows = [(key, cpu) for key, cpu in zip("ab", seconds, strict=True) for _ in range(3)]
    path = tmp_path / "paper.parquet"
    pd.DataFrame(rows, columns=["key", "cpu_seconds"]).to_parquet(path)
    assert sphinx_card.core_hours(path) == hours


def test_the_card_says_what_the_records_say(card: str) -> None:
    said = words(card)
    assert "Whatever is measured here, it is \\(O(1)\\) &amp; small." in said
    assert "2 claims that a run could have contradicted" in said
    assert "1 holds 1 not shown at this scale checks of the code: 0 of 1" in said
    assert "In the longer run the size is 5.25, which is small." in said
    assert "holds size 0 of 3 quick seeds: unstable" in said
    assert "not shown at this scale tiny.weight any seed" in said
    assert "Of 2 verdicts of a quick run 1 is the same with each of 3 root seeds" in said
    assert stability.MEANING in said
    assert "a quick run, whose numbers this page shows, takes 28 s with 1 CPU thread" in said
    assert "the standard run, whose verdicts come first, took 10 min" in said


def test_the_card_leads_to_where_each_claim_is_measured(built: tuple[str, set[str]]) -> None:
    page, _ = built
    places = page.partition("Where each claim is measured")[2].partition("</details>")[0]
    assert re.findall('href="#([^"]*)"', places) == ["claim-tiny-size", "claim-tiny-weight"]
    assert page.count('id="claim-tiny-size"') == 1


def test_the_figure_of_the_card_is_that_of_the_page(card: str) -> None:
    figure = card.partition("<figure")[2].partition("</figure>")[0]
    assert 'alt="a line that falls"' in figure
    assert 'href="#fig-tiny-size"' in figure
    assert words(figure.partition("<figcaption>")[2]).startswith("The size of \\(x\\)")
    assert "interval" not in figure


def test_the_line_of_a_verdict_begins_with_the_longer_run(built: tuple[str, set[str]]) -> None:
    line = built[0].partition('<p class="ovp-verdict"')[2].partition("</p>")[0]
    said = words(line.partition(">")[2])
    assert said.startswith("holds The size is small. standard run: measured 5.25 [4, 6], predicted")
    assert said.endswith(
        "quick run: not shown at this scale measured 10 [9, 11] "
        "same with 1 of 3 quick root seeds: unstable"
    )


def test_how_firm_stands_beside_the_run_that_was_tried() -> None:
    longer = CHANGES.model_copy(update={"preset": "standard"})
    found = PageClaims(FOUND.runs, {"tiny.size": longer})
    said = words(sphinx_verdicts.completed(VerdictLine(QUICK[0])._repr_html_(), found))
    assert "same with 1 of 3 standard root seeds: unstable quick run:" in said
    assert said.endswith("measured 10 [9, 11]")


def test_the_page_is_read_again_when_a_record_changes(built: tuple[str, set[str]]) -> None:
    records = {"stability.json", "costs.json", "tiny.record.json"}
    assert records <= built[1]


def test_a_line_of_a_quick_run_alone_only_gets_how_firm_it_is() -> None:
    line = VerdictLine(QUICK[1])._repr_html_()
    untried = PageClaims([[QUICK[1]]], {})
    assert sphinx_verdicts.completed(line, untried) == line
    tried = PageClaims([[QUICK[1]]], {"tiny.weight": FIRM})
    firm = '<span class="ovp-stable">does not depend on the seed</span>'
    assert sphinx_verdicts.completed(line, tried) == f"{line.removesuffix('</p>')} {firm}</p>"
    other = line.replace("claim-tiny-weight", "claim-of-another-page")
    assert sphinx_verdicts.completed(other, tried) == other


def test_what_was_not_tried_and_not_timed_is_not_spoken_of(tmp_path: Path) -> None:
    shown = sphinx_card.CardContent(statement(), CARD, PageClaims(FOUND.runs, {}), tmp_path)
    assert shown.firm() == ""
    assert shown.cost() == ""
    assert "seed" not in shown.places()


def test_the_page_of_one_s_own_run_says_what_that_run_took(tmp_path: Path) -> None:
    (tmp_path / "notebooks").mkdir()
    record().write(tmp_path / "notebooks/tiny.record.json")
    shown = sphinx_card.CardContent(statement(), CARD, FOUND, tmp_path)
    assert "this run took 2 s with 2 CPU threads" in shown.cost()


def test_a_run_that_lacks_a_figure_and_a_claim_has_a_card_without_them(tmp_path: Path) -> None:
    assert sphinx_card.figure(nodes.document(None, None), "tiny-size") is None
    fewer = PageClaims([[QUICK[1]]], {})
    shown = sphinx_card.CardContent(statement(), CARD, fewer, tmp_path)
    said = words("".join(node.astext() for node in shown.content(None)))
    assert "the size is not measured, which is small." in said
    assert "not shown at this scale tiny.weight" in said
    assert "1 claim that a run could have contradicted" in said


def test_only_pages_of_statements_have_cards() -> None:
    assert sphinx_verdicts.page_of("notebooks/figure-1") == "figure-1"
    assert sphinx_verdicts.page_of("notebooks/other") == ""
    assert sphinx_verdicts.page_of("book/figure-1") == ""


def test_claims_are_read_with_the_longer_run_first(tmp_path: Path) -> None:
    write_book(tmp_path)
    found = page_claims.read(tmp_path, "tiny")
    assert [[claim.preset for claim in runs] for runs in found.runs] == [
        ["standard", "quick"],
        ["quick"],
        ["quick"],
    ]
    assert [claim.verdict for claim in found.evidence] == ["holds", "not shown at this scale"]
