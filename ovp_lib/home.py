"""Where notebooks and results are: in the checkout, or inside an installed package."""

from pathlib import Path

PACKAGE = Path(__file__).parent
"""Folder of the library."""


def of(package: Path) -> Path:
    """Return the folder that has ``notebooks`` and ``results``.

    Args:
        package: folder of the library.

    Returns:
        The checkout around the library, if it is in one; else the copy that a wheel carries.
    """
    checkout = package.parent
    is_checkout = (checkout / "pyproject.toml").is_file() and (checkout / "notebooks").is_dir()
    return checkout if is_checkout else package / "_data"


ROOT = of(PACKAGE)
"""Folder of the project: notebooks, results and, in a checkout, the book."""

IN_CHECKOUT = PACKAGE.parent == ROOT
"""Whether the library is used from a checkout."""


def runs() -> Path:
    """Return the folder of runs: that of the checkout, or else one in the current folder."""
    return (ROOT if IN_CHECKOUT else Path.cwd()) / "_runs"
