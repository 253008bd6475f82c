"""The scoreboard, the history of predictions, and how stable each verdict is.

A claim is shown with its longer run first, where one is on record: ``standard``, then what the
stored notebook has. Evidence and checks of the code are told apart everywhere.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from ovp_lib.evidence.claims import (
    CHECKS_TITLE,
    KINDS,
    VERDICT_CLASSES,
    VERDICTS,
    Claim,
    Claims,
    format_measured,
    format_region,
)
from ovp_lib.evidence.statistics import LEVEL
from ovp_lib.lab.book.directives import NOTEBOOKS, RESULTS, Cell, LabDirective, Row, table
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.provenance import RunRecord
from ovp_lib.lab.runs import history, stability
from ovp_lib.lab.runs.history import Change, Entry, Move
from ovp_lib.lab.runs.stability import Stability
from ovp_lib.pages import STATEMENTS

LONGER = "standard"
"""Preset of the longer runs on record, which are shown first."""

QUICK = "quick"
"""Preset of the stored notebooks."""


class Scoreboard(LabDirective):
    """Every claim of every notebook, by statement, with a link to its page."""

    def show(self) -> list[nodes.Node]:
        """Return the counts, then the tables of each statement."""
        folder = Path(self.env.srcdir)
        found = {
            name: notebooks.claims(notebooks.read(self.notebook(name)), name)
            for name in notebooks.discover(folder / NOTEBOOKS, STATEMENTS)
        }
        longer = {name: longer_run(folder / RESULTS, name) for name in found}
        shown = [claim for name, claims in found.items() for claim in first(claims, longer[name])]
        stable = self.stability()
        summary = [count(shown), by_chance(shown), stability.summary(stable)]
        return [
            *(nodes.paragraph("", line, classes=["ovp-counts"]) for line in summary),
            *(
                node
                for name, claims in found.items()
                for node in self.group(claims, longer[name], stable)
            ),
        ]

    def stability(self) -> Mapping[str, Stability]:
        """Return what is on record of each claim at several root seeds."""
        path = Path(self.env.srcdir) / RESULTS / "stability.json"
        self.env.note_dependency(str(path))
        return stability.read(path).get(QUICK, {})

    def group(
        self, claims: Claims, longer: Mapping[str, Claim], stable: Mapping[str, Stability]
    ) -> list[nodes.Node]:
        """Return the heading and the tables of one statement.

        Args:
            claims: the claims of its stored notebook.
            longer: those of its longer run, by id.
            stable: stability by claim.

        Returns:
            Heading and tables.
        """
        statement = STATEMENTS[claims.statement]
        link = nodes.strong("", "", self.page(claims.statement))
        heading = nodes.paragraph("", "", link, nodes.Text(f" · {statement.source}"))
        pairs = [[c for c in (longer.get(claim.id), claim) if c] for claim in claims]
        return [heading, *claim_tables(pairs, stable)]


class History(LabDirective):
    """Every change of a prediction, of seeds and of grids, the newest first."""

    def show(self) -> list[nodes.Node]:
        """Return a part for each entry."""
        folder = Path(self.env.srcdir) / RESULTS
        self.env.note_dependency(str(folder / "history.json"))
        return [node for entry in reversed(history.read(folder)) for node in entry_nodes(entry)]


def longer_run(results: Path, name: str) -> dict[str, Claim]:
    """Return the claims of the longer run of a statement; none if none is on record.

    Args:
        results: folder of the records.
        name: of the statement.

    Returns:
        The claims by id.
    """
    path = results / LONGER / f"{name}.record.json"
    return {claim.id: claim for claim in RunRecord.read(path).claims} if path.is_file() else {}


def first(claims: Iterable[Claim], longer: Mapping[str, Claim]) -> list[Claim]:
    """Return each claim as its longer run has it, or else as it is.

    Args:
        claims: of the stored notebook.
        longer: of the longer run, by id.

    Returns:
        As many claims, in the same order.
    """
    return [longer.get(claim.id, claim) for claim in claims]


def count(claims: Sequence[Claim]) -> str:
    """Say how many claims there are, and how many of each verdict; checks apart.

    Args:
        claims: all of them.

    Returns:
        The words; verdicts that no claim has are left out.

    Example:
        >>> count([])
        '0 empirical claims, 0 checks of the code'
    """
    parts = []
    for evidence, words in ((True, "empirical claims"), (False, "checks of the code")):
        verdicts = Counter(c.verdict for c in claims if c.is_evidence == evidence)
        each = ", ".join(f"{verdicts[v]} {v}" for v in VERDICTS if verdicts[v])
        parts.append(f"{verdicts.total()} {words}{f' ({each})' if each else ''}")
    return ", ".join(parts)


def by_chance(claims: Sequence[Claim]) -> str:
    """Say how many of the intervals would miss the true value by chance alone.

    Args:
        claims: all of them.

    Returns:
        A sentence.
    """
    sampled = sum(claim.is_evidence and not claim.computed for claim in claims)
    return (
        f"{sampled} of the empirical claims have an interval that covers the true value with a "
        f"probability of {LEVEL:.0%}. So about {sampled * (1 - LEVEL):.0f} of these intervals miss "
        "it by chance, and a single verdict near a border is to be read with that in mind."
    )


def claim_tables(
    rows: Sequence[Sequence[Claim]], stable: Mapping[str, Stability]
) -> list[nodes.Node]:
    """Return a table of the evidence and, under a heading of their own, one of the checks.

    Args:
        rows: each claim as one or more runs have it, the longest first.
        stable: stability by claim.

    Returns:
        The nodes.
    """
    evidence = [row for row in rows if row[0].is_evidence]
    checks = [row for row in rows if not row[0].is_evidence]
    made: list[nodes.Node] = []
    if evidence:
        made.append(_table(evidence, stable, "ovp-scoreboard"))
    if checks:
        made.append(nodes.paragraph("", CHECKS_TITLE, classes=["ovp-checks-title"]))
        made.append(_table(checks, stable, "ovp-scoreboard ovp-checks"))
    return made


def _table(
    rows: Sequence[Sequence[Claim]], stable: Mapping[str, Stability], css: str
) -> nodes.Node:
    columns = ("claim", "predicted", "measured", "n", "verdict", "note")
    return table(columns, (claim_row(row, stable.get(row[0].id)) for row in rows), css=css)


def claim_row(runs: Sequence[Claim], stable: Stability | None) -> Row:
    """Return the cells of one claim; each verdict carries its CSS class.

    Args:
        runs: the claim as one or more runs have it, the longest first.
        stable: how often its verdict is the same; ``None`` if it was not tried.

    Returns:
        Sentence, region, measured value, repetitions, verdict and stability, remarks.
    """
    claim, several = runs[0], len(runs) > 1
    kind = [] if claim.is_evidence else [f"{claim.kind}: {KINDS[claim.kind]}"]
    measured = [f"{format_measured(c)}{f' ({c.preset})' if several else ''}" for c in runs]
    verdicts: list[Cell] = [
        nodes.inline("", c.verdict, classes=[VERDICT_CLASSES[c.verdict]]) for c in runs
    ]
    steady: list[Cell] = [_steady(stable)] if stable else []
    remarks = list(dict.fromkeys(text for c in runs if (text := c.remarks())))
    return (
        claim.sentence,
        format_region(claim),
        list(measured),
        [str(c.n) for c in runs],
        [*verdicts, *steady],
        [*kind, *remarks] or "",
    )


def _steady(stable: Stability) -> nodes.Node:
    css = "ovp-stable" if stable.stable else "ovp-unstable"
    return nodes.inline("", stable.words(), classes=[css])


def show_stability(app: Sphinx, doctree: nodes.document, _: str) -> None:
    """Say beside each verdict on a page how often it is the same; called by Sphinx.

    Args:
        app: the application.
        doctree: a page; verdicts in it get what is on record.
    """
    found = stability.read(Path(app.srcdir) / RESULTS / "stability.json").get(QUICK, {})
    by_anchor = {f"claim-{id.replace('.', '-')}": stable for id, stable in found.items()}
    for raw in list(doctree.findall(nodes.raw)):
        if 'class="ovp-verdict"' in (text := raw.astext()):
            raw.replace_self(nodes.raw("", _with_stability(text, by_anchor), format="html"))


def _with_stability(text: str, by_anchor: Mapping[str, Stability]) -> str:
    def beside(found: re.Match[str]) -> str:
        stable = by_anchor.get(found["anchor"])
        if stable is None:
            return found[0]
        css = "ovp-stable" if stable.stable else "ovp-unstable"
        return f'{found["all"]} <span class="{css}">{stable.words()}</span></p>'

    pattern = r'(?s)(?P<all><p class="ovp-verdict" id="(?P<anchor>[^"]*)">.*?)</p>'
    return re.sub(pattern, beside, text)


def entry_nodes(entry: Entry) -> list[nodes.Node]:
    """Return what a reader should know of one entry of the history.

    Args:
        entry: what was changed on one day, for one reason.

    Returns:
        Date and reason, then the verdicts that moved and what was changed, folded.
    """
    title = " · ".join((f"{entry.date:%Y-%m-%d}", *entry.statements))
    said = nodes.paragraph("", "", nodes.strong("", title), nodes.Text(f"  {entry.why}"))
    moved = (("claim", "run", "before", "after"), [_move(move) for move in entry.verdicts])
    changed = (("where", "what", "before", "after"), [_change(c) for c in entry.changes])
    return [
        said,
        *_folded(f"{len(entry.verdicts)} verdicts", *moved),
        *_folded(f"{len(entry.changes)} changes of what is predicted or run", *changed),
    ]


def _folded(title: str, columns: Sequence[str], rows: Sequence[Row]) -> list[nodes.Node]:
    if not rows:
        return []
    opening = f'<details class="ovp-history"><summary>{title}</summary>'
    return [
        nodes.raw("", opening, format="html"),
        table(columns, rows, css="ovp-history"),
        nodes.raw("", "</details>", format="html"),
    ]


def _move(move: Move) -> Row:
    return (
        nodes.literal("", move.claim),
        move.preset,
        move.before or "was not claimed",
        move.after or "is not claimed any more",
    )


def _change(change: Change) -> Row:
    whole = change.what in ("claim", "preset")
    values = [
        "–" if value is None else "there" if whole else notebooks.literal(value)
        for value in (change.before, change.after)
    ]
    return (nodes.literal("", change.where), change.what, *values)
