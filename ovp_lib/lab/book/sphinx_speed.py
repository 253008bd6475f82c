"""What makes rendering faster and changes nothing that is rendered."""

import gc
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

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


def _when_all_is_read(_app: Sphinx, env: BuildEnvironment) -> None:
    look_up_known_names(env.get_domain("py"))


def setup(app: Sphinx) -> None:
    """Register it; the event comes when the environment is stored, before pages are written.

    From here on garbage is collected less often.

    Args:
        app: the application.
    """
    gc.set_threshold(*THRESHOLDS)
    app.connect("env-check-consistency", _when_all_is_read)
