"""No progress bars in a kernel that pytest started: what is stored has none, and nbval compares."""

import os
import sys


def quiet_kernels() -> None:
    """Switch tqdm off, if this is a kernel that pytest started; before tqdm is imported."""
    shell = sys.modules.get("IPython")
    if shell and shell.get_ipython() and "PYTEST_VERSION" in os.environ:
        os.environ.setdefault("TQDM_DISABLE", "1")
