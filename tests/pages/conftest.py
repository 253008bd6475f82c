"""What tests of pages share."""

import pytest

from tests.notebooks.conftest import run_cells
from tests.pages.remembered import remember

__all__ = ["remember_calls", "run_cells"]


@pytest.fixture(autouse=True)
def remember_calls(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute once what runs of notebooks would compute again and again."""
    if "run_cells" in request.fixturenames:
        remember(monkeypatch)
