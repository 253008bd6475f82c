"""A Sphinx directive that shows a figure of a notebook on another page of the book.

MyST-NB can glue values across pages, but neither a caption nor a description comes along with a
glued figure; this directive asks for both.
"""

import os
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.directives.patches import Figure
from sphinx.environment import BuildEnvironment

from ovp_lib.errors import InputError, NotebookError
from ovp_lib.lab.book import sphinx_narrow
from ovp_lib.lab.files import notebooks


class NotebookFigure(Figure):
    """``{notebook-figure} <stem> <name>``: a published figure, with a caption and ``:alt:`` text.

    The figure is cut from the stored outputs of ``notebooks/<stem>.ipynb`` in the source directory,
    whatever run it comes from; ``name`` is the one under which
    :func:`ovp_lib.evidence.figures.publish` showed it.
    """

    required_arguments = 2
    option_spec = {**Figure.option_spec, "alt": directives.unchanged_required}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        """Write the figure beside the build's own files and show it."""
        stem, name = self.arguments
        env: BuildEnvironment = self.state.document.settings.env
        path = Path(env.srcdir) / "notebooks" / f"{stem}.ipynb"
        env.note_dependency(str(path))
        if not self.options.get("alt"):
            raise self.error("a figure needs a description in words: set :alt:")
        try:
            notebook = notebooks.read(path)
            picture = published(notebook, name)
        except (InputError, NotebookError) as error:
            raise self.error(str(error)) from error
        target = Path(env.doctreedir) / "figures" / f"{name}.svg"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(picture, encoding="utf-8")
        if narrow := notebooks.narrow_pictures(notebook).get(name):
            sphinx_narrow.beside(target).write_text(narrow, encoding="utf-8")
        page = Path(env.doc2path(env.docname))
        self.arguments[:] = [Path(os.path.relpath(target, page.parent)).as_posix()]
        return list(super().run())


def published(notebook: notebooks.Notebook, name: str) -> str:
    """Return the SVG that a notebook's outputs hold under ``name``.

    Args:
        notebook: an executed notebook.
        name: under which the figure was published.

    Returns:
        The text of the SVG.

    Raises:
        NotebookError: if there is none, naming those that there are.
    """
    pictures = notebooks.pictures(notebook)
    if name not in pictures:
        available = ", ".join(pictures) or "none"
        raise NotebookError(f"no figure {name!r}; there is {available}")
    return pictures[name]
