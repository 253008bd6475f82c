"""The queue of `make test`: what stays on one worker, and that nothing is left out of it."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import conftest

ROOT = Path(__file__).parents[1]


def item(path: str, **params: Any) -> Any:
    return SimpleNamespace(path=ROOT / path, callspec=SimpleNamespace(params=params))


@pytest.mark.parametrize(
    ("path", "params", "group"),
    [
        ("tests/pages/test_every_page.py", {"name": "figure-1", "parameter": "seed"}, "figure-1"),
        ("tests/pages/figure_1/test_notebook.py", {}, "figure-1"),
        ("tests/pages/section_7/test_notebooks.py", {"figure": "figure-2"}, "figure-2"),
        ("tests/pages/section_7/test_curves.py", {}, "pages/section_7/test_curves.py"),
        ("tests/notebooks/test_stored.py", {"name": "figure-1"}, "stored figure-1"),
        ("tests/notebooks/test_form.py", {"name": "figure-1"}, "notebooks/test_form.py"),
        ("ovp_lib/cli/runs.py", {}, str(ROOT / "ovp_lib/cli/runs.py")),
    ],
)
def test_tests_of_a_page_share_a_worker_and_others_those_of_their_file(
    path: str, params: dict[str, Any], group: str
) -> None:
    assert conftest.group_of(item(path, **params)) == group


def test_files_that_start_first_are_there() -> None:
    assert [name for name in conftest.LONG if not (ROOT / "tests" / name).is_file()] == []


def test_make_test_leaves_no_test_out() -> None:
    """Its queue has no selection, and what the parts select is all there is."""
    text = (ROOT / "Makefile").read_text()
    assert re.search(r"^test: lint-and-stored-book queue ", text, re.MULTILINE)
    options = re.search(r"^PYTEST := \$\(BIN\)/pytest (.*)$", text, re.MULTILINE)
    assert options
    assert options[1] == "-q -n 2 --dist loadgroup --no-loadscope-reorder"
    [queue] = re.findall(r"^queue: .*\n.*\n\t@(.*)$", text, re.MULTILINE)
    assert queue == "$(BOOK) OVP_EXACT=$(EXACT) $(PYTEST)"
