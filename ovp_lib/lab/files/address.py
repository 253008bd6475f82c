"""The address of the repository, which is written down once: ``repository_url`` in _config.yml."""

import re
from pathlib import Path

CONFIG = "_config.yml"

_LINE = re.compile(r"(?m)^\s*repository_url:[ \t]*[\"']?([^\s\"'#]*)")


def repository(root: Path) -> str:
    """Return the address of the repository.

    Args:
        root: folder of the project.

    Returns:
        The address without a slash at its end; empty if there is none yet, or no such file.

    Raises:
        ValueError: if it is no address of GitHub, which Binder and Colab take notebooks from.
    """
    path = root / CONFIG
    found = _LINE.search(path.read_text(encoding="utf-8")) if path.is_file() else None
    address = found[1].rstrip("/") if found else ""
    if address and not re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", address):
        raise ValueError(f"repository_url is https://github.com/OWNER/NAME or empty, not {address}")
    return address
