"""The icons' style sheet keeps what pages show, and all that is no icon."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from ovp_lib.lab.book import sphinx_icons

RULES = (
    '.fa{display:inline}.fa-spin{animation:1s}.fa-bars:before,.fa-navicon:before{content:"a"}'
    '.fa-0:before{content:"0"}@font-face{src:url(b.woff2)}'
)
SHOWN = RULES.replace('.fa-0:before{content:"0"}', "")


def test_an_icon_stays_under_each_of_its_names() -> None:
    for name in ("bars", "navicon"):
        assert sphinx_icons.trimmed(RULES, frozenset({name})) == SHOWN
    assert "content" not in sphinx_icons.trimmed(RULES, frozenset({"bar", "solid"}))


@pytest.fixture
def app(tmp_path: Path) -> Any:
    """A build whose theme has two icons, of which a page and a script could show one each."""
    theme = tmp_path / "theme/static/vendor/fontawesome/6/css/all.min.css"
    written = tmp_path / "html/_static/vendor/fontawesome/6/css/all.min.css"
    for path in (theme, written):
        path.parent.mkdir(parents=True)
        path.write_text(RULES)
    builder = cast("Any", object.__new__(StandaloneHTMLBuilder))
    builder.theme = SimpleNamespace(get_theme_dirs=lambda: [str(tmp_path / "theme")])
    made = cast("Any", object.__new__(Sphinx))
    made.builder, made.outdir = builder, tmp_path / "html"
    return made


def test_icons_of_pages_and_of_scripts_stay(app: Any) -> None:
    html = Path(app.outdir)
    styles = html / "_static/vendor/fontawesome/6/css/all.min.css"
    (html / "book").mkdir()
    (html / "book/page.html").write_text('<i class="fa-solid fa-bars"></i>')
    sphinx_icons.trim(app, None)
    assert styles.read_text() == SHOWN
    (html / "_static/more.js").write_text('icon("fa-0")')
    sphinx_icons.trim(app, None)
    assert styles.read_text() == RULES


def test_a_build_that_failed_is_left_alone(app: Any) -> None:
    sphinx_icons.trim(app, RuntimeError("no"))
    styles = Path(app.outdir) / "_static/vendor/fontawesome/6/css/all.min.css"
    assert styles.read_text() == RULES
