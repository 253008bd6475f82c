"""The history of what was predicted: every change of a region, a statistic, seeds or a grid.

``results/declarations.json`` holds what the statements declared when verdicts were last recorded,
``results/history.json`` a dated entry for every change since then, with its reason and the verdicts
before and after it. Recording new verdicts (``ovp score --record``) writes both; a test refuses
predictions that are not the declared ones.
"""

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyarrow import parquet
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ovp_lib.errors import InputError
from ovp_lib.evidence.claims import Verdict
from ovp_lib.lab.files.disk import write_text
from ovp_lib.lab.runs.score import Difference
from ovp_lib.pages import Statement

PRESETS = ("quick", "standard")
"""Presets whose parameters are declared: those behind the verdicts that the book shows."""

FIELDS = ("kind", "statistic", "low", "high", "tolerance", "computed", "caveat")
"""What of a prediction is declared: all that can change a verdict, or how it is to be read."""

SHORTEST_REASON = 10
"""Characters of the shortest reason that is one."""

Declared = dict[str, dict[str, dict[str, Any]]]
"""By statement, then by claim or ``preset NAME``: the values by the name of the field."""


class Change(BaseModel):
    """One thing that is declared otherwise than before.

    Attributes:
        where: a claim, or ``STATEMENT, preset NAME``.
        what: the field; ``claim`` or ``preset`` if all of it is new or gone.
        before: its value; ``None`` if it is new.
        after: its value; ``None`` if it is gone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    where: str
    what: str
    before: Any = None
    after: Any = None


class VerdictMove(BaseModel):
    """The verdict on one claim before and after; ``None`` where it was not there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: str
    preset: str
    before: Verdict | None
    after: Verdict | None


class Entry(BaseModel):
    """What was changed on one day, for one reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: datetime.date
    statements: tuple[str, ...] = Field(default=(), description="whose claims they are")
    why: str = Field(min_length=SHORTEST_REASON, description="the reason, for a reader")
    changes: tuple[Change, ...] = ()
    verdicts: tuple[VerdictMove, ...] = ()


_ENTRIES = TypeAdapter(tuple[Entry, ...])


def declared(statements: Mapping[str, Statement], folder: Path) -> Declared:
    """Return what the statements declare now, ready for JSON.

    Args:
        statements: every statement by name.
        folder: of the results, with the tables of the sweeps that statements judge.

    Returns:
        Of each statement the parameters of :data:`PRESETS`, the fields of each prediction, and how
        many tasks and rows the tables of its sweep have.
    """
    return {
        name: {**_of_statement(statement), **_of_tables(folder / name)}
        for name, statement in statements.items()
    }


def _of_tables(folder: Path) -> dict[str, dict[str, Any]]:
    found = {}
    for path in sorted(folder.glob("*.parquet")):
        file = parquet.read_metadata(path)
        record = json.loads(file.metadata[b"ovp-record"])
        found[f"preset {path.stem} of the sweep"] = {
            "tasks": record["tasks"],
            "rows": file.num_rows,
        }
    return found


def _of_statement(statement: Statement) -> dict[str, dict[str, Any]]:
    parts = {
        f"preset {name}": statement.preset(name).model_dump(mode="json", exclude={"seed", "device"})
        for name in PRESETS
        if name in statement.presets
    }
    for prediction in statement.predictions:
        parts[prediction.id] = {name: getattr(prediction, name) for name in FIELDS}
    return parts


def changes(before: Declared, after: Declared) -> list[Change]:
    """Return every difference between two declarations of the same statements.

    Args:
        before: what was declared.
        after: what is declared now.

    Returns:
        The changes, statement by statement.
    """
    found: list[Change] = []
    for statement in {**before, **after}:
        old, new = before.get(statement, {}), after.get(statement, {})
        for part in {**old, **new}:
            where = f"{statement}, {part}" if part.startswith("preset ") else part
            found += _differences(where, old.get(part), new.get(part))
    return found


def _differences(
    where: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> Iterator[Change]:
    if old is None or new is None:
        kind = "preset" if ", preset " in where else "claim"
        yield Change(where=where, what=kind, before=old, after=new)
        return
    for field in {**old, **new}:
        if old.get(field) != new.get(field):
            yield Change(where=where, what=field, before=old.get(field), after=new.get(field))


def moves(differences: Iterable[Difference]) -> tuple[VerdictMove, ...]:
    """Return verdicts that differ from those on record as moves.

    Args:
        differences: of a run from the record.

    Returns:
        A move for each.
    """
    return tuple(
        VerdictMove(claim=d.claim, preset=d.preset, before=d.recorded, after=d.measured)
        for d in differences
    )


def read_declared(folder: Path) -> Declared:
    """Read what was declared when verdicts were last recorded; nothing if it never was.

    Args:
        folder: of the results.

    Returns:
        What each statement declared.

    Raises:
        InputError: if the file is no such record.
    """
    path = folder / "declarations.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except json.JSONDecodeError as error:
        raise InputError(f"{path} is no record of declarations: {error}") from error
    return dict(found)


def read(folder: Path) -> tuple[Entry, ...]:
    """Read the history, the oldest entry first.

    Args:
        folder: of the results.

    Returns:
        The entries; none if there is no file.

    Raises:
        InputError: if the file is no history.
    """
    path = folder / "history.json"
    if not path.is_file():
        return ()
    try:
        return _ENTRIES.validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise InputError(f"{path} is no history: {error}") from error


def append(
    folder: Path,
    statements: Mapping[str, Statement],
    measured: Iterable[str],
    differences: Sequence[Difference],
    why: str,
) -> Entry | None:
    """Put what the measured statements declare on record, and what changed into the history.

    Args:
        folder: of the results.
        statements: every statement by name.
        measured: names of those whose verdicts are recorded.
        differences: verdicts that are not those on record; those of other pages are left out.
        why: the reason of the changes.

    Returns:
        The new entry; ``None`` if nothing changed.

    Raises:
        InputError: if something changed and no reason is given.
    """
    before, now = read_declared(folder), declared({n: statements[n] for n in measured}, folder)
    was = {name: before.get(name, {}) for name in now}
    theirs = {claim for parts in (*was.values(), *now.values()) for claim in parts}
    entry = _entry(was, now, [each for each in differences if each.claim in theirs], why)
    if entry is not None:
        # The history first: a kill between the two writes may repeat an entry, but loses none.
        _write(folder / "history.json", _ENTRIES.dump_python((*read(folder), entry), mode="json"))
    kept = {name: parts for name, parts in before.items() if name in statements}
    every = {**kept, **now}
    _write(
        folder / "declarations.json", {name: every[name] for name in statements if name in every}
    )
    return entry


def _entry(
    before: Declared, now: Declared, differences: Sequence[Difference], why: str
) -> Entry | None:
    changed, moved = changes(before, now), moves(differences)
    if not changed and not moved:
        return None
    if len(why) < SHORTEST_REASON:
        places = [change.where for change in changed] + [move.claim for move in moved]
        raise InputError(
            f"{len(changed)} declarations and {len(moved)} verdicts are not those on record "
            f"({', '.join(dict.fromkeys(places[:5]))}, ...): say why, with --why"
        )
    today = datetime.datetime.now(datetime.UTC).date()
    names = tuple(n for n in now if _concerns(now[n], before[n], moved))
    return Entry(date=today, statements=names, why=why, changes=tuple(changed), verdicts=moved)


def _concerns(
    now: Mapping[str, Any], before: Mapping[str, Any], moved: Iterable[VerdictMove]
) -> bool:
    """Whether a statement declares something else, or a verdict of its claims moved."""
    return now != before or any(move.claim in {**now, **before} for move in moved)


def _write(path: Path, content: Any) -> None:
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
