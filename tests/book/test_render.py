"""The stored book renders without a warning, and once for all processes that look at it."""

import fcntl
import re
from pathlib import Path

import pytest

from tests.book import render


@pytest.mark.book
def test_the_stored_book_renders_without_a_warning(html: Path) -> None:
    assert (html / "index.html").is_file()


@pytest.mark.book
def test_no_page_depends_on_where_an_object_is_in_memory(html: Path) -> None:
    texts = {path: path.read_bytes() for path in html.rglob("*.html")}
    shown = [path for path, text in texts.items() if re.search(rb"0x[0-9a-f]{11,}", text)]
    assert [str(path.relative_to(html)) for path in shown] == []


def test_one_renders_while_the_others_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[Path] = []

    def locked(out: Path) -> Path:
        rendered.append(out)
        with (out / "rendered.txt").open() as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return out

    monkeypatch.setattr(render, "render", locked)
    for run in ("a", "a", "b", "b"):
        assert render.render_once(tmp_path, run) == tmp_path / "_build" / "html"
    assert rendered == [tmp_path, tmp_path]


def test_all_hear_why_the_book_does_not_render(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(out: Path) -> Path:
        raise render.DoesNotRender(f"{out.name}:\nan equation has no end")

    monkeypatch.setattr(render, "render", fail)
    for _ in range(2):
        with pytest.raises(render.DoesNotRender, match=f"^{tmp_path.name}:\nan equation"):
            render.render_once(tmp_path, "a")
