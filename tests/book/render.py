"""Rendering the stored book as plain Jupyter Book does, warnings being errors.

``python -m tests.book.render FOLDER`` leaves it in ``FOLDER/_build/html``.
"""

import fcntl
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


def render_once(out: Path, run: str) -> Path:
    """Render the book if this run has not rendered it, and wait while another process does.

    Args:
        out: as for :func:`render`.
        run: what names a run of the tests, the same for all of its processes.
    """
    out.mkdir(parents=True, exist_ok=True)
    with (out / "rendered.txt").open("a+") as note:
        fcntl.flock(note, fcntl.LOCK_EX)
        note.seek(0)
        rendered, _, trouble = note.read().partition("\n")
        if rendered != run:
            trouble = _trouble(out)
            note.truncate(0)
            note.write(f"{run}\n{trouble}")
    if trouble:
        raise DoesNotRender(trouble)
    return out / "_build" / "html"


def _trouble(out: Path) -> str:
    """Render the book, and return why it does not render."""
    try:
        render(out)
    except DoesNotRender as error:
        return str(error)
    return ""


if __name__ == "__main__":
    try:
        render(Path(sys.argv[1]).resolve())
    except DoesNotRender as error:
        sys.exit(str(error))
