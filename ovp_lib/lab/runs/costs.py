"""What a run of each page costs, as it was measured.

Stored notebooks carry no time, so that executing them again changes nothing.
``results/costs.json`` keeps the time of their runs: of several runs the shortest, since another
program on the machine can only make a run longer. ``ovp score --seeds`` writes it, and ``ovp score
--record`` that of a page which has none yet: the one run that it sees may have been a slow one.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ovp_lib.errors import InputError
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.disk import write_text
from ovp_lib.lab.files.provenance import RunRecord, record_path
from ovp_lib.pages import Statement

FILE = "costs.json"

PRESET = "quick"
"""Preset of the stored notebooks; a longer run that is kept has its cost in its own record."""


class Cost(BaseModel):
    """What the run of a page took.

    Attributes:
        seconds: by the clock.
        threads: CPU threads.
        cpu: of the machine.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float = Field(ge=0.0)
    threads: int = Field(ge=1)
    cpu: str

    @classmethod
    def of(cls, record: RunRecord) -> "Cost":
        """Return what a run took.

        Args:
            record: of the run.

        Returns:
            Its cost.
        """
        environment = record.environment
        return cls(
            seconds=record.wall_seconds, threads=environment.torch_threads, cpu=environment.cpu
        )

    def words(self) -> str:
        """Say it in a few words.

        Returns:
            Seconds, or minutes from two of them on, and the threads.

        Example:
            >>> Cost(seconds=28.4, threads=1, cpu="any").words()
            '28 s with 1 CPU thread'
            >>> Cost(seconds=1210.0, threads=8, cpu="any").words()
            '20 min with 8 CPU threads'
        """
        minutes = self.seconds / 60
        time = f"{minutes:.0f} min" if minutes >= 2 else f"{self.seconds:.0f} s"
        return f"{time} with {self.threads} CPU thread{'s' if self.threads > 1 else ''}"


_COSTS = TypeAdapter(dict[str, Cost])


def read(results: Path) -> dict[str, Cost]:
    """Read what quick runs cost; nothing if there is no file.

    Args:
        results: folder of the records.

    Returns:
        By page.

    Raises:
        InputError: if the file is no such record.
    """
    path = results / FILE
    if not path.is_file():
        return {}
    try:
        return _COSTS.validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise InputError(f"{path} is no record of costs: {error}") from error


def record(
    results: Path, folders: Iterable[Path], statements: Mapping[str, Statement]
) -> dict[str, Cost]:
    """Put the time of quick runs on record; pages that were not run keep theirs.

    So does a page of which there is a single folder of runs, if it has a time on record.

    Args:
        results: folder of the records.
        folders: of runs; of several runs of a page the shortest counts.
        statements: every statement by name.

    Returns:
        What is on record now, by page, in the order of the statements.

    Raises:
        InputError: if the file is no such record.
        NotebookError: if the record of a run is damaged.
    """
    found: dict[str, Cost] = {}
    several, before = len(folders := list(folders)) > 1, read(results)
    for folder in folders:
        for name, path in notebooks.discover(folder, statements).items():
            run = record_path(path)
            kept = RunRecord.read(run) if run.is_file() else None
            if kept is not None and kept.preset == PRESET:
                new = Cost.of(kept)
                found[name] = min(found.get(name, new), new, key=lambda cost: cost.seconds)
    # A single run may have been slowed down by other programs: it replaces no time on record.
    every = {**before, **found} if several else {**found, **before}
    every = {name: every[name] for name in statements if name in every}
    content = _COSTS.dump_python(every, mode="json")
    write_text(results / FILE, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    return every
