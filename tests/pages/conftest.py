"""What tests of pages share."""

from tests.notebooks.conftest import run_cells
from tests.pages.section_7.computed_once import compute_once

__all__ = ["compute_once", "run_cells"]
