import io
import re
from pathlib import Path

import pytest
from docutils import nodes
from sphinx.application import Sphinx

from ovp_lib.errors import NotebookError
from ovp_lib.evidence.claims import Claim, Claims, Estimate
from ovp_lib.lab.book import (
    claim_rows,
    dashboard,
    directives,
    sphinx_ext,
    sphinx_history,
    sphinx_scoreboard,
)
from ovp_lib.lab.book.sphinx_figure import published
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.store import open_store
from ovp_lib.lab.runs.history import Entry
from ovp_lib.lab.runs.stability import Stability
from ovp_lib.lab.sweeps.fingerprint import fingerprint
from ovp_lib.lab.sweeps.loop import assignment
from ovp_lib.lab.sweeps.plan import plan
from ovp_lib.lab.sweeps.results import export
from ovp_lib.lab.sweeps.worker import work
from tests.lab import tiny
from tests.lab.files.test_provenance import record
from tests.lab.sweeps import tiny_sweep

SECTIONS = ("what-fails", "what-changes-with-the-seed", "every-claim")
"""Anchors of the parts of the scoreboard behind its summary."""

SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'


def claims(*estimates: Estimate) -> Claims:
    predictions = [
        tiny.SMALL.model_copy(update={"id": f"tiny.size-{i}"}) for i in range(len(estimates))
    ]
    pairs = zip(predictions, estimates, strict=True)
    return Claims("tiny", [p.judge(e, preset="quick", note="a note") for p, e in pairs])


def check(estimate: Estimate) -> Claim:
    prediction = tiny.SMALL.model_copy(update={"id": "tiny.check", "kind": "identity"})
    return prediction.judge(estimate, preset="quick")


INSIDE, OUTSIDE, ACROSS = (
    Estimate(5.0, 4.0, 6.0, 7),
    Estimate(20.0, 11.0, 30.0, 7),
    Estimate(10.0, 9.0, 11.0, 7),
)


def test_verdicts_are_counted_over_all_notebooks() -> None:
    one = "1 empirical claims (1 holds), 0 checks of the code"
    assert dashboard.count(claims(INSIDE)) == one
    found = [*claims(INSIDE, OUTSIDE), *claims(INSIDE, ACROSS), check(INSIDE)]
    assert dashboard.count(found) == (
        "4 empirical claims (2 holds, 1 fails, 1 not shown at this scale), "
        "1 checks of the code (1 holds)"
    )
    assert dashboard.by_chance(found * 10).startswith("40 of the empirical claims")
    assert "about 2 of these intervals miss" in dashboard.by_chance(found * 10)


def words(cell: object) -> list[str]:
    """The lines of a cell as a reader sees them, with spaces that may break."""
    lines = cell if isinstance(cell, list) else [cell]
    texts = [line.astext() if isinstance(line, nodes.Node) else str(line) for line in lines]
    return [text.replace("\xa0", " ") for text in texts]


@pytest.mark.parametrize(
    ("estimate", "measured", "css"),
    [
        (INSIDE, "5 [4, 6], n = 7", "verdict-holds"),
        (OUTSIDE, "20 [11, 30], n = 7", "verdict-fails"),
        (ACROSS, "10 [9, 11], n = 7", "verdict-unshown"),
    ],
)
def test_a_claim_is_a_row_whose_verdict_carries_its_class(
    estimate: Estimate, measured: str, css: str
) -> None:
    (claim,) = claims(estimate)
    said, predicted, shown, verdicts = claim_rows.claim_row([claim], None)
    assert (words(said), predicted, words(shown)) == (["small", "a note"], "≤ 10", [measured])
    (verdict,) = verdicts
    assert isinstance(verdict, nodes.inline)
    assert (verdict.astext(), verdict["classes"]) == (claim.verdict, [css])


def test_the_longer_run_comes_first_and_stability_stands_beside_it() -> None:
    (quick,) = claims(ACROSS)
    prediction = tiny.SMALL.model_copy(update={"id": quick.id})
    longer = prediction.judge(INSIDE, preset="standard")
    stable = Stability(verdicts=("holds", "fails", "holds"), moves=True)
    row = claim_rows.claim_row([longer, quick], stable)
    assert words(row[2]) == ["5 [4, 6], n = 7", "10 [9, 11], n = 7"]
    assert words(row[3]) == ["holds standard", "not shown at this scale quick", stable.words()]


def test_checks_have_a_table_of_their_own_that_says_what_they_are() -> None:
    made = claim_rows.claim_tables([[c] for c in (*claims(INSIDE), check(INSIDE))], {})
    evidence, title, checks = made
    assert "Checks of the code" in title.astext()
    assert "identity: both sides are equal by algebra" in checks.astext()
    assert "identity" not in evidence.astext()


def test_an_entry_of_the_history_shows_what_moved() -> None:
    entry = Entry(
        date="2026-11-28",
        why="ten seeds are too few",
        changes=[
            {"where": "tiny, preset quick", "what": "n_seeds", "before": 10, "after": 8},
            {"where": "tiny.gone", "what": "claim", "before": {"low": 1}, "after": None},
        ],
        verdicts=[{"claim": "tiny.a", "preset": "quick", "before": None, "after": "fails"}],
    )
    text = "\n".join(node.astext() for node in sphinx_history.entry_nodes(entry))
    for part in ("2026-11-28", "ten seeds are too few", "n_seeds", "10", "8", "was not claimed"):
        assert part in text
    assert "there" in text.split("tiny.gone")[1]


def test_a_table_has_a_head_a_row_a_line_and_a_frame_that_scrolls() -> None:
    made = directives.table(["a", "b"], [("1", nodes.strong("", "2")), ("3", "4")], css="mine")
    assert made["classes"] == ["ovp-scroll"]
    (table,) = made.findall(nodes.table)
    assert table["classes"] == ["mine"]
    rows = [[entry.astext() for entry in row] for row in made.findall(nodes.row)]
    assert rows == [["a", "b"], ["1", "2"], ["3", "4"]]
    assert len(list(made.findall(nodes.strong))) == 1


def test_provenance_says_what_issue_two_asks_for() -> None:
    run = record()
    rows = dict(sphinx_ext.provenance_rows(run))
    assert rows["changed parameters"] == "size = 4"
    assert rows["cost"] == "2 s"
    assert rows["device"] == "cpu, 2 CPU threads"
    assert rows["packages"].startswith("ovp-companion ")
    clean = run.environment.model_copy(update={"commit": "abc", "dirty": False})
    dirty = clean.model_copy(update={"dirty": True})
    nowhere = clean.model_copy(update={"commit": None, "dirty": None})
    commits = [
        dict(sphinx_ext.provenance_rows(run.model_copy(update={"environment": e})))["commit"]
        for e in (clean, dirty, nowhere)
    ]
    assert commits == ["abc", "abc with uncommitted changes", "not in a repository"]


def test_a_published_figure_is_found_by_its_name() -> None:
    output = {
        "output_type": "display_data",
        "data": {"image/svg+xml": [SVG[:9], SVG[9:]]},
        "metadata": {"scrapbook": {"name": "fig-size"}},
    }
    other = {**output, "metadata": {}}
    notebook = tiny.notebook(tiny.code("show", outputs=[other, output]))
    assert published(notebook, "fig-size") == SVG
    with pytest.raises(NotebookError, match="no figure 'fig-none'; there is fig-size"):
        published(notebook, "fig-none")
    with pytest.raises(NotebookError, match="there is none"):
        published(tiny.notebook(), "fig-none")


def finished_sweep(source: Path) -> None:
    """Put the table of a finished sweep into a book, and one that somebody has touched."""
    store = open_store(source / "store", "tiny")
    tasks = tiny_sweep.grid(source, [1, 2])
    found = plan(tiny_sweep.sweep(tasks), "quick", store)
    for point in found.points:
        work(assignment(found, point, store, "cpu"))
    path = export(plan(tiny_sweep.sweep(tasks), "quick", store), store, source / "results")
    bad = source / "results" / "bad" / "quick.parquet"
    bad.parent.mkdir()
    bad.write_bytes(path.read_bytes()[:-7])


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Return a page built by Sphinx from a tiny book, and the warnings of the build."""
    source, build = tmp_path_factory.mktemp("book"), tmp_path_factory.mktemp("html")
    output = {
        "output_type": "display_data",
        "data": {"image/svg+xml": SVG},
        "metadata": {"scrapbook": {"name": "fig-size"}},
    }
    notebook = tiny.with_claims()
    notebook["cells"].insert(2, tiny.code("show", outputs=[output]))
    tiny.write(source / "notebooks" / "tiny.ipynb", notebook)
    (source / "notebooks" / "tiny.rst").write_text("The tiny statement\n==================\n")
    (source / "notebooks" / "old.rst").write_text("The old statement\n=================\n")
    tiny.write(source / "notebooks" / "old.ipynb", tiny.with_claims("old", measured=20.0))
    fresh = record().model_copy(update={"claims": tuple(notebooks.claims(notebook, "tiny"))})
    fresh.write(source / "notebooks" / "tiny.record.json")
    record().write(source / "notebooks" / "old.record.json")  # with claims of another run
    (source / "index.rst").write_text(
        "Book\n====\n\n.. toctree::\n\n   notebooks/tiny\n   notebooks/old\n\n"
        ".. scoreboard::\n\n.. history::\n\n.. parameters:: tiny\n\n.. provenance:: tiny\n\n"
        ".. provenance:: old\n\n.. reference:: tiny standard\n\n"
        ".. notebook-figure:: tiny fig-size\n   :alt: a picture of it\n\n   A caption.\n\n"
        ".. parameters:: huge\n\n.. notebook-figure:: tiny fig-none\n   :alt: none\n\n"
        ".. notebook-figure:: tiny fig-size\n\n"
        ".. results:: tiny quick\n\n.. results:: tiny paper\n\n.. results:: bad quick\n"
    )
    finished_sweep(source)
    entry = {"date": "2026-11-28", "why": "the first entry of all"}
    tiny.write(source / "results" / "history.json", [entry])
    warnings = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        for module in (sphinx_ext, sphinx_scoreboard):
            statements = {name: tiny.statement(name) for name in ("tiny", "old")}
            patch.setattr(module, "STATEMENTS", statements)
        app = Sphinx(
            *(source, None, build, build / "doctrees", "html"),
            confoverrides={"extensions": ["ovp_lib.lab.book.sphinx_ext"]},
            status=None,
            warning=warnings,
        )
        app.build()
    return (build / "index.html").read_text(encoding="utf-8"), warnings.getvalue()


def test_the_directives_show_claims_parameters_runs_and_figures(page: tuple[str, str]) -> None:
    html, _ = page
    assert "2 empirical claims (1 holds, 1 fails), 0 checks of the code" in html
    assert "No page has been run with several root seeds." in html
    assert "the first entry of all" in html
    assert "No run at the preset standard is on record" in html
    assert "The tiny statement" in html
    assert 'class="verdict-holds"' in html
    assert "how big it is" in html
    assert html.count("changed parameters") == 1
    assert html.count("This page shows the stored notebook") == 1
    assert "ovp run old" in "".join(re.split("<[^>]*>", html))
    assert 'alt="a picture of it"' in html
    assert "A caption." in html


def test_where_numbers_come_from_is_in_closed_boxes(page: tuple[str, str]) -> None:
    html, _ = page
    boxes = re.findall(
        r'<details class="ovp-closed"><summary>([^<]*)</summary>(.*?)</details>', html, re.S
    )
    assert len(boxes) == html.count('<details class="ovp-closed"') == 2
    (run, of_run), (sweep, of_sweep) = boxes
    assert run.startswith("The run behind this page")
    assert "changed parameters" in of_run
    assert sweep.startswith("Where this table comes from")
    assert "ovp sweep export" in re.sub("<[^>]*>", "", of_sweep)


def test_a_claim_has_an_anchor_and_leads_to_where_it_is_measured(page: tuple[str, str]) -> None:
    html, _ = page
    row = r'<tr class="paper-\w* page-tiny kind-empirical is-holds[\w -]*" id="score-tiny-size">'
    assert re.search(row, html)
    assert '<a class="reference external" href="notebooks/tiny.html#claim-tiny-size">' in html
    fails, seed, every = (html.index(f'id="{name}"') for name in SECTIONS)
    assert 'href="#score-tiny-size"' in html[fails:seed]
    assert "None of the claims" in html[seed:every]
    assert '<form class="ovp-filter"' in html[every:]
    assert 'href="?page=old&amp;kind=empirical&amp;is=fails#every-claim">1</a>' in html


def test_a_sweep_says_where_it_comes_from_and_how_to_make_it_again(page: tuple[str, str]) -> None:
    text = " ".join(re.sub("<[^>]*>", " ", page[0]).split())
    assert "results/tiny/quick.parquet" in text
    assert "core hours as far as known, 2 tasks" in text
    assert fingerprint("tests.lab.sweeps.tiny_sweep") in text
    assert "ovp sweep export tiny --preset quick" in text


def test_what_is_not_there_is_an_error_of_the_page(page: tuple[str, str]) -> None:
    _, warnings = page
    assert "no statement 'huge'; there are tiny, old" in warnings
    assert "no figure 'fig-none'; there is fig-size" in warnings
    assert "set :alt:" in warnings
    assert "there is no table" in warnings
    assert "quick.parquet is damaged" in warnings
    assert warnings.count("ERROR") == 5
    assert "index.rst:" in warnings
