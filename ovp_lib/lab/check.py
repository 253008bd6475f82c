"""Checking stored notebooks: every cell is executed again and its outputs must be the stored ones.

nbval does it, in a process of its own that knows nothing of this project's pytest settings, made
strict by :mod:`ovp_lib.lab.nbval_plugin`.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ovp_lib.lab import notebooks

GRACE = 8.0
"""Seconds that an interrupted check gets to end its kernel."""


def check(paths: Sequence[Path], *, timeout: float = 600.0) -> int:
    """Execute notebooks again and compare every output with the stored one.

    Standard output shows a dot for each cell that agrees, and what differs in those that do not.

    Args:
        paths: the notebooks; each kernel works in the folder of its notebook.
        timeout: seconds that a cell may take.

    Returns:
        0 if all agree, 1 otherwise: an exit code.

    Raises:
        InputError: if there is no notebook to check, or one of them is not there.
        NotebookError: if one of them is no notebook, or has nothing to execute.
    """
    if not paths:
        raise notebooks.InputError("there is no notebook to check")
    for path in paths:
        if not notebooks.code_cells(notebooks.read(path)):
            raise notebooks.NotebookError(f"{path} has no code to execute")
    process = subprocess.Popen(_command(paths, timeout), env=_environment())
    try:
        return int(process.wait() != 0)
    except KeyboardInterrupt:  # pytest got it from the terminal too, and is ending its kernel
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        raise
    finally:
        process.kill()


def _command(paths: Sequence[Path], timeout: float) -> list[str]:
    resolved = [path.resolve() for path in paths]
    root = os.path.commonpath([path.parent for path in resolved])
    return [
        *(sys.executable, "-m", "pytest"),
        *("-p", "nbval.plugin", "-p", "ovp_lib.lab.nbval_plugin"),
        *("-p", "no:cacheprovider", "-p", "no:warnings"),
        *("-c", os.devnull, "--rootdir", root, "--noconftest"),
        *("--nbval", "--nbval-current-env", f"--nbval-cell-timeout={timeout}"),
        *("--no-header", "-rN", "--color=no", "--show-capture=no"),
        *map(str, resolved),
    ]


def _environment() -> dict[str, str]:
    """Return the environment without anyone's pytest settings, and with progress bars off."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {**own, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "TQDM_DISABLE": "1"}
