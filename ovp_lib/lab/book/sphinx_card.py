"""The card under the title of a page: what it states, what came out, what was learnt, in a minute.

Everything but the plain sentence and the three of what was learnt is made from the records.
"""

import html
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx

from ovp_lib.evidence.claims import VERDICT_CLASSES, VERDICTS, Claim, format_measured
from ovp_lib.evidence.judging import measured_at
from ovp_lib.lab.book import dashboard, page_claims, sphinx_narrow
from ovp_lib.lab.book.directives import NOTEBOOKS, RESULTS
from ovp_lib.lab.book.page_claims import PageClaims
from ovp_lib.lab.book.sphinx_verdicts import page_of
from ovp_lib.lab.files.provenance import RunRecord, record_path
from ovp_lib.lab.runs import costs, stability
from ovp_lib.lab.runs.costs import Cost
from ovp_lib.lab.runs.stability import LONGER
from ovp_lib.pages import STATEMENTS, Statement
from ovp_lib.pages.card import Card, Learnt, pieces

FIGURE = "card-figure"
"""Id of the figure on a card."""


def depend_on_records(app: Sphinx, _: nodes.document) -> None:
    """Note which records the page of a statement shows; called by Sphinx.

    Args:
        app: the application.
    """
    if name := page_of(app.env.docname):
        page_claims.note_dependencies(app.env, name)


def show_card(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the card of a statement under the title of its page; called by Sphinx.

    Args:
        app: the application.
        doctree: a page.
        docname: its name.
    """
    name = page_of(docname)
    if not name or (card := STATEMENTS[name].card) is None:
        return
    source = Path(app.srcdir)
    found = page_claims.read(source, name)
    shown = CardContent(STATEMENTS[name], card, found, source)
    title = next(iter(doctree.findall(nodes.title)))
    place = title.parent.index(title) + 1
    for node in reversed([*shown.content(figure(doctree, card.figure))]):
        title.parent.insert(place, node)


def figure(doctree: nodes.document, name: str) -> nodes.Element | None:
    """Return a figure of a page once more, with the first sentence of its caption.

    Args:
        doctree: the page.
        name: under which the notebook published the figure.

    Returns:
        The figure, whose picture leads to the one below; ``None`` if this run did not make it.
    """
    id = f"fig-{name}"
    for found in doctree.findall(nodes.figure):
        if id in found["ids"] or id in found["names"]:
            image = next(iter(found.findall(nodes.image))).deepcopy()
            # An id may be on a page once only, and the figure further down has it.
            image["ids"], image["names"] = [], []
            image["classes"].append(sphinx_narrow.ALWAYS)
            link = nodes.reference("", "", image, refid=found["ids"][0], internal=True)
            caption = next(iter(found.findall(nodes.caption)), None)
            said = [] if caption is None else [nodes.caption("", "", *first_sentence(caption))]
            # Sphinx wants an id of every figure with a caption, numbered or not.
            return nodes.figure("", link, *said, ids=[FIGURE], classes=["ovp-card-figure"])
    return None


def first_sentence(caption: nodes.caption) -> Iterator[nodes.Node]:
    """Return the nodes of the first sentence of a caption.

    Args:
        caption: of a figure.

    Yields:
        Copies, the last of which may be cut.
    """
    for node in caption.children:
        head, stop, _ = node.astext().partition(". ") if isinstance(node, nodes.Text) else ("",) * 3
        if stop:
            yield nodes.Text(f"{head}.")
            return
        yield node.deepcopy()


class CardContent:
    """The content of a card.

    Args:
        statement: whose card it is.
        card: what is written by hand.
        claims: of its page.
        source: source directory of the book.
    """

    def __init__(self, statement: Statement, card: Card, claims: PageClaims, source: Path) -> None:
        self.statement, self.card, self.claims, self.source = statement, card, claims, source

    def content(self, picture: nodes.Element | None) -> Iterator[nodes.Node]:
        """Return what stands on the card.

        Args:
            picture: the figure that carries the message, if there is one.

        Yields:
            The nodes, in order.
        """
        yield raw('<aside class="ovp-card" aria-label="This page in one minute">')
        yield nodes.paragraph("", "", *self.said(self.card.plain), classes=["ovp-card-plain"])
        yield raw(self.verdicts())
        yield raw('<div class="ovp-card-body">')
        if picture is not None:
            yield picture
        yield raw('<div><p class="ovp-card-heading">What was learnt</p>')
        items = [nodes.list_item("", *self.learnt(each)) for each in self.card.learnt]
        yield nodes.enumerated_list("", *items, enumtype="arabic", classes=["ovp-card-learnt"])
        yield raw(f'</div><div class="ovp-card-notes">{self.firm()}{self.cost()}</div></div>')
        yield raw(f"{self.places()}</aside>")

    def said(self, sentence: str) -> Iterator[nodes.Node]:
        """Return a sentence with its formulas, and with numbers for ids in braces.

        Args:
            sentence: as it is written on the card.

        Yields:
            The nodes.
        """
        for kind, text in pieces(sentence):
            if kind == "formula":
                yield nodes.math(text, text)
            elif kind == "measured":
                claim = self.claim(text)
                shown = format_measured(claim).partition(" [")[0] if claim else "not measured"
                yield nodes.Text(shown)
            else:
                yield nodes.Text(text)

    def claim(self, id: str) -> Claim | None:
        """Return a claim as its longest run has it.

        Args:
            id: whole, or relative to the statement.

        Returns:
            The claim; ``None`` if this run does not make it.
        """
        return self.claims.first.get(self.statement.claim(id))

    def learnt(self, learnt: Learnt) -> list[nodes.Node]:
        """Return one sentence of what was learnt, and the claims that it rests on.

        Args:
            learnt: the sentence.

        Returns:
            Two paragraphs.
        """
        rests = "".join(
            f"<li>{self.place(claim, words=id)}</li>"
            for id in learnt.claims
            if (claim := self.claim(id))
        )
        below = f'<ul class="ovp-rests" aria-label="Rests on">{rests}</ul>'
        return [nodes.paragraph("", "", *self.said(learnt.sentence)), raw(below)]

    def place(self, claim: Claim, words: str) -> str:
        """Return the verdict on a claim, a link to where it is measured, and how firm it is.

        Args:
            claim: the claim.
            words: of the link.

        Returns:
            HTML.
        """
        pill = f'<span class="{VERDICT_CLASSES[claim.verdict]}">{claim.verdict}</span>'
        link = (
            f'<a class="reference internal" href="#{measured_at(claim.id)}" '
            f'title="{html.escape(claim.sentence)}">{html.escape(words)}</a>'
        )
        if (stable := self.claims.stable.get(claim.id)) is None:
            return f"{pill} {link}"
        css = "ovp-stable" if stable.stable else "ovp-unstable"
        return f'{pill} {link} <span class="{css}">{stable.few_words(claim.verdict)}</span>'

    def verdicts(self) -> str:
        """Return the verdicts on the evidence as a bar, with their numbers below it.

        Returns:
            HTML.
        """
        evidence = self.claims.evidence
        checks = [c.verdict == "holds" for c in self.claims.first.values() if not c.is_evidence]
        counts = Counter(claim.verdict for claim in evidence)
        numbers = "".join(
            f'<li><span class="{VERDICT_CLASSES[v]}">{counts[v]} {v}</span></li>'
            for v in VERDICTS
            if counts[v]
        )
        code = f"<li>checks of the code: {sum(checks)} of {len(checks)}</li>" if checks else ""
        claims = "1 claim" if len(evidence) == 1 else f"{len(evidence)} claims"
        return (
            f'<p class="ovp-card-heading">{claims} that a run could have contradicted</p>'
            f'{dashboard.bar(evidence)}<ul class="ovp-card-counts">{numbers}{code}</ul>'
        )

    def firm(self) -> str:
        """Return in words how firm the verdicts are, and what that means.

        Returns:
            HTML; nothing if it was not tried.
        """
        stable = self.claims.stable
        tried = [stable[claim.id] for claim in self.claims.evidence if claim.id in stable]
        if not tried:
            return ""
        said = f"{stability.firmness(tried)} {stability.MEANING}"
        return f'<p class="ovp-card-note"><strong>How firm?</strong> {html.escape(said)}</p>'

    def cost(self) -> str:
        """Return in words what the page costs.

        Returns:
            HTML; nothing if no cost is on record.
        """
        parts = list(self.costs())
        if not parts:
            return ""
        command = f"<code>ovp run {self.statement.name}</code>"
        return (
            f'<p class="ovp-card-note"><strong>Cost:</strong> {"; ".join(parts)}. '
            f"Your own: {command}</p>"
        )

    def costs(self) -> Iterator[str]:
        """Return what each run behind the page took.

        Yields:
            A few words for each.
        """
        name, results = self.statement.name, self.source / RESULTS
        own = record_path(self.source / NOTEBOOKS / f"{name}.ipynb")
        if own.is_file():
            yield f"this run took {Cost.of(RunRecord.read(own)).words()}"
        elif name in (known := costs.read(results)):
            yield f"a quick run, whose numbers this page shows, takes {known[name].words()}"
        longer = results / LONGER / f"{name}.record.json"
        if longer.is_file():
            took = Cost.of(RunRecord.read(longer)).words()
            yield f"the {LONGER} run, whose verdicts come first, took {took}"
        table = results / name / "paper.parquet"
        if table.is_file() and (hours := core_hours(table)) is not None:
            yield f"the stored table took {hours:.1f} core hours"

    def places(self) -> str:
        """Return a folded list of all evidence, with links to where each claim is measured.

        Returns:
            HTML.
        """
        items = "".join(
            f"<li>{self.place(claim, words=claim.sentence)}</li>" for claim in self.claims.evidence
        )
        return (
            '<details class="ovp-card-places"><summary>Where each claim is measured</summary>'
            f"<ul>{items}</ul></details>"
        )


def core_hours(path: Path) -> float | None:
    """Return what the table of a sweep took.

    Args:
        path: of the table.

    Returns:
        CPU time of all tasks, in hours; None if that of some is not known, as of old ones.
    """
    tasks = pd.read_parquet(path, columns=["key", "cpu_seconds"]).drop_duplicates("key")
    seconds = tasks["cpu_seconds"]
    return None if seconds.isna().any() else float(seconds.sum()) / 3600


def raw(text: str) -> nodes.raw:
    """Return HTML as a node.

    Args:
        text: HTML.
    """
    return nodes.raw("", text, format="html")
