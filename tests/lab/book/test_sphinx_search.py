"""The words by which the search finds a page: each page of the book has some, none is unknown."""

from pathlib import Path

import pytest
import yaml

from ovp_lib.errors import InputError
from ovp_lib.lab.book import sphinx_search
from ovp_lib.pages import STATEMENTS

ROOT = Path(__file__).parents[3]


def test_every_page_that_has_words_is_in_the_book() -> None:
    given = sphinx_search.words(ROOT)
    contents = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    assert [page for page in given if page not in contents] == []


def test_a_statement_is_found_by_its_label_on_its_page_or_else_on_the_map() -> None:
    found = sphinx_search.labels(ROOT)
    assert all(found[f"notebooks/{name}"] for name in STATEMENTS)
    assert ("Lemma 6.3", "") in found["notebooks/lemma-6-3-indicator-to-function"]
    assert ("Claim C.1", "") in found["notebooks/lemma-6-3-indicator-to-function"]
    assert ("Remark 4.1", "row-full-remark-4-1") in found["book/map"]
    assert ("resnet Figure 1", "") in found["notebooks/resnet-minimal-norm"]


@pytest.mark.parametrize(
    ("given", "message"), [([1], "no text"), (["Kernel", "kernel"], "the same words twice")]
)
def test_what_is_wrong_is_refused(tmp_path: Path, given: list[object], message: str) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / sphinx_search.WORDS).write_text(yaml.safe_dump({"book/map": given}))
    with pytest.raises(InputError, match=message):
        sphinx_search.words(tmp_path)
