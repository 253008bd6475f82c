"""Stability of verdicts: pages run with several root seeds, and how often a verdict is the same.

An interval speaks of the seeds of one run. Whether the verdict hangs on the root of all of them is
another question, and a run answers it: every page with root seeds 0, 1, 2, ... at the parameters
of a preset. ``ovp score --seeds 5`` does it at quick, ``--preset standard`` at standard, and
``results/stability.json`` keeps what it found.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

import ovp_lib
from ovp_lib.errors import InputError, NotebookError
from ovp_lib.evidence.claims import Claim, Verdict
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.disk import write_text
from ovp_lib.lab.files.provenance import RunRecord, git_state, record_path
from ovp_lib.lab.runs import execution
from ovp_lib.pages import Statement

QUICK = "quick"
"""Preset of the stored notebooks."""

LONGER = "standard"
"""Preset of the longer runs on record, which a book shows first."""


class Stability(BaseModel):
    """One claim at several root seeds.

    Attributes:
        verdicts: the verdict at each root seed, that of seed 0 first.
        moves: whether what was measured depends on the root seed at all.
        preset: at which the page was run; the record has it as a key.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdicts: tuple[Verdict, ...] = Field(min_length=2)
    moves: bool
    preset: str = Field(default=QUICK, exclude=True)

    @property
    def same(self) -> int:
        """Number of root seeds with the verdict of seed 0, itself included."""
        return self.verdicts.count(self.verdicts[0])

    @property
    def stable(self) -> bool:
        """Whether the verdict is the same at every root seed."""
        return self.same == len(self.verdicts)

    def words(self) -> str:
        """Say it in a few words, such as ``same with 4 of 5 quick root seeds: unstable``."""
        if not self.moves:
            return "does not depend on the seed"
        unstable = "" if self.stable else ": unstable"
        tried = len(self.verdicts)
        return f"same with {self.same} of {tried} {self.preset} root seeds{unstable}"

    def few_words(self, verdict: Verdict) -> str:
        """Say with how many root seeds a verdict came out, where there is little room.

        Args:
            verdict: that of a quick run, or of a longer one.

        Returns:
            A few words.

        Example:
            >>> found = Stability(verdicts=("holds", "fails", "fails"), moves=True)
            >>> found.few_words("fails"), found.few_words("within tolerance")
            ('2 of 3 quick seeds: unstable', '0 of 3 quick seeds: unstable')
        """
        agree = self.verdicts.count(verdict)
        if not self.moves and agree:
            return "any seed"
        unstable = "" if self.stable else ": unstable"
        return f"{agree} of {len(self.verdicts)} {self.preset} seeds{unstable}"


MEANING = (
    "A root seed starts all random numbers of a run: a verdict that changes with it says as much "
    "about the draw as about the statement."
)
"""Why one asks with how many root seeds a verdict is the same."""

Found = dict[str, dict[str, Stability]]
"""By preset, then by claim."""

_FOUND = TypeAdapter(Found)


def plan(
    statements: Mapping[str, Statement],
    names: Sequence[str],
    folder: Path,
    out: Path,
    seeds: int,
    *,
    preset: str = QUICK,
) -> list[list[execution.PlannedRun]]:
    """Plan the pages at root seeds 0, 1, ..., each seed in a folder of its own.

    Args:
        statements: every statement by name.
        names: of the pages.
        folder: where the notebooks are.
        out: where the runs go.
        seeds: number of root seeds, at least 2.
        preset: of the other parameters.

    Returns:
        The runs of each seed that are still to be made: a run is not repeated whose record has the
        parameters of the plan, whose cells are those of the notebook, and that was made with the
        committed code of today.

    Raises:
        InputError: fewer than two seeds, or a notebook that is not there.
    """
    if seeds < 2:
        raise InputError(f"stability needs at least 2 root seeds, got {seeds}")
    return [
        [
            each
            for each in execution.plan(
                names,
                folder=folder,
                statements=statements,
                preset=preset,
                given={"seed": seed},
                out=out / f"seed-{seed}",
            )
            if not _is_there(each)
        ]
        for seed in range(seeds)
    ]


def _is_there(planned: execution.PlannedRun) -> bool:
    """Whether a run of these parameters, these cells and this code is there."""
    try:
        record = RunRecord.read(record_path(planned.target))
        cells = [_code(path) for path in (planned.source, planned.target)]
    except (FileNotFoundError, InputError, NotebookError):
        return False
    same = record.parameters == planned.parameters.model_dump(mode="json")
    return same and cells[0] == cells[1] and _is_of_today(record)


def _is_of_today(record: RunRecord) -> bool:
    """Whether a run was made with the code that is here, all of it committed."""
    recorded = record.environment.commit, record.environment.dirty
    return recorded == git_state(Path(ovp_lib.__file__).parent) and not record.environment.dirty


def _code(path: Path) -> list[str]:
    """Return the code of a notebook without its parameters cell."""
    cells = [cell for _, cell in notebooks.code_cells(notebooks.read(path))]
    shown = [c for c in cells if "parameters" not in c["metadata"].get("tags", [])]
    return [notebooks.source(cell) for cell in shown]


def collect(names: Sequence[str], out: Path, seeds: int) -> dict[str, Stability]:
    """Return the stability of every claim of pages that were run at several root seeds.

    Args:
        names: of the pages.
        out: where the runs are, see :func:`plan`.
        seeds: number of root seeds.

    Returns:
        By claim.

    Raises:
        InputError: if a run is missing.
        NotebookError: if its notebook is damaged.
    """
    found: dict[str, list[Claim]] = {}
    for name in names:
        for seed in range(seeds):
            path = out / f"seed-{seed}" / f"{name}.ipynb"
            for claim in notebooks.claims(notebooks.read(path), name):
                found.setdefault(claim.id, []).append(claim)
    return {id: _stability(claims) for id, claims in found.items()}


def _stability(claims: Sequence[Claim]) -> Stability:
    measured = {(claim.measured, claim.interval) for claim in claims}
    return Stability(verdicts=tuple(c.verdict for c in claims), moves=len(measured) > 1)


def read(path: Path) -> Found:
    """Read what was found of the stability of verdicts; nothing if there is no file.

    Args:
        path: of the file.

    Returns:
        By preset, then by claim.

    Raises:
        InputError: if the file is no such record.
    """
    if not path.is_file():
        return {}
    try:
        found = _FOUND.validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise InputError(f"{path} is no record of stability: {error}") from error
    return {
        preset: {id: one.model_copy(update={"preset": preset}) for id, one in claims.items()}
        for preset, claims in found.items()
    }


def read_shown(path: Path) -> dict[str, Stability]:
    """Read what a book shows of the stability of verdicts: at standard, or else at quick.

    Args:
        path: of the file.

    Returns:
        By claim.

    Raises:
        InputError: if the file is no such record.
    """
    found = read(path)
    return {**found.get(QUICK, {}), **found.get(LONGER, {})}


def record(
    path: Path, preset: str, found: Mapping[str, Stability], statements: Mapping[str, Statement]
) -> None:
    """Put what was found on record; what other presets and other pages have stays.

    Args:
        path: of the file.
        preset: at which the pages were run.
        found: the stability of each claim.
        statements: every statement by name; claims that none of them makes are dropped.
    """
    before = read(path)
    predicted = [p.id for statement in statements.values() for p in statement.predictions]
    every = {**before.get(preset, {}), **found}
    before[preset] = {id: every[id] for id in predicted if id in every}
    content = _FOUND.dump_python(before, mode="json")
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def summary(found: Mapping[str, Stability]) -> str:
    """Say in one sentence how many claims do not depend on the seed, are stable, are not.

    Args:
        found: the stability of each claim.

    Returns:
        The sentence, with the number of root seeds; pages may have been run with several numbers.

    Example:
        >>> summary({"a": Stability(verdicts=("holds", "fails"), moves=True)})
        'Of 1 claims 0 do not depend on the root seed, 0 have one verdict at 2 root seeds, 1 flip.'
    """
    if not found:
        return "No page has been run with several root seeds."
    kinds = Counter(
        "fixed" if not s.moves else "stable" if s.stable else "flips" for s in found.values()
    )
    seeds = " or ".join(map(str, sorted({len(s.verdicts) for s in found.values()})))
    return (
        f"Of {len(found)} claims {kinds['fixed']} do not depend on the root seed, "
        f"{kinds['stable']} have one verdict at {seeds} root seeds, {kinds['flips']} flip."
    )


def firmness(found: Sequence[Stability]) -> str:
    """Say in one sentence how firm some verdicts are.

    Args:
        found: at least one, all tried at one preset with as many root seeds.

    Returns:
        The sentence.

    Example:
        >>> firm = Stability(verdicts=("holds", "holds"), moves=True)
        >>> firmness([firm, Stability(verdicts=("holds", "fails"), moves=True)])
        'Of 2 verdicts of a quick run 1 is the same with each of 2 root seeds and 1 changes.'
        >>> firmness([firm])
        'The only verdict of a quick run is the same with each of 2 root seeds.'
    """
    seeds, firm = len(found[0].verdicts), sum(each.stable for each in found)
    run = f"a {found[0].preset} run"
    same = f"the same with each of {seeds} root seeds"
    if firm == len(found):
        every = "The only verdict" if firm == 1 else f"All {firm} verdicts"
        return f"{every} of {run} {'is' if firm == 1 else 'are'} {same}."
    changing = len(found) - firm
    return (
        f"Of {len(found)} verdicts of {run} {firm} {'is' if firm == 1 else 'are'} {same} "
        f"and {changing} {'changes' if changing == 1 else 'change'}."
    )
