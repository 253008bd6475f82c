"""Figures of notebooks have two pictures: one for a wide column, one for a phone.

The browser takes one of them, by the width of its window, and fetches no other. A figure that has
little room on any screen, as on a card, is always the narrow one.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from ovp_lib.errors import InputError, NotebookError
from ovp_lib.lab.book.directives import NOTEBOOKS
from ovp_lib.lab.book.sphinx_verdicts import page_of
from ovp_lib.lab.files import notebooks

ALWAYS = "ovp-narrow"
"""Class of a picture that is the narrow one on every screen."""

PHONE = "screen and (max-width: 720px)"
"""Where the narrow picture is shown; paper has a wide column."""

_SOURCE = re.compile(r'src="(?P<folder>[^"]*?)(?P<name>[^"/]+)"')
_CLASS = re.compile(rf'class="[^"]*\b{ALWAYS}\b')


def beside(path: Path) -> Path:
    """Return where the narrow picture of another one is.

    Args:
        path: of the wide picture.

    Returns:
        A path in the same folder, whether or not there is a file.

    Example:
        >>> beside(Path("figures/curve.svg")).name
        'curve.narrow.svg'
    """
    return path.with_suffix(f".narrow{path.suffix}")


def keep(app: Sphinx, doctree: nodes.document) -> None:
    """Put the narrow pictures of a notebook beside the wide ones; called by Sphinx.

    Args:
        app: the application.
        doctree: a page that has been read.
    """
    if not (name := page_of(app.env.docname)):
        return
    try:
        notebook = notebooks.read(Path(app.srcdir) / NOTEBOOKS / f"{name}.ipynb")
    except (InputError, NotebookError):
        return  # what the page shows of it says so
    wide, narrow = notebooks.pictures(notebook), notebooks.narrow_pictures(notebook)
    found = {written_as(wide[each]): narrow[each] for each in narrow}
    for image in doctree.findall(nodes.image):
        path = Path(app.srcdir) / image["uri"]
        if path.stem in found:
            beside(path).write_text(found[path.stem], encoding="utf-8")


def written_as(svg: str) -> str:
    """Return under which name MyST-NB writes a picture, without suffix.

    Args:
        svg: text of the picture.
    """
    return hashlib.sha256(os.linesep.join(svg.splitlines()).encode()).hexdigest()


def copied(files: Mapping[str, Path], folder: Path) -> dict[str, Path]:
    """Copy the narrow pictures of a page to where the browser finds its pictures.

    Args:
        files: pictures of the book by the last part of their address.
        folder: with the pictures of the rendered book.

    Returns:
        The narrow pictures by the last part of the address of the wide ones.
    """
    narrow = {name: beside(path) for name, path in files.items() if beside(path).is_file()}
    for name, path in narrow.items():
        target = beside(folder / name)
        if not target.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return narrow


def is_small(image: str) -> bool:
    """Return whether a picture is the narrow one on every screen.

    Args:
        image: the element, HTML.
    """
    return bool(_CLASS.search(image))


def renamed(image: str) -> str:
    """Return an element with the address of the narrow picture.

    Args:
        image: an element with an address, HTML.

    Example:
        >>> renamed('<img src="../_images/a.svg">')
        '<img src="../_images/a.narrow.svg">'
    """
    return _SOURCE.sub(lambda m: f'src="{m["folder"]}{beside(Path(m["name"]))}"', image)


def for_phones(image: str, size: tuple[int, int] | None) -> str:
    """Return an element for both pictures, of which the browser takes one.

    Args:
        image: the element of the wide picture, HTML.
        size: width and height of the narrow picture in pixels, if it says them.
    """
    if (source := _SOURCE.search(image)) is None:
        return image
    address = f"{source['folder']}{beside(Path(source['name']))}"
    room = f' width="{size[0]}" height="{size[1]}"' if size else ""
    phone = f'<source media="{PHONE}" srcset="{address}"{room}/>'
    return f"<picture>{phone}{image}</picture>"
