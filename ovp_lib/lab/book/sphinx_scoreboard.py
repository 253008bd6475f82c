"""The scoreboard: a bar for each page, what fails and what is unstable, then every claim.

A claim is shown with its longer run first, where one is on record: ``standard``, then what the
stored notebook has. Evidence and checks of the code are told apart everywhere.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from ovp_lib.evidence.claims import VERDICT_CLASSES, VERDICTS, Claim, format_region
from ovp_lib.evidence.judging import measured_at
from ovp_lib.lab.book import dashboard, inventory
from ovp_lib.lab.book.claim_rows import (
    claim_tables,
    longer_run,
    measured,
    small,
    steadiness,
    verdict_pill,
)
from ovp_lib.lab.book.directives import NOTEBOOKS, RESULTS, Cell, LabDirective, Row, table
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.runs import stability
from ovp_lib.lab.runs.stability import LONGER, Stability
from ovp_lib.pages import STATEMENTS, Statement

PAGE = "book/scoreboard"
"""The page of the book that has the scoreboard."""

SCRIPT = "scoreboard.js"
"""What filters the rows of that page."""

Tables = list[nodes.Node]


@dataclass(frozen=True)
class ScoredPage:
    """A page of the book with its claims.

    Attributes:
        statement: the statement.
        claims: each claim as one or more runs have it, the longest first.
    """

    statement: Statement
    claims: Sequence[Sequence[Claim]]

    @cached_property
    def best(self) -> list[Claim]:
        """Each claim as its longest run has it."""
        return [runs[0] for runs in self.claims]


class Scoreboard(LabDirective):
    """Every claim of every notebook, with links to its page and to where it is measured."""

    def show(self) -> list[nodes.Node]:
        """Return the counts, the bars, what fails, what is unstable, and every claim."""
        stable, pages = self.stability(), self.pages()
        every = [claim for page in pages for claim in page.best]
        self.owner = {c.id: page.statement for page in reversed(pages) for c in page.best}
        firm = f"{stability.summary(stable)}{f' {stability.MEANING}' if stable else ''}"
        summary = [dashboard.count(every), dashboard.by_chance(every), firm]
        failing = [c for c in every if c.verdict == "fails"]
        unstable = [c for c in every if c.id in stable and not stable[c.id].stable]
        return [
            *(nodes.paragraph("", line, classes=["ovp-counts"]) for line in summary),
            self.section("Page by page", [self.overview(pages, stable)]),
            self.section("What fails", self.short(failing, stable)),
            self.section("What changes with the seed", self.short(unstable, stable)),
            self.section("Every claim", self.every(pages, stable)),
        ]

    def pages(self) -> list[ScoredPage]:
        """Return every page with its claims."""
        folder = Path(self.env.srcdir)
        found = []
        for name in notebooks.discover(folder / NOTEBOOKS, STATEMENTS):
            claims = notebooks.claims(notebooks.read(self.notebook(name)), name)
            path = folder / RESULTS / LONGER / f"{name}.record.json"
            self.env.note_dependency(str(path))
            longer = longer_run(folder / RESULTS, name)
            pairs = [[c for c in (longer.get(claim.id), claim) if c] for claim in claims]
            statement = STATEMENTS[name]
            found.append(ScoredPage(statement, [list(_worded(runs, statement)) for runs in pairs]))
        return found

    def stability(self) -> Mapping[str, Stability]:
        """Return what is on record of each claim at several root seeds."""
        path = Path(self.env.srcdir) / RESULTS / "stability.json"
        self.env.note_dependency(str(path))
        return stability.read_shown(path)

    def overview(self, pages: Sequence[ScoredPage], stable: Mapping[str, Stability]) -> nodes.Node:
        """Return a table with a bar for each page.

        Args:
            pages: every page with its claims.
            stable: stability by claim.

        Returns:
            The table; a number leads to the rows that it counts.
        """
        verdicts = [
            nodes.inline("", verdict.partition(" at ")[0], classes=[VERDICT_CLASSES[verdict]])
            for verdict in VERDICTS
        ]
        columns = ("page", "evidence", *verdicts, dashboard.UNSTABLE, "checks")
        rows = [self._overview_row(page, stable) for page in pages]
        return table(columns, rows, css="ovp-overview")

    def _overview_row(self, page: ScoredPage, stable: Mapping[str, Stability]) -> Row:
        name, evidence = page.statement.name, [c for c in page.best if c.is_evidence]

        def number(claims: Sequence[Claim], **wanted: str) -> Cell:
            if not claims:
                return nodes.inline("", "–", classes=["ovp-none"])
            asked = "&".join(f"{key}={value}" for key, value in {"page": name, **wanted}.items())
            return nodes.reference("", str(len(claims)), refuri=f"?{asked}#every-claim")

        return (
            nodes.reference("", _short(page.statement), refuri=self.uri(f"{NOTEBOOKS}/{name}")),
            _raw(dashboard.bar(page.best)),
            *(
                number(
                    [c for c in evidence if c.verdict == verdict],
                    kind="empirical",
                    **{"is": VERDICT_CLASSES[verdict].removeprefix("verdict-")},
                )
                for verdict in VERDICTS
            ),
            number(
                [c for c in page.best if c.id in stable and not stable[c.id].stable],
                **{"is": dashboard.UNSTABLE},
            ),
            number([c for c in page.best if not c.is_evidence], kind="check"),
        )

    def short(self, claims: Sequence[Claim], stable: Mapping[str, Stability]) -> Tables:
        """Return a short table of claims, each of which leads to its own row.

        Args:
            claims: those to show.
            stable: stability by claim.

        Returns:
            The table, or a sentence if there is none.
        """
        if not claims:
            return [nodes.paragraph("", "None of the claims, as far as it has been tried.")]
        rows = []
        for claim in claims:
            link = nodes.reference("", claim.id, refuri=f"#{dashboard.anchor(claim.id)}")
            numbers = small(f"predicted {format_region(claim)}, measured {measured(claim)}")
            verdict: list[Cell] = [verdict_pill(claim)]
            if claim.id in stable:
                verdict.append(steadiness(stable[claim.id]))
            place = nodes.inline("", "", link, classes=["ovp-place"])
            rows.append(([claim.sentence, numbers, place], self._part(claim), verdict))
        return [table(("claim", "measured on", "verdict"), rows, css="ovp-short")]

    def every(self, pages: Sequence[ScoredPage], stable: Mapping[str, Stability]) -> Tables:
        """Return the form that filters, then a box for each page.

        Args:
            pages: every page with its claims.
            stable: stability by claim.

        Returns:
            The nodes.
        """
        papers = _papers(Path(self.env.srcdir), pages)
        titles = {page.statement.name: _short(page.statement) for page in pages}
        made: Tables = [_raw(dashboard.form(papers, titles))]
        return [*made, *(node for page in pages for node in self._of_page(page, stable))]

    def _of_page(self, page: ScoredPage, stable: Mapping[str, Stability]) -> Tables:
        """Return the claims of a page in a box, which is closed until a reader opens it."""
        statement = page.statement
        flips = sum(c.id in stable and not stable[c.id].stable for c in page.best)
        where = nodes.paragraph("", f"{statement.source} · ", classes=["ovp-source"])
        where += self.page(statement.name)
        tables = claim_tables(page.claims, stable, lambda claim: [self._place(claim)])
        rows = [row for each in tables for row in each.findall(nodes.row) if _is_claim(row)]
        # The rows are those of claim_tables, where the evidence comes before the checks.
        in_order = [c for c in page.best if c.is_evidence]
        in_order += [c for c in page.best if not c.is_evidence]
        for row, claim in zip(rows, in_order, strict=True):
            row["ids"].append(dashboard.anchor(claim.id))
            row["classes"] += dashboard.flags(
                claim, statement.paper, statement.name, stable.get(claim.id)
            )
        opening = dashboard.box(page.best, statement.title, flips)
        return [_raw(opening), where, *tables, _raw("</details>")]

    def _place(self, claim: Claim) -> nodes.Node:
        return nodes.inline("", "", self._part(claim, claim.id), classes=["ovp-place"])

    def _part(self, claim: Claim, text: str = "") -> nodes.Node:
        """Return a link to the line of a page that has the verdict on a claim."""
        statement = self.owner[claim.id]
        page = self.uri(f"{NOTEBOOKS}/{statement.name}")
        return nodes.reference(
            "", text or _short(statement), refuri=f"{page}#{measured_at(claim.id)}"
        )

    def uri(self, page: str) -> str:
        """Return the address of another page, as this one has to write it.

        Args:
            page: name of the page.
        """
        return self.env.app.builder.get_relative_uri(self.env.docname, page)

    def section(self, title: str, content: Iterable[nodes.Node]) -> nodes.Node:
        """Return a section with a heading, which the contents of the page list.

        Args:
            title: of the section.
            content: what is in it.
        """
        made = nodes.section("", nodes.title("", title), *content, names=[title.lower()])
        self.state.document.note_implicit_target(made, made)
        return made


def _worded(runs: Iterable[Claim], statement: Statement) -> Iterator[Claim]:
    """Give the claims of older runs the sentences of today: only these may have changed."""
    sentences = {prediction.id: prediction.sentence for prediction in statement.predictions}
    for claim in runs:
        said = sentences.get(claim.id, claim.sentence)
        yield claim.model_copy(update={"sentence": said})


def _raw(text: str) -> nodes.Node:
    return nodes.raw("", text, format="html")


def _short(statement: Statement) -> str:
    return statement.title.partition(":")[0]


def _is_claim(row: nodes.Element) -> bool:
    return isinstance(row.parent, nodes.tbody)


def _papers(root: Path, pages: Iterable[ScoredPage]) -> dict[str, str]:
    """Return what to call the papers that have a page, by the id of the document."""
    used = dict.fromkeys(page.statement.paper for page in pages)
    if not (root / inventory.INVENTORY).is_file():
        return {paper: paper for paper in used}
    documents = inventory.read(root, STATEMENTS).documents
    return {paper: documents[paper].source for paper in used}


def add_script(app: Sphinx, pagename: str, *_: object) -> None:
    """Load what filters the rows, on the page that has them; called by Sphinx.

    Args:
        app: the application.
        pagename: the page that is written.
    """
    if pagename == PAGE:
        app.add_js_file(SCRIPT, loading_method="defer")
