"""Two runs beside each other: which claims measure something else, and which verdicts differ."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ovp_lib.errors import InputError, NotebookError
from ovp_lib.evidence.claims import Claim, Claims, Verdict, format_measured
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.runs.score import tally


class ClaimPair(NamedTuple):
    """A claim of two runs.

    Attributes:
        left: in the first; ``None`` if it has no such claim.
        right: in the second.
    """

    left: Claim | None
    right: Claim | None

    @property
    def id(self) -> str:
        """The id of the claim."""
        claim = self.left or self.right
        return claim.id if claim else ""

    @property
    def flips(self) -> bool:
        """Whether the verdicts differ."""
        return verdict(self.left) != verdict(self.right)

    @property
    def moves(self) -> bool:
        """Whether something else was measured."""
        return shown(self.left) != shown(self.right)


def verdict(claim: Claim | None) -> Verdict | None:
    """Return the verdict of a claim; ``None`` if it is not there.

    Args:
        claim: the claim.
    """
    return claim.verdict if claim else None


def shown(claim: Claim | None) -> str:
    """Return what a claim measured, in words.

    Args:
        claim: the claim; ``None`` if it is not there.
    """
    return format_measured(claim) if claim else "not there"


def pairs(left: Iterable[Claim], right: Iterable[Claim]) -> list[ClaimPair]:
    """Return the claims of two runs, each beside its counterpart.

    Args:
        left: claims of the first.
        right: claims of the second.

    Returns:
        A pair for each claim that one of them has, in the order of the first.
    """
    was, now = ({claim.id: claim for claim in side} for side in (left, right))
    return [ClaimPair(was.get(id_), now.get(id_)) for id_ in {**was, **now}]


def found(path: Path, statements: Iterable[str]) -> dict[str, Path]:
    """Return the notebooks of one side.

    Args:
        path: a folder, or one notebook.
        statements: names of all statements.

    Returns:
        Paths by name of the statement.

    Raises:
        InputError: if there is no notebook of a statement.
    """
    if path.is_file():
        stem = path.name.removesuffix(".ipynb")
        known = {stem: path} if stem in set(statements) else {}
    else:
        known = notebooks.discover(path, statements)
    if not known:
        raise InputError(f"there is no notebook of a statement in {path}")
    return known


def claims(path: Path, name: str) -> Claims | None:
    """Return the claims of a notebook; ``None`` if it is not there or was never executed.

    Args:
        path: the notebook.
        name: its stem.
    """
    try:
        return notebooks.claims(notebooks.read(path), name)
    except (InputError, NotebookError):
        return None


def counts(run: Claims) -> str:
    """Return how many claims have each verdict, in words.

    Args:
        run: claims of one notebook.

    Returns:
        For instance ``13 holds, 2 not shown at this scale``.
    """
    return ", ".join(f"{n} {each}" for each, n in tally([run]).items() if n)


def summary(run: Claims, stored: Claims | None, given: Mapping[str, Any]) -> list[str]:
    """Say how a run ended, and how it differs from the stored one.

    Args:
        run: its claims.
        stored: claims of the stored notebook; ``None`` if it has none.
        given: parameters that are not the preset's.

    Returns:
        One line for the verdicts, one for the differences, one for each verdict that differs.
    """
    preset = next((claim.preset for claim in run), "")
    changed = ", ".join(f"{k} = {notebooks.literal(v)}" for k, v in given.items())
    words = f"{preset}: {changed}" if changed else preset
    first = f"{run.statement} ({words}): {counts(run)}"
    if stored is None:
        return [first]
    both = pairs(stored, run)
    moved, flipped = [p for p in both if p.moves], [p for p in both if p.flips]
    if not moved:
        return [first, f"  all {len(both)} claims measure what the stored notebook does"]
    verdicts = f"{len(flipped)} with another verdict" if flipped else "every verdict is the same"
    lines = [
        f"  {len(moved)} of {len(both)} claims measure something else than the stored notebook, "
        f"{verdicts}"
    ]
    return [first, *lines, *(f"    {line(pair)}" for pair in flipped)]


def line(pair: ClaimPair) -> str:
    """Say in a line what a claim was and is.

    Args:
        pair: the claim of two runs.

    Returns:
        Verdicts and measurements, before and after.
    """
    before, now = (verdict(side) or "not there" for side in pair)
    return f"{pair.id}: {before} → {now}, {shown(pair.left)} → {shown(pair.right)}"
