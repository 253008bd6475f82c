"""The shelf: blocks between their lines, whole pages of the API, and nothing more is written."""

import shutil
from pathlib import Path

import pytest

from ovp_lib.errors import InputError
from ovp_lib.lab.book import shelf
from ovp_lib.pages import STATEMENTS

ROOT = Path(__file__).parents[3]
TEXT = "before\n# begin sum (see there)\nold\nolder\n# end sum\n# begin sum-2\n# end sum-2\nafter\n"


def test_a_block_is_filled_and_the_rest_is_left() -> None:
    filled = shelf.fill(TEXT, {"sum": "new", "sum-2": r"\1"}, "file")
    assert filled == TEXT.replace("old\nolder\n", "new\n").replace(
        "sum-2\n# end", "sum-2\n\\1\n# end"
    )
    assert shelf.fill(filled, {"sum": "new"}, "file") == filled


@pytest.mark.parametrize("text", ["", TEXT + TEXT, TEXT.replace("end sum\n", "")])
def test_a_block_whose_lines_are_not_there_once_is_refused(text: str) -> None:
    with pytest.raises(
        InputError, match=r"file has [02] times the lines 'begin sum' and 'end sum'"
    ):
        shelf.fill(text, {"sum": "new"}, "file")


def test_only_what_is_out_of_date_is_written(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "book", tmp_path / "book", ignore=shutil.ignore_patterns("mathjax"))
    shutil.copytree(ROOT / "ovp_lib", tmp_path / "ovp_lib")
    for name in ("_config.yml", "_toc.yml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    assert shelf.write(tmp_path, STATEMENTS) == []
    contents = tmp_path / "_toc.yml"
    stored = contents.read_text()
    contents.write_text(stored.replace("      - file: notebooks/figure-1\n", ""))
    (tmp_path / "book/api/maths.md").unlink()
    assert shelf.write(tmp_path, STATEMENTS) == ["_toc.yml", "book/api/maths.md"]
    assert contents.read_text() == stored


def test_the_address_is_that_of_the_settings(tmp_path: Path) -> None:
    config = tmp_path / "_config.yml"
    config.write_text('html:\n  repository_url: ""\n')
    assert shelf.address(tmp_path) == ""
    config.write_text('html:\n  repository_url: "https://host/a/b/" # where it is\n')
    assert shelf.address(tmp_path) == "https://host/a/b"
