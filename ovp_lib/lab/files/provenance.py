"""Records of runs: parameters, claims, and the machine and software behind them."""

import datetime
import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

import ovp_lib
from ovp_lib.arithmetic import Arithmetic
from ovp_lib.errors import NotebookError
from ovp_lib.evidence.claims import Claim
from ovp_lib.lab.files.disk import write_text

DISTRIBUTION = "ovp-companion"


class Environment(BaseModel):
    """The machine and the software of a run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    packages: dict[str, str] = Field(description="versions of the direct dependencies")
    python: str
    platform: str
    cpu: str
    device: str = Field(description="the device that the parameters were resolved to")
    torch_threads: int = Field(ge=1, description="CPU threads that the notebook could use")
    arithmetic: Arithmetic | None = Field(
        default=None, description="mode and bits of the arithmetic; nothing if it was not recorded"
    )
    commit: str | None = Field(description="git commit of the code, if it is in a repository")
    dirty: bool | None = Field(description="whether tracked files differed from the commit")


class RunRecord(BaseModel):
    """One run of one notebook; written beside it as ``<stem>.record.json``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    statement: str
    preset: str
    seed: int
    given: dict[str, Any] = Field(description="parameters that differ from the preset's")
    parameters: dict[str, Any] = Field(description="all parameters, as they were resolved")
    claims: tuple[Claim, ...]
    environment: Environment
    started: AwareDatetime
    wall_seconds: float = Field(ge=0.0)

    @classmethod
    def read(cls, path: Path) -> "RunRecord":
        """Read a record.

        Args:
            path: the file of the record.

        Returns:
            The record.

        Raises:
            FileNotFoundError: if there is none.
            NotebookError: if it is damaged.
        """
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except ValidationError as error:
            raise NotebookError(f"{path} is no record of a run: {error}") from error

    def write(self, path: Path) -> None:
        """Write the record, all of it or nothing.

        Args:
            path: the file of the record; its folder is made if it is not there.
        """
        write_text(path, self.model_dump_json(indent=1) + "\n")


def record_path(notebook: Path) -> Path:
    """Return where the record of a run notebook is.

    Args:
        notebook: path of the notebook.

    Returns:
        The path of its record, in the same folder.

    Example:
        >>> record_path(Path("_runs/quick/lemma-6-5.ipynb")).as_posix()
        '_runs/quick/lemma-6-5.record.json'
    """
    return notebook.with_name(f"{notebook.stem}.record.json")


def environment(*, device: str, threads: int, arithmetic: Arithmetic) -> Environment:
    """Describe this machine, this Python and this checkout.

    Args:
        device: the resolved device of the run.
        threads: CPU threads that the run may use.
        arithmetic: of the process that computes.

    Returns:
        The description, with the commit of the library that is imported.
    """
    commit, dirty = git_state(Path(ovp_lib.__file__).parent)
    return Environment(
        packages=package_versions(),
        python=platform.python_version(),
        platform=platform.platform(),
        cpu=cpu_model(),
        device=device,
        torch_threads=threads,
        arithmetic=arithmetic,
        commit=commit,
        dirty=dirty,
    )


def package_versions(distribution: str = DISTRIBUTION) -> dict[str, str]:
    """Return the installed versions of the direct dependencies that compute or run, by name.

    Args:
        distribution: name of an installed distribution.

    Returns:
        Its own version first, then those of its dependencies and of its extra ``run``, in the order
        of their names; what is not installed is left out.
    """
    every = metadata.requires(distribution) or []
    required = [r for r in every if "extra ==" not in r or re.search(r"extra == .run\b", r)]
    names = sorted(name[0] for r in required if (name := re.match(r"[\w.-]+", r)))
    return {name: found for name in (distribution, *names) if (found := _version(name))}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def cpu_model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return the name and the number of the CPUs.

    Args:
        cpuinfo: where Linux describes the CPUs; without such a file Python is asked.

    Returns:
        For instance ``Example CPU, 16 logical cores``.
    """
    text = cpuinfo.read_text(encoding="utf-8") if cpuinfo.is_file() else ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, flags=re.MULTILINE)
    name = found[1] if found else platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} logical cores"


def git_state(folder: Path) -> tuple[str | None, bool | None]:
    """Return the commit of the repository around ``folder`` and whether tracked files differ.

    Args:
        folder: any folder; git looks for the repository there and above.

    Returns:
        Commit and whether tracked files differ; ``(None, None)`` if there is no repository, no git,
        or no answer within half a minute.
    """
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return None, None
    return commit, bool(changes)


def now() -> datetime.datetime:
    """Return the time in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30)
    return done.stdout.strip()
