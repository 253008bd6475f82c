"""Settings that every test shares."""

import os
import runpy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Tests depend on no processor: libraries compute as in the reproducible mode, here and in the
# processes that tests start. Nor have they more than one thread: tests run in several processes
# side by side, and threads that wait for each other spin. Read without importing ovp_lib, which
# jaxtyping's hook must see first. (Its plugin has imported numpy by now: numpy's own limits count
# in the workers of `pytest -n 2` and in other processes, which start with all of them.)
READ = runpy.run_path(str(Path(__file__).parents[1] / "ovp_lib" / "arithmetic.py"))
os.environ |= READ["variables"]("reproducible")

# Neither a deadline nor the check of how fast examples are made: both depend on what else runs.
settings.register_profile(
    "book",
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("book")

LONG = (
    "pages/section_7/test_notebooks.py",
    "lab/sweeps/test_command.py",
    "lab/sweeps/test_loop.py",
    "lab/runs/test_execution.py",
    "pages/resnet_separation/test_notebook.py",
    "pages/kernel_lower_bound/test_notebook.py",
    "lab/book/test_new_page.py",
    "lab/book/test_build.py",
    "lab/runs/test_check.py",
    "lab/sweeps/test_stored.py",
)
"""Files that take longest, which start first: one that starts last keeps one worker waiting."""


@pytest.fixture(autouse=True)
def _same_arithmetic_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo what a command that a test ran in this process has switched."""
    monkeypatch.setenv(READ["SWITCH"], "reproducible")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first; the rest stays in the order in which it was collected."""
    first = {Path(__file__).parent / name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: first.get(item.path, len(first)))
