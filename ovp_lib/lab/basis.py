"""Which comparison can be made: exact where the arithmetic is the stored one, else statistical.

Every stored notebook says in what arithmetic it was computed (``metadata.ovp.arithmetic``: mode,
probe). Two machines have equal arithmetic if both are in the reproducible mode
(:mod:`ovp_lib.arithmetic`) and their probes, a hash of the bits of many operations, are equal. The
notebooks of one folder must say the same, so that altering what one of them says is noticed. To be
sure that nothing was compared by statistics, ask for it: ``ovp check --exact``.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ovp_lib.arithmetic import Mode
from ovp_lib.lab import notebooks
from ovp_lib.lab.isolation import kernel_environment
from ovp_lib.lab.notebooks import Notebook, NotebookError


class Basis(NamedTuple):
    """What a comparison rests on.

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
        mode: the arithmetic in which they are run again.

    Raises:
        NotebookError: if they do not all say the same about their arithmetic.
    """
    stored = agreed(folder)
    if mode == "native":
        return _statistical("this run is in native arithmetic")
    if not stored:
        return _statistical("it is not known in what arithmetic these notebooks were stored")
    if stored.get("mode") != "reproducible":
        return _statistical(f"these notebooks were stored in {stored.get('mode')} arithmetic")
    own = here(mode)
    if own != stored:
        return _statistical(f"this machine computes otherwise: stored {stored}, here {own}")
    return Basis(
        True,
        "exact comparison, every output to the byte: this machine computes as the one that stored "
        f"these notebooks did (probe {own['probe']})",
    )


def agreed(folder: Path) -> dict[str, Any] | None:
    """Return the arithmetic that all notebooks of a folder say they were stored in.

    Raises:
        NotebookError: naming those that say otherwise than most.
    """
    said = {path: arithmetic(notebooks.read(path)) for path in sorted(folder.glob("*.ipynb"))}
    words = {path: json.dumps(one, sort_keys=True) for path, one in said.items()}
    if not words:
        return None
    common = Counter(words.values()).most_common(1)[0][0]
    others = [path.name for path, one in words.items() if one != common]
    if others:
        raise NotebookError(
            f"the notebooks in {folder} were not stored in one arithmetic: {', '.join(others)} "
            f"say otherwise than {common}; store them again (ovp run --all --out {folder})"
        )
    found: dict[str, Any] | None = json.loads(common)
    return found


def arithmetic(notebook: Notebook) -> dict[str, Any] | None:
    """Return what a notebook says about the arithmetic that it was computed in, if it says it."""
    own = notebook.get("metadata", {}).get("ovp", {})
    found = own.get("arithmetic") if isinstance(own, Mapping) else None
    return dict(found) if isinstance(found, Mapping) else None


def here(mode: Mode) -> dict[str, Any]:
    """Return the arithmetic of this machine in a mode, from a process that is started in it."""
    with tempfile.TemporaryDirectory(prefix="ovp-probe-") as scratch:
        done = subprocess.run(
            [sys.executable, "-m", "ovp_lib.arithmetic"],
            env=kernel_environment(mode, threads=1, scratch=Path(scratch)),
            capture_output=True,
            text=True,
            check=True,
        )
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _statistical(why: str) -> Basis:
    return Basis(
        False, f"statistical comparison, of claims and of the kinds of all other outputs: {why}"
    )
