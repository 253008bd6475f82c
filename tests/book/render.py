"""Rendering the stored book as plain Jupyter Book does, warnings being errors.

``python -m tests.book.render FOLDER`` leaves it in ``FOLDER/_build/html``.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


class DoesNotRender(RuntimeError):
    """There was a warning or an error; the message holds them."""


def render(out: Path) -> Path:
    """Render the book into a folder, from nothing, and return where its pages are."""
    shutil.rmtree(out / "_build", ignore_errors=True)
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    command = [jupyter_book, "build", ROOT, "--path-output", out, "-W", "-n", "--keep-going", "-q"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stdout + done.stderr).splitlines()
        remarks = [line for line in lines if re.search("WARNING|ERROR|[a-z]Error", line)]
        raise DoesNotRender("\n".join(["the book does not render:", *(remarks or lines)]))
    return out / "_build" / "html"


if __name__ == "__main__":
    try:
        render(Path(sys.argv[1]).resolve())
    except DoesNotRender as error:
        sys.exit(str(error))
