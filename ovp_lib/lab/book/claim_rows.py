"""Claims as rows of tables: the longer run first, and beside each verdict how firm it is."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from docutils import nodes

from ovp_lib.evidence.claims import (
    CHECKS_TITLE,
    KINDS,
    VERDICT_CLASSES,
    Claim,
    format_measured,
    format_region,
)
from ovp_lib.lab.book.directives import Cell, Row, table
from ovp_lib.lab.files.provenance import RunRecord
from ovp_lib.lab.runs.stability import LONGER, Stability

COLUMNS = ("claim", "predicted", "measured", "verdict")

Extra = Callable[[Claim], list[Cell]]
"""What else stands in the first cell of a claim, a line each."""


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


def no_more(_: Claim) -> list[Cell]:
    """Add nothing to the first cell of a claim."""
    return []


def claim_tables(
    rows: Sequence[Sequence[Claim]], stable: Mapping[str, Stability], extra: Extra = no_more
) -> list[nodes.Node]:
    """Return a table of the evidence and, under a heading of their own, one of the checks.

    Args:
        rows: each claim as one or more runs have it, the longest first.
        stable: stability by claim.
        extra: what else stands in the first cell of a claim.

    Returns:
        The nodes.
    """
    evidence = [row for row in rows if row[0].is_evidence]
    checks = [row for row in rows if not row[0].is_evidence]
    made: list[nodes.Node] = []
    if evidence:
        made.append(claim_table(evidence, stable, "ovp-scoreboard", extra))
    if checks:
        made.append(nodes.paragraph("", CHECKS_TITLE, classes=["ovp-checks-title"]))
        made.append(claim_table(checks, stable, "ovp-scoreboard ovp-checks", extra))
    return made


def claim_table(
    rows: Sequence[Sequence[Claim]], stable: Mapping[str, Stability], css: str, extra: Extra
) -> nodes.Node:
    """Return a table with a row for each claim.

    Args:
        rows: each claim as one or more runs have it, the longest first.
        stable: stability by claim.
        css: classes of the table.
        extra: what else stands in the first cell of a claim.

    Returns:
        The node.
    """
    made = (claim_row(row, stable.get(row[0].id), extra(row[0])) for row in rows)
    return table(COLUMNS, made, css=css)


def claim_row(runs: Sequence[Claim], stable: Stability | None, extra: Sequence[Cell] = ()) -> Row:
    """Return the cells of one claim; each verdict carries its CSS class.

    Args:
        runs: the claim as one or more runs have it, the longest first.
        stable: how often its verdict is the same; ``None`` if it was not tried.
        extra: what else stands in the first cell.

    Returns:
        Sentence with remarks, region, measured value, verdict and stability.
    """
    claim, several = runs[0], len(runs) > 1
    kind = [] if claim.is_evidence else [f"{claim.kind}: {KINDS[claim.kind]}"]
    said = dict.fromkeys(text for each in runs for text in (each.caveat, each.note) if text)
    remarks = [small(text) for text in (*kind, *said)]
    verdicts: list[Cell] = [verdict_pill(each, preset=several) for each in runs]
    steady = [steadiness(stable)] if stable else []
    return (
        [claim.sentence, *remarks, *extra],
        format_region(claim),
        [measured(each) for each in runs],
        [*verdicts, *steady],
    )


def measured(claim: Claim) -> str:
    """Return what was measured, over how many repetitions; an interval stays on one line.

    Args:
        claim: the claim.
    """
    return f"{format_measured(claim)}, n = {claim.n}".replace(", ", ",\xa0", 1).replace(
        " = ", "\xa0=\xa0"
    )


def verdict_pill(claim: Claim, *, preset: bool = False) -> nodes.Node:
    """Return the verdict on a claim as a coloured word.

    Args:
        claim: the claim.
        preset: whether to say beside it at which preset the claim was measured.
    """
    pill = nodes.inline("", claim.verdict, classes=[VERDICT_CLASSES[claim.verdict]])
    return nodes.inline("", "", pill, nodes.Text(f" {claim.preset}")) if preset else pill


def steadiness(stable: Stability) -> nodes.Node:
    """Return in words how often a verdict is the same.

    Args:
        stable: what was found.
    """
    css = "ovp-stable" if stable.stable else "ovp-unstable"
    return nodes.inline("", stable.words(), classes=[css])


def small(text: str) -> nodes.Node:
    """Return a remark in small letters.

    Args:
        text: of the remark.
    """
    return nodes.inline("", text, classes=["ovp-remark"])
