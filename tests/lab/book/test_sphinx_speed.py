"""What is faster is as before: references to what no page describes, and the sidebar."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
import sphinx.builders.html
from sphinx.application import Sphinx
from sphinx.domains.python import ObjectEntry, PythonDomain
from sphinx.environment.adapters.toctree import global_toctree_for_doc

from ovp_lib.lab.book import sphinx_speed
from ovp_lib.lab.book.sphinx_speed import look_up_known_names

OBJECTS = {
    "ovp_lib.maths": "module",
    "ovp_lib.maths.smooth": "module",
    "ovp_lib.maths.smooth.parse": "function",
    "ovp_lib.kernels.Ridge": "class",
    "ovp_lib.kernels.Ridge.fit": "method",
}


@pytest.fixture
def domain() -> Any:
    """A Python domain that knows some objects."""
    domain = PythonDomain.__new__(PythonDomain)
    domain.data = {
        "objects": {name: ObjectEntry("page", name, kind, False) for name, kind in OBJECTS.items()}
    }
    domain.objtypes_for_role = lambda _role: list(PythonDomain.object_types)
    return domain


NAMES = ("parse", "parse()", "smooth.parse", "Ridge.fit", "ovp_lib.kernels.Ridge", "fit", "arse")


@pytest.mark.parametrize("name", [*NAMES, "numpy.ndarray", "Tensor", "", "()", "parse.", ".fit"])
@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize("owner", [(None, None), ("ovp_lib.kernels", "Ridge")])
def test_what_is_found_is_the_same(domain: Any, name: str, mode: int, owner: Any) -> None:
    before = domain.find_obj(None, *owner, name, "class", mode)
    look_up_known_names(domain)
    assert domain.find_obj(None, *owner, name, "class", mode) == before


def test_what_is_not_there_is_not_searched_for(domain: Any) -> None:
    asked: list[str] = []
    domain.find_obj = lambda _env, _module, _owner, name, *_: asked.append(name) or [("found", 0)]
    look_up_known_names(domain)
    assert domain.find_obj(None, "m", "C", "numpy.ndarray", "class", 1) == []
    assert domain.find_obj(None, "m", "C", "smooth.parse()", "func", 1) == [("found", 0)]
    assert asked == ["smooth.parse()"]


@pytest.fixture
def thresholds() -> Iterator[None]:
    """What is changed here is as before afterwards."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


PAGES = {
    "index": "Top\n===\n\n.. toctree::\n   :caption: All\n\n   part\n   deep\n   Else <far>\n",
    "part": "Part\n====\n\nA\n-\n\nB\n-\n\n.. toctree::\n\n   below/one\n\nC\n-\n",
    "below/one": "One\n===\n\nD\n-\n\nE\n~\n\n.. py:function:: f()\n",
    "deep": ":tocdepth: 2\n\nDeep\n====\n\nF\n-\n\n.. toctree::\n\n   two\n",
    "two": "Two\n===\n",
    "far": "Far\n===\n\nG\n-\n",
}
"""Sections, pages below a section, a page with less depth, another title, and one in a folder."""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Sphinx:
    """A small book."""
    folder = tmp_path_factory.mktemp("book")
    for name, text in PAGES.items():
        path = folder / f"{name}.rst"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    out = str(folder / "out")
    given = {"html_theme": "basic"}
    app = Sphinx(str(folder), None, out, out, "html", confoverrides=given, status=None)
    app.build()
    return app


@pytest.mark.parametrize("titles_only", [True, False])
@pytest.mark.parametrize("collapse", [True, False])
@pytest.mark.parametrize("maxdepth", [1, 2, 4])
def test_the_sidebar_is_as_sphinx_makes_it(
    book: Sphinx,
    monkeypatch: pytest.MonkeyPatch,
    titles_only: bool,
    collapse: bool,
    maxdepth: int,
) -> None:
    options = {"titles_only": titles_only, "collapse": collapse, "maxdepth": maxdepth}
    builder = sphinx.builders.html
    monkeypatch.setattr(builder, "global_toctree_for_doc", global_toctree_for_doc)

    def sidebars() -> dict[str, str]:
        made = builder.global_toctree_for_doc
        return {page: str(made(book.env, page, book.builder, **options)) for page in PAGES}

    before = sidebars()
    assert ('"#a"' in before["part"]) == (maxdepth > 1 and not titles_only)
    sphinx_speed.show_titles_from_titles(book.env)
    assert builder.global_toctree_for_doc is not global_toctree_for_doc
    assert sidebars() == before


class Connected:
    """Stands for the application, and keeps what is registered."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def connect(self, event: str, _listener: Any) -> None:
        self.events.append(event)


@pytest.mark.usefixtures("thresholds")
def test_garbage_is_collected_less_often_and_names_are_known_when_all_is_read() -> None:
    gc.set_threshold(700, 10, 10)
    app = Connected()
    sphinx_speed.setup.__wrapped__(app)  # type: ignore[attr-defined]
    assert gc.get_threshold() == sphinx_speed.THRESHOLDS
    assert app.events == ["env-check-consistency"]
