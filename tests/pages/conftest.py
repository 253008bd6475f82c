"""What tests of pages share."""

from tests.notebooks.conftest import run_cells

__all__ = ["run_cells"]
