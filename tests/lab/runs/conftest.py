"""What the tests of runs share."""

from collections.abc import Iterator

import pytest

from ovp_lib.lab.runs import warm

LIGHT = ("papermill", "ipykernel.kernelapp")
"""What tiny notebooks need of the libraries that a warm process imports."""


@pytest.fixture(scope="module", autouse=True)
def _light() -> Iterator[None]:
    """Let warm processes import only what these tests need."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warm, "PRELOADED", LIGHT)
        yield
