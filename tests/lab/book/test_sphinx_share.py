"""What a link to a page shows elsewhere, in a small book that Sphinx renders."""

import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from docutils import nodes
from sphinx.application import Sphinx

from ovp_lib.lab.book import sphinx_share
from ovp_lib.lab.book.sphinx_share import CARD, SAID, describe, in_a_line
from ovp_lib.pages import STATEMENTS
from ovp_lib.pages.card import Card, Learnt

BOOK = {
    "index.md": "# Tiny book\n\nFirst it says in this paragraph what 3 < 4 & more is about.\n\n"
    "```{toctree}\npage\n```\n",
    "page.md": "# A page\n\n:::{note}\nA note of some length is not what a page is about.\n:::\n\n"
    "Here is what the page is about, and so on for long.\n",
}


class Head(HTMLParser):
    """The description of a page and its tags for social networks."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("property") or given.get("name")
        if tag == "meta" and name:
            assert name not in self.found or not name.startswith("og:"), f"{name} twice"
            self.found[name] = given.get("content") or ""


def render(folder: Path, address: str) -> Path:
    source = folder / "source"
    source.mkdir()
    (source / "_config.yml").write_text(f'repository_url: "{address}"\n')
    for name, text in BOOK.items():
        (source / name).write_text(text)
    config = {
        "extensions": ["myst_parser", "ovp_lib.lab.book.sphinx_share"],
        "myst_enable_extensions": ["colon_fence"],
        "html_title": "Tiny book",
        "html_theme": "sphinx_book_theme",
        "html_theme_options": {"repository_url": address},
    }
    out = folder / "out"
    Sphinx(source, None, out, folder / "trees", "html", config, status=None).build()
    return out


@pytest.fixture(scope="module")
def without_address(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("without"), "")


def head(path: Path) -> dict[str, str]:
    return Head(path.read_text()).found


def test_a_page_is_described_by_its_first_paragraph(without_address: Path) -> None:
    found = head(without_address / "page.html")
    assert found["description"] == "Here is what the page is about, and so on for long."
    assert found["og:description"] == found["description"]
    assert (found["og:title"], found["og:site_name"]) == ("A page", "Tiny book")
    assert found["twitter:card"] == "summary_large_image"
    front = head(without_address / "index.html")
    assert front["description"] == "First it says in this paragraph what 3 < 4 & more is about."


def test_the_front_page_has_its_title_once(without_address: Path) -> None:
    title = re.search(r"<title>(.*?)</title>", (without_address / "index.html").read_text(), re.S)
    assert title is not None
    assert title[1].strip() == "Tiny book"
    other = re.search(r"<title>(.*?)</title>", (without_address / "page.html").read_text(), re.S)
    assert other is not None
    assert other[1].strip().startswith("A page")
    assert other[1].strip().endswith("Tiny book")


def test_without_an_address_the_picture_is_there_and_nothing_leads_away(
    without_address: Path,
) -> None:
    found = head(without_address / "page.html")
    assert (without_address / found["og:image"]).is_file()
    assert found["og:image"].endswith(CARD)
    assert "github" not in (without_address / "page.html").read_text()


def test_with_an_address_the_picture_has_a_whole_one(tmp_path: Path) -> None:
    text = (render(tmp_path, "https://github.com/Owner/name") / "page.html").read_text()
    assert Head(text).found["og:image"] == f"https://owner.github.io/name/{CARD}"
    assert 'href="https://owner.github.io/name/page.html"' in text  # the canonical address
    assert "https://github.com/Owner/name/issues" in text


def test_a_statement_is_described_by_its_card(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "theorem-1-two-layer"
    learnt = Learnt("A sentence of some length.", holds=("width.exponent",))
    card = Card(plain="It needs $m^{2}$ samples, or so.", figure="any", learnt=(learnt,) * 3)
    page = dataclasses.replace(STATEMENTS[name], card=card)
    monkeypatch.setattr(sphinx_share, "STATEMENTS", {name: page})
    assert describe(f"notebooks/{name}", None) == "It needs m^2 samples, or so."


def test_a_page_without_prose_is_described_as_the_book() -> None:
    page = nodes.document(None, None)
    assert describe("genindex", None) == describe("book/empty", page) == SAID


@pytest.mark.parametrize("longest", [5, 12, 30])
def test_a_line_ends_with_a_word(longest: int) -> None:
    line = in_a_line("one two three\n four five six seven", longest)
    assert len(line) <= longest
    assert line.endswith("…") or line == "one two three four five six seven"
    assert "\n" not in line
