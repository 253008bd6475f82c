"""The claims of a page as its reader should see them: the longer run first, and how firm it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sphinx.environment import BuildEnvironment

from ovp_lib.evidence.claims import Claim
from ovp_lib.lab.book.claim_rows import longer_run
from ovp_lib.lab.book.directives import NOTEBOOKS, RESULTS
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.provenance import record_path
from ovp_lib.lab.runs import costs, stability
from ovp_lib.lab.runs.stability import LONGER, Stability


@dataclass(frozen=True)
class PageClaims:
    """The claims of one page.

    Attributes:
        runs: each claim as one or more runs have it, the longest first.
        stable: how often the verdict is the same, by claim: at standard, or else at quick.
    """

    runs: Sequence[Sequence[Claim]]
    stable: Mapping[str, Stability]

    @property
    def first(self) -> dict[str, Claim]:
        """Each claim as its longest run has it, by id."""
        return {runs[0].id: runs[0] for runs in self.runs}

    @property
    def evidence(self) -> list[Claim]:
        """The claims that a run could have contradicted, as their longest runs have them."""
        return [claim for claim in self.first.values() if claim.is_evidence]


def read(source: Path, name: str) -> PageClaims:
    """Read the claims of a page from the notebook and the records of a book.

    Args:
        source: source directory of the book.
        name: of the statement.

    Returns:
        The claims, in the order of the notebook.

    Raises:
        NotebookError: if the notebook or a record is damaged.
        InputError: if the record of stability is.
    """
    stored = notebooks.claims(notebooks.read(source / NOTEBOOKS / f"{name}.ipynb"), name)
    longer = longer_run(source / RESULTS, name)
    runs = [[each for each in (longer.get(claim.id), claim) if each] for claim in stored]
    return PageClaims(runs, stability.read_shown(source / RESULTS / "stability.json"))


def note_dependencies(env: BuildEnvironment, name: str) -> None:
    """Let Sphinx read a page again when one of the records that it shows has changed.

    Args:
        env: of the build; the page is the one that is being read.
        name: of the statement.
    """
    source = Path(env.srcdir)
    for path in (
        source / RESULTS / LONGER / f"{name}.record.json",
        source / RESULTS / "stability.json",
        source / RESULTS / costs.FILE,
        record_path(source / NOTEBOOKS / f"{name}.ipynb"),
    ):
        env.note_dependency(str(path))
