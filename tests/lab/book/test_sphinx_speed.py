"""References to what no page describes fail at once, all others as before."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from sphinx.domains.python import ObjectEntry, PythonDomain

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
