"""Executable companion to four papers on over-parameterised networks.

Floors, from the ground up; a folder imports only from the floors below it::

    maths -> models -> { proofs, kernels } -> training -> experiments -> pages -> lab -> cli
    evidence (claims, statistics, figures) stands beside them and knows none of the science;
    arithmetic (the reproducible mode) and errors stand beside them and import nothing of them
"""

__version__ = "0.1.0"


def _quiet_kernels() -> None:
    """Show no progress bars in a kernel that pytest started: what is stored has none (nbval)."""
    import os
    import sys

    if "ipykernel" in sys.modules and "PYTEST_VERSION" in os.environ:
        os.environ.setdefault("TQDM_DISABLE", "1")


_quiet_kernels()
