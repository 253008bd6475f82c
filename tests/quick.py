"""The tests of what changed, for the inner loop: ``python -m tests.quick [SINCE]``.

A module's tests are those in the mirrored place, its own examples, and those of the test files that
import it. What changed is what differs from a commit (by default the last one), new files included.
After a while no further test is started, and those left out are named.
"""

import ast
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[1]
SECONDS = 50.0
"""After so many seconds no further test is started."""

FAST = ("tests/evidence", "tests/maths", "tests/pages/test_base.py", "tests/test_project.py")
"""What is run if nothing changed that has tests."""

PROJECT = "tests/test_project.py"


def changed(root: Path, since: str = "HEAD") -> list[str]:
    """Return the files that differ from a commit, new ones among them, without deleted ones."""
    commands = (
        ["git", "diff", "--name-only", "-z", since, "--"],
        ["git", "ls-files", "--others", "--exclude-standard", "-z"],
    )
    names: set[str] = set()
    for command in commands:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"error: {done.stderr.strip()}")
        names.update(name for name in done.stdout.split("\0") if name)
    return sorted(name for name in names if (root / name).is_file())


def covering(root: Path, files: Iterable[str]) -> list[str]:
    """Return the test files of some files: first those in the mirrored places, then the others."""
    texts = {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((root / "tests").rglob("test_*.py"))
        if path.parent.name != "book"
    }
    imports = {name: imported(text) for name, text in texts.items()}
    first: dict[str, None] = {}
    then: dict[str, None] = {}
    for path in map(PurePosixPath, files):
        first |= dict.fromkeys(name for name in mirrored(path) if name in texts)
        if path.suffix == ".py":
            module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
            then |= dict.fromkeys(name for name in texts if module in imports[name])
        if path.suffix == ".ipynb":
            then |= dict.fromkeys(name for name in texts if path.stem in texts[name])
        if path.name == "conftest.py":
            then |= dict.fromkeys(n for n in texts if path.parent in PurePosixPath(n).parents)
        if path.parts[0] == "ovp_lib" and path.suffix == ".py":
            then[str(path)] = None  # its examples
    return list(first | then)


def mirrored(path: PurePosixPath) -> list[str]:
    """Return where the tests of a file are, if they are in the mirrored place.

    Example:
        >>> mirrored(PurePosixPath("ovp_lib/training/order.py"))
        ['tests/training/test_order.py', 'tests/test_training.py']
    """
    if path.parts[0] == "tests":
        return [str(path)]
    if path.parts[0] == "ovp_lib" and path.suffix == ".py":
        inner = PurePosixPath("tests", *path.parts[1:])
        folders = [folder for folder in inner.parents if len(folder.parts) > 1]
        packages = [folder.with_name(f"test_{folder.name}.py") for folder in folders]
        return [str(place) for place in (inner.with_name(f"test_{inner.name}"), *packages)]
    if path.parts[0] == "benchmarks":
        return ["tests/test_benchmarks.py"]
    return [PROJECT]


def imported(source: str) -> set[str]:
    """Return the names of modules that a source imports, of packages' members too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


class InTime:
    """Skips what would start too late."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def pytest_runtest_setup(self) -> None:
        """Skip a test once the time is over."""
        if time.monotonic() > self.end:
            pytest.skip(f"not reached within {SECONDS:.0f} s; `make unit` runs it")


def main(since: str) -> int:
    """Run the tests of what changed since a commit; return pytest's exit code."""
    files = changed(ROOT, since)
    chosen = covering(ROOT, files)
    if chosen:
        said = f"{len(files)} files differ from {since}; their tests: {' '.join(chosen)}"
    else:
        said = f"nothing that has tests differs from {since}: a fast selection instead"
    print(said, flush=True)
    options = ["-q", "-p", "no:nbval", "-m", "not browser and not slow and not stored"]
    code = pytest.main([*options, *(chosen or FAST)], plugins=[InTime(SECONDS)])
    return 0 if code == pytest.ExitCode.NO_TESTS_COLLECTED else int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if sys.argv[1:] else "HEAD"))
