"""Settings that every test shares."""

import gc
import os
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

# Tests depend on no processor: libraries compute as in the reproducible mode, here and in the
# processes that tests start. Nor have they more than one thread: tests run in several processes
# side by side, and threads that wait for each other spin. Read without importing ovp_lib, which
# jaxtyping's hook must see first, and before jaxtyping, which imports numpy: numpy reads its limits
# then. (That is why jaxtyping's plugin, which would come before, is switched off in pyproject.)
READ = runpy.run_path(str(Path(__file__).parents[1] / "ovp_lib" / "arithmetic.py"))
os.environ |= READ["variables"]("reproducible")

from jaxtyping import install_import_hook  # noqa: E402

from tests import sampled  # noqa: E402

sampled.install()
install_import_hook("ovp_lib", "tests.checked")

# Neither a deadline nor the check of how fast examples are made: both depend on what else runs.
settings.register_profile(
    "book",
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("book")

# The garbage collector walks through a million objects of libraries, again and again, and frees
# next to nothing: it takes a fifth of the time of imports.
gc.set_threshold(20_000, 20, 50)

LONG = (
    "book/test_render.py",
    "test_lint.py",
    "notebooks/test_stored.py",
    "pages/section_7/test_notebooks.py",
    "pages/test_every_page.py",
    "lab/sweeps/test_keys.py",
    "lab/sweeps/test_command.py",
    "lab/sweeps/test_loop.py",
    "lab/runs/test_execution.py",
    "lab/book/test_new_page.py",
    "lab/book/test_build.py",
    "lab/runs/test_check.py",
    "lab/sweeps/test_stored.py",
    "test_arithmetic.py",
    "test_isolation.py",
    "training/test_fused.py",
)
"""Files that take longest, which start first: one that starts last keeps one worker waiting."""

HERE = Path(__file__).parent
NAMES = {path.stem for path in HERE.with_name("notebooks").glob("*.ipynb")}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Check types and shapes of the first calls in every test."""
    sampled.begin()


@pytest.fixture(autouse=True)
def _same_arithmetic_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo what a command that a test ran in this process has switched."""
    monkeypatch.setenv(READ["SWITCH"], "reproducible")


def group_of(nodeid: str) -> str:
    """Return what one worker computes: all tests of a page, or those of a file.

    So the tiny run of a page is made once, and what it computes is remembered for its other tests;
    and a browser opens a page once.
    """
    path, _, test = nodeid.partition("::")
    given = test.partition("[")[2].removesuffix("]")
    pages = [name for name in NAMES if re.search(rf"(^|-){re.escape(name)}(-|$)", given)]
    if path.startswith("tests/book/"):
        own = re.search(r"(?:^|-)(search|genindex)$", given)
        book = own or re.search(r"((?:book|notebooks)/[a-z0-9/-]+)$", given)
        return f"page {book[1] if book else f'notebooks/{max(pages, key=len)}' if pages else path}"
    if path == "tests/notebooks/test_stored.py":
        return f"stored {given}"
    if path.startswith("tests/pages/"):
        folder = path.split("/")[2].replace("_", "-")
        pages = [folder] if folder in NAMES else pages
        return max(pages, key=len) if pages else path
    return path


class ByGroup(LoadScopeScheduling):
    """Sends the tests of a group to one worker, in order."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """Let `--dist loadscope` mean our groups."""
    return ByGroup(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes share the tests: some wait for others, so one more than cores."""
    affinity = getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))  # not on Macs
    return min(len(affinity(0)) + 1, 8)


def pytest_collection_finish() -> None:
    """Leave out what is there when tests begin: it stays until they end."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first; the rest stays in the order in which it was collected."""
    first = {HERE / name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: first.get(item.path, len(first)))
    # Last, since the browser's event loop stays with the process that has opened it.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
