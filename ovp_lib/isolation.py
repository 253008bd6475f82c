"""The environment of processes that compute: their own, not that of whoever starts them.

A kernel inherits the settings of a user in many ways: start-up files and profiles of IPython, a
``matplotlibrc``, other kernels of the same name, ``PYTHONSTARTUP``, a file ``random.py`` in the
current folder, variables that steer OpenMP or MKL. None of them may change what is stored, so none
of them is handed on.
"""

import functools
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import ovp_lib
from ovp_lib.arithmetic import Arithmetic, Mode, variables

FOREIGN = ("PYTHON", "IPYTHON", "JUPYTER", "MPL", "MATPLOTLIB", "PYTEST", "PAPERMILL", "OVP_")
"""How variables begin that would change what a process runs or shows."""

NUMERICAL = (
    *("OMP_", "KMP_", "GOMP_", "MKL_", "OPENBLAS_", "GOTO_", "BLIS_", "NUMEXPR_"),
    *(
        "NPY_",
        "ATEN_",
        "ONEDNN_",
        "DNNL_",
        "NUMBA_CPU",
        "NUMBA_ENABLE",
        "NUMBA_OPT",
        "GLIBC_TUNABLES",
    ),
)
"""How variables begin that steer libraries: a user's business in native arithmetic only."""

KEPT = frozenset(
    {"PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONUNBUFFERED", "PYTHONFAULTHANDLER"}
)
"""Variables that begin so and may stay."""

ROOT = Path(ovp_lib.__file__).parents[1]
"""What must be on the path of a process, so that it has the library of the one that starts it."""

KERNEL_SETTINGS = """\
import gc
gc.set_threshold(20_000)  # it walks through a million objects of libraries while they are imported
c.InteractiveShellApp.ignore_cwd = True
c.HistoryManager.enabled = False
"""


def process_environment(mode: Mode, *, threads: int = 1) -> dict[str, str]:
    """Return the environment of a process that computes, but runs no kernel.

    Args:
        mode: the arithmetic in which it computes.
        threads: CPU threads that it may use, at least 1.

    Returns:
        All variables of the process, by name.
    """
    foreign = FOREIGN if mode == "native" else FOREIGN + NUMERICAL
    own = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT or not name.startswith(foreign)
    }
    # With the safe path no file of the current folder stands in for a module. With a fixed hash
    # seed a set of strings has one order in every process.
    python = {"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1", "PYTHONHASHSEED": "0"}
    # The library's variables come last, since in native arithmetic a user's threads are in `own`.
    return {**own, **python, **variables(mode, threads=threads)}


def kernel_environment(
    mode: Mode, *, scratch: Path, threads: int = 1, kernel: Sequence[str] = ()
) -> dict[str, str]:
    """Return the environment of a Jupyter kernel, and of the process that starts it.

    Args:
        mode: the arithmetic in which it computes.
        scratch: a folder of its own, for as long as it runs; the kernel's settings go there.
        threads: CPU threads that it may use, at least 1.
        kernel: the command that starts it, with ``{connection_file}`` among its words; by default
            the one that ipykernel has installed.

    Returns:
        All variables of the kernel, by name.
    """
    profile = scratch / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(KERNEL_SETTINGS, encoding="utf-8")
    jupyter = {
        "IPYTHONDIR": str(profile.parent),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_CONFIG_DIR": str(scratch / "jupyter"),
        "JUPYTER_DATA_DIR": str(scratch / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(scratch / "jupyter"),
    }
    if kernel:
        spec = scratch / "kernel" / "kernels" / "python3" / "kernel.json"
        spec.parent.mkdir(parents=True, exist_ok=True)
        said = {"argv": list(kernel), "display_name": "Python 3", "language": "python"}
        spec.write_text(json.dumps(said), encoding="utf-8")
        jupyter["JUPYTER_PATH"] = str(scratch / "kernel")
    return process_environment(mode, threads=threads) | jupyter


def arithmetic_in(environment: Mapping[str, str]) -> Arithmetic:
    """Return the arithmetic of a process with this environment, tried in one.

    Each environment is tried once, since the arithmetic depends on nothing else.

    Args:
        environment: all variables of the process, by name.

    Returns:
        Its mode, the hash of its bits, and its threads.

    Raises:
        RuntimeError: if such a process fails.
    """
    return _tried(frozenset(environment.items()))


@functools.cache
def _tried(environment: frozenset[tuple[str, str]]) -> Arithmetic:
    # Only a new process can tell: libraries read these variables when they are loaded.
    command = [sys.executable, "-m", "ovp_lib.arithmetic"]
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise RuntimeError(f"the arithmetic of this machine cannot be tried: {last}")
    return Arithmetic(**json.loads(done.stdout))
