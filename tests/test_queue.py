"""The queue of `make test`: what stays on one worker, and that nothing is left out of it."""

import re
from pathlib import Path

import pytest

from tests import conftest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("tests/pages/test_every_page.py::test_moves[figure-1-seed]", "figure-1"),
        ("tests/pages/test_base.py::test_refused[???-figure-2-seed]", "figure-2"),
        ("tests/pages/figure_1/test_notebook.py::test_it", "figure-1"),
        ("tests/pages/section_7/test_notebooks.py::test_it[figure-2]", "figure-2"),
        ("tests/pages/section_7/test_curves.py::test_it", "tests/pages/section_7/test_curves.py"),
        ("tests/pages/test_cards.py::test_it[wrong0-said]", "tests/pages/test_cards.py"),
        ("tests/notebooks/test_stored.py::test_it[figure-1]", "stored figure-1"),
        ("tests/notebooks/test_form.py::test_it[figure-1]", "tests/notebooks/test_form.py"),
        ("tests/book/test_pages.py::test_it[light-notebooks/figure-1]", "page notebooks/figure-1"),
        ("tests/book/test_pages.py::test_it[book/api/index]", "page book/api/index"),
        ("tests/book/test_pages.py::test_it[search]", "page search"),
        ("tests/book/test_cards.py::test_it[figure-1]", "page notebooks/figure-1"),
        ("tests/book/test_pages.py::test_it[kernel-notebooks/figure-1-search]", "page search"),
        ("tests/book/test_it.py::test_it[0-z^3-notebooks/figure-1]", "page notebooks/figure-1"),
        ("tests/book/test_map.py::test_it", "page tests/book/test_map.py"),
        ("ovp_lib/cli/runs.py::ovp_lib.cli.runs", "ovp_lib/cli/runs.py"),
    ],
)
def test_tests_of_a_page_share_a_worker_and_others_those_of_their_file(
    nodeid: str, group: str
) -> None:
    assert conftest.group_of(nodeid) == group


def test_files_that_start_first_are_there() -> None:
    assert [name for name in conftest.LONG if not (ROOT / "tests" / name).is_file()] == []


def test_make_test_leaves_no_test_out() -> None:
    """Its queue has no selection; each marker that `make unit` leaves out has a part of its own."""
    text = (ROOT / "Makefile").read_text()
    options = re.search(r"^PYTEST := \$\(BIN\)/pytest (.*)$", text, re.MULTILINE)
    assert options
    assert options[1] == "-q -n auto --dist loadscope --no-loadscope-reorder"
    [queue] = re.findall(r"^test: .*\n.*\n\t@(.*)$", text, re.MULTILINE)
    assert queue == "OVP_EXACT=$(EXACT) $(PYTEST)"
    assert '@$(PYTEST) -m "not lint and not stored and not book and not browser"\n' in text
    assert re.search(r"^lint: ", text, re.MULTILINE)
    assert "@$(BIN)/python -m tests.book.render $(STORED)\n" in text
    assert "@$(BIN)/ovp check $(EXACT)\n" in text
    assert "-m browser tests/book\n" in text
