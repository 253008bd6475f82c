"""The basis of a comparison: exact where the arithmetic is the stored one, else statistical.

Every stored notebook says in what arithmetic it was computed (``metadata.ovp.arithmetic``: mode,
probe). Two machines have equal arithmetic if both are in the reproducible mode
(:mod:`ovp_lib.arithmetic`) and their probes, a hash of the bits of many operations, are equal. The
notebooks of one folder must say the same, so that altering what one of them says is noticed. To be
sure that nothing was compared by statistics, ask for it: ``ovp check --exact``.
"""

import json
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from ovp_lib.arithmetic import Arithmetic, Mode
from ovp_lib.errors import NotebookError
from ovp_lib.isolation import arithmetic_in, process_environment
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.notebooks import Notebook


class Basis(NamedTuple):
    """The kind of a comparison, and the reason for it.

    Attributes:
        exact: whether every byte is compared.
        words: which comparison that is, and why.
    """

    exact: bool
    words: str


def decide(folder: Path, mode: Mode = "reproducible") -> Basis:
    """Decide how the stored notebooks of a folder can be compared with runs on this machine.

    Args:
        folder: the notebooks.
        mode: the arithmetic in which they are run again, ``reproducible`` or ``native``.

    Returns:
        The kind of the comparison, and the reason for it.

    Raises:
        NotebookError: if they do not all say the same about their arithmetic.
    """
    stored = agreed(folder)
    if mode == "native":
        return _statistical("this run is in native arithmetic")
    if stored is None:
        return _statistical("it is not known in what arithmetic these notebooks were stored")
    if stored.mode != "reproducible":
        return _statistical(f"these notebooks were stored in {stored.mode} arithmetic")
    own = here(mode)
    if not own.equals(stored):
        return _statistical(f"this machine computes otherwise: stored {stored}, here {own}")
    return Basis(
        True,
        "exact comparison, every output to the byte: this machine computes as the one that stored "
        f"these notebooks did (probe {own.probe})",
    )


def agreed(folder: Path) -> Arithmetic | None:
    """Return the arithmetic that all notebooks of a folder say they were stored in.

    Args:
        folder: the notebooks.

    Returns:
        The arithmetic; ``None`` if there are no notebooks, or if they do not say any.

    Raises:
        NotebookError: naming those that say otherwise than most.
    """
    stored = {path: notebooks.read(path) for path in sorted(folder.glob("*.ipynb"))}
    said = {path: _said(notebook) for path, notebook in stored.items()}
    if not said:
        return None
    common = Counter(said.values()).most_common(1)[0][0]
    others = [path.name for path, words in said.items() if words != common]
    if others:
        raise NotebookError(
            f"the notebooks in {folder} were not stored in one arithmetic: {', '.join(others)} "
            f"say otherwise than {common}; store them again (ovp run --all --out {folder})"
        )
    return notebooks.arithmetic(next(iter(stored.values())))


def _said(notebook: Notebook) -> str:
    """Return what a notebook says of its arithmetic, as it says it."""
    stamp = notebook.get("metadata", {}).get(notebooks.STAMP)
    return json.dumps(stamp, sort_keys=True)


def here(mode: Mode) -> Arithmetic:
    """Return the arithmetic of this machine in a mode, from a process that is started in it.

    Args:
        mode: ``reproducible`` or ``native``.

    Returns:
        The mode, the probe of this machine in it, and the number of threads.
    """
    return arithmetic_in(process_environment(mode))


def _statistical(why: str) -> Basis:
    return Basis(
        False, f"statistical comparison, of claims and of the kinds of all other outputs: {why}"
    )
