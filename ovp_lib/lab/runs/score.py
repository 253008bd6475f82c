"""The score: all claims of stored notebooks or of a run, and the verdicts on record.

``results/verdicts.json`` holds, for each preset, the verdict of every claim at default parameters.
A verdict that moves, whichever way, is a difference that somebody has to look at.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from ovp_lib.errors import InputError
from ovp_lib.evidence.claims import (
    CHECKS_TITLE,
    VERDICTS,
    Claim,
    Claims,
    Verdict,
    format_measured,
    format_region,
)
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.disk import write_text
from ovp_lib.lab.files.provenance import RunRecord, record_path
from ovp_lib.pages import Statement

Verdicts = dict[str, dict[str, Verdict]]
"""Verdict by preset and claim id."""

STORED = ("tiny", "quick")
"""Presets whose records are not kept: the stored notebooks show what they measured."""

STYLES: dict[Verdict, str] = {
    "holds": "green",
    "within tolerance": "cyan",
    "fails": "bold red",
    "not shown at this scale": "yellow",
}


@dataclass(frozen=True)
class Difference:
    """A claim whose verdict is not the one on record; ``None`` where there is none."""

    preset: str
    claim: str
    recorded: Verdict | None
    measured: Verdict | None

    def __str__(self) -> str:
        """Say it in one line."""
        recorded = self.recorded or "not on record"
        measured = self.measured or "not measured"
        return f"{self.claim} ({self.preset}): recorded {recorded!r}, now {measured!r}"


def collect(folder: Path, statements: Mapping[str, Statement]) -> list[Claims]:
    """Return the claims of every statement's notebook in a folder.

    Args:
        folder: the stored notebooks, or a run.
        statements: every statement by name.

    Returns:
        The claims of each notebook, in the order of the statements.

    Raises:
        InputError: if the folder has no notebook of a statement.
        NotebookError: if a notebook has no claims, or damaged ones.
    """
    found = notebooks.discover(folder, statements)
    if not found:
        raise InputError(f"there is no notebook of a statement in {folder}")
    return [notebooks.claims(notebooks.read(path), name) for name, path in found.items()]


def verdicts(found: Iterable[Claims]) -> Verdicts:
    """Return the verdict of every claim, by preset and claim id.

    Args:
        found: the claims of each statement.

    Returns:
        The verdicts; a preset in which nothing was measured is not among them.
    """
    verdict: Verdicts = {}
    for claim in (claim for claims in found for claim in claims):
        verdict.setdefault(claim.preset, {})[claim.id] = claim.verdict
    return verdict


def compare(found: Iterable[Claims], recorded: Verdicts) -> list[Difference]:
    """Return every claim of the measured presets whose verdict is not the recorded one.

    Args:
        found: the claims of each statement.
        recorded: the verdicts on record.

    Returns:
        The differences, also for claims that only one of the two has.
    """
    differences = []
    for preset, now in verdicts(found).items():
        before = recorded.get(preset, {})
        for claim in {**before, **now}:
            if before.get(claim) != now.get(claim):
                differences.append(Difference(preset, claim, before.get(claim), now.get(claim)))
    return differences


def read_recorded(path: Path) -> Verdicts:
    """Read the verdicts on record; none if there is no such file.

    Args:
        path: the file of verdicts.

    Returns:
        The verdicts, by preset and claim id.

    Raises:
        InputError: if the file is not a record of verdicts.
    """
    if not path.is_file():
        return {}
    try:
        recorded = json.loads(path.read_text(encoding="utf-8"))
        unknown = {v for claims in recorded.values() for v in claims.values()} - set(VERDICTS)
    except (json.JSONDecodeError, AttributeError) as error:
        raise InputError(f"{path} is no record of verdicts: {error}") from error
    if unknown:
        raise InputError(f"{path} holds {sorted(map(str, unknown))}, which are no verdicts")
    return dict(recorded)


def record(found: Iterable[Claims], path: Path, statements: Mapping[str, Statement]) -> None:
    """Put the measured verdicts on record; those of other presets and statements stay.

    Args:
        found: the claims of each statement.
        path: the file of verdicts.
        statements: every statement by name, which says whose a claim is.
    """
    found = list(found)
    measured = {claims.statement for claims in found}
    # Of a measured statement the record keeps no claim that it does not make any more.
    labels = {label(p.id) for name in measured for p in statements[name].predictions}
    recorded = read_recorded(path)
    for preset, now in verdicts(found).items():
        before = recorded.get(preset, {})
        kept = {claim: v for claim, v in before.items() if label(claim) not in labels}
        recorded[preset] = {**kept, **now}
    write_text(path, json.dumps(recorded, indent=2, ensure_ascii=False) + "\n")


def label(claim: str) -> str:
    """Return the label of a claim: the first part of its id, which belongs to one statement.

    Args:
        claim: its id.

    Example:
        >>> label("theorem-1.realizable.risk")
        'theorem-1'
    """
    return claim.partition(".")[0]


def keep_longer_runs(folder: Path, results: Path, statements: Mapping[str, Statement]) -> None:
    """Keep the records of runs at a longer preset than that of the stored notebooks.

    Args:
        folder: of the run.
        results: where they are kept, each preset in a folder of its own.
        statements: every statement by name.

    Raises:
        NotebookError: if a record is damaged.
    """
    for path in map(record_path, notebooks.discover(folder, statements).values()):
        run = RunRecord.read(path) if path.is_file() else None
        if run is not None and run.preset not in STORED:
            run.write(results / run.preset / path.name)


def require_defaults(folder: Path, statements: Mapping[str, Statement]) -> None:
    """Check that notebooks may be compared with the record: no parameter was changed.

    What counts is the parameters cell, which a notebook has with or without a record beside it; the
    device may be any.

    Args:
        folder: the stored notebooks, or a run.
        statements: every statement by name.

    Raises:
        InputError: naming the notebook and the parameters that differ from its preset.
        NotebookError: if a notebook has no proper parameters cell.
    """
    for name, path in notebooks.discover(folder, statements).items():
        written = {**notebooks.parameters(notebooks.read(path), name), "device": "cpu"}
        parameters = statements[name].resolve(written)
        changed = statements[name].differences(parameters, statements[name].nearest(parameters))
        if parameters.seed:
            changed["seed"] = parameters.seed
        if changed:
            words = ", ".join(f"{k} = {notebooks.literal(v)}" for k, v in changed.items())
            raise InputError(
                f"{name} in {folder} was run with {words}: verdicts are on record only for the "
                "parameters of a preset"
            )


def table(found: Iterable[Claims]) -> Table:
    """Return all claims as a table for the terminal.

    Args:
        found: the claims of each statement.

    Returns:
        The table, a row for each claim; the checks of the code follow the evidence.
    """
    shown = Table(box=box.SIMPLE, pad_edge=False)
    for column in ("claim", "predicted", "measured [95 % interval]", "n", "preset", "verdict"):
        shown.add_column(column, overflow="fold")
    every = [claim for claims in found for claim in claims]
    evidence = [claim for claim in every if claim.is_evidence]
    checks = [claim for claim in every if not claim.is_evidence]
    _add_rows(shown, evidence)
    if checks:
        shown.add_section()
        shown.add_row(Text(CHECKS_TITLE, style="bold"))
        _add_rows(shown, checks)
    return shown


def _add_rows(shown: Table, claims: Iterable[Claim]) -> None:
    for claim in claims:
        verdict = Text(claim.verdict, style=STYLES[claim.verdict])
        region, measured = format_region(claim), format_measured(claim)
        # As text, not as markup: an interval in brackets would read as a style.
        cells = map(Text, (claim.id, region, measured, str(claim.n), claim.preset))
        shown.add_row(*cells, verdict)


def to_json(found: Iterable[Claims]) -> list[dict[str, Any]]:
    """Return all claims, each with its statement, ready for JSON.

    Args:
        found: the claims of each statement.

    Returns:
        The fields of each claim, and the name of its statement as ``statement``.
    """
    return [
        {"statement": claims.statement, **claim.model_dump(mode="json")}
        for claims in found
        for claim in claims
    ]


def tally(found: Iterable[Claims]) -> dict[str, int]:
    """Return how many claims have each verdict.

    Args:
        found: the claims of each statement.

    Returns:
        The number of claims by verdict, 0 included.
    """
    all_verdicts = [claim.verdict for claims in found for claim in claims]
    return {verdict: all_verdicts.count(verdict) for verdict in VERDICTS}
