"""Writing files so that nobody ever sees half of one."""

import tempfile
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path``, all of it or nothing.

    The text goes to a temporary file in the same folder, which then takes the place of ``path``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as scratch:
        part = Path(scratch) / path.name
        part.write_text(text, encoding="utf-8")
        part.replace(path)
