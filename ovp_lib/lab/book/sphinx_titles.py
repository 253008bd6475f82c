"""Titles with the numbers of the papers, and no others.

Sphinx counts figures and sphinx-proof counts theorems over the whole book. Such a number stands
beside the paper's own and reads like one: "Figure 24 Figure 1(b)", "Lemma 6 (..., Lemma 6.5)". Here
nothing is counted, and the paper's label of a statement comes first in its title.
"""

import re
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

LABEL = re.compile(
    r"[,;] (?P<label>(?:Theorem|Lemma|Corollary|Proposition|Claim|Definition|Remark|Algorithm"
    r"|Figure|Example|Observation)s? [^()]+)\)$"
)
"""The label of a paper as the last thing in the title of a statement."""


def count_nothing(_: Sphinx, config: Config) -> None:
    """Switch off the numbers that Sphinx would give; called by Sphinx.

    Equations are then numbered on each page for itself.

    Args:
        config: settings of the book; they are changed, after sphinx-proof has changed them.
    """
    config.numfig = False


def name_statements(app: Sphinx, doctree: nodes.document) -> None:
    """Put the paper's label of every statement first in its title; called by Sphinx.

    A statement without one, which is our own, keeps its kind as a label.

    Args:
        app: the application.
        doctree: a page that was read; its statements are replaced by boxes without a number.
    """
    known = getattr(app.env, "proof_list", {})
    for node in list(_statements(doctree)):
        title = next(iter(node.findall(nodes.title)))
        label = _take_label(title) or node["realtype"].capitalize()
        strong = nodes.inline("", f"{label} ", classes=["ovp-label"])
        title.insert(0, strong)
        box = nodes.admonition("", *node.children, ids=node["ids"], classes=node["classes"])
        node.replace_self(box)
        if node["label"] in known:  # so that a reference reads as the label does
            known[node["label"]].update(nonumber=True, realtype=label)


def _statements(doctree: nodes.document) -> Iterator[nodes.Element]:
    """Return the theorems, lemmas, ... of a page: what sphinx-proof would count."""
    for node in doctree.findall(nodes.Element):
        if "countertype" in node.attributes and "realtype" in node.attributes:
            yield node


def _take_label(title: nodes.title) -> str:
    """Cut the paper's label from the end of a title; nothing if there is none."""
    last = title.children[-1] if title.children else None
    found = LABEL.search(last.astext()) if isinstance(last, nodes.Text) else None
    if last is None or found is None:
        return ""
    title.replace(last, nodes.Text(f"{last.astext()[: found.start()]})"))
    return found["label"]
