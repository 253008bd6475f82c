"""What makes rendering faster and changes nothing that is rendered."""

import gc
from typing import Any

import sphinx.builders.html
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.adapters.toctree import global_toctree_for_doc

THRESHOLDS = (100_000, 20, 100)
"""Of Python's garbage collector: by its own it takes a fifth of the time, and finds next to nothing
in the trees of pages that Sphinx keeps."""

Matches = list[tuple[str, Any]]
"""Full names of objects that a reference may mean, with what is known of each."""


def look_up_known_names(domain: Any) -> None:
    """Let references to Python objects that no page describes fail at once.

    For each of them, thousands to NumPy's and PyTorch's, Sphinx goes through the names of all
    objects of the book. An object is only found by a name that ends as its own does.

    Args:
        domain: that of Python, with all of its objects.
    """
    known = {name.rpartition(".")[2] for name in domain.objects}
    find = domain.find_obj

    def find_obj(
        env: Any, module: str | None, owner: str | None, name: str, *rest: Any, **named: Any
    ) -> Matches:
        last = name.removesuffix("()").rpartition(".")[2]
        found: Matches = []
        return find(env, module, owner, name, *rest, **named) if last in known else found

    domain.find_obj = find_obj


def only_titles(contents: nodes.Element) -> nodes.Element:
    """Return the contents of a page without its sections, as a sidebar of pages shows them.

    Args:
        contents: the title of a page, then its sections and the lists of pages below it.

    Returns:
        A copy, from which Sphinx has nothing to cut.
    """
    cut = contents.deepcopy()
    for title in cut.children:
        if isinstance(title, nodes.Element) and len(title) > 1:
            if below := list(title.findall(addnodes.toctree)):
                title[1][:] = below
            else:
                title.pop(1)
    return cut


def show_titles_from_titles(env: BuildEnvironment) -> None:
    """Let Sphinx make the sidebar of each page from titles.

    It copies all that the pages of the library describe, thousands of names, for every page that
    has the sidebar, and throws them away: a third of the time.

    Args:
        env: what is known of all pages.
    """
    everything = env.tocs
    titles = {
        name: contents if env.metadata[name].get("tocdepth") else only_titles(contents)
        for name, contents in everything.items()
    }

    def global_toctree(env: BuildEnvironment, *where: Any, **options: Any) -> Any:
        env.tocs = titles if options.get("titles_only") else everything
        try:
            return global_toctree_for_doc(env, *where, **options)
        finally:
            env.tocs = everything

    sphinx.builders.html.global_toctree_for_doc = global_toctree  # type: ignore[attr-defined]


def _when_all_is_read(_app: Sphinx, env: BuildEnvironment) -> None:
    look_up_known_names(env.get_domain("py"))
    show_titles_from_titles(env)


def setup(app: Sphinx) -> None:
    """Register it; the event comes when the environment is stored, before pages are written.

    From here on garbage is collected less often.

    Args:
        app: the application.
    """
    gc.set_threshold(*THRESHOLDS)
    app.connect("env-check-consistency", _when_all_is_read)
