"""The line of each verdict on a page: the longer run first, and how firm the verdict is."""

import html
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from ovp_lib.evidence.claims import VERDICT_CLASSES, Claim, format_measured
from ovp_lib.evidence.judging import VerdictLine, measured_at
from ovp_lib.lab.book import page_claims
from ovp_lib.lab.book.directives import NOTEBOOKS
from ovp_lib.lab.book.page_claims import PageClaims
from ovp_lib.pages import STATEMENTS

LINE = re.compile(r'(?s)<p class="ovp-verdict" id="(?P<anchor>[^"]*)">.*?</p>')
"""The line of a verdict as a notebook stores it."""


def page_of(docname: str) -> str:
    """Return the statement whose page a document is; nothing if it is another document.

    Args:
        docname: as Sphinx names it.

    Returns:
        The name of the statement, or an empty string.
    """
    folder, _, name = docname.rpartition("/")
    return name if folder == NOTEBOOKS and name in STATEMENTS else ""


def show_verdicts(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Complete every line of a verdict on the page of a statement; called by Sphinx.

    Args:
        app: the application.
        doctree: a page; lines in it get what is on record.
        docname: its name.
    """
    if not (name := page_of(docname)):
        return
    found = page_claims.read(Path(app.srcdir), name)
    for raw in list(doctree.findall(nodes.raw)):
        if 'class="ovp-verdict"' in (text := raw.astext()):
            raw.replace_self(nodes.raw("", completed(text, found), format="html"))


def completed(text: str, found: PageClaims) -> str:
    """Return HTML where each line of a verdict says what the records know of its claim.

    Args:
        text: HTML of an output of a notebook.
        found: the claims of its page.

    Returns:
        The HTML: a line begins with the longest run, and ends with how firm the verdict is.
    """
    by_anchor = {measured_at(runs[0].id): runs for runs in found.runs}

    def line(match: re.Match[str]) -> str:
        runs = by_anchor.get(match["anchor"], ())
        said = match[0]
        if len(runs) > 1:
            said = VerdictLine(runs[0])._repr_html_()
            said = said.replace('">measured ', f'">{runs[0].preset} run: measured ', 1)
        firm = {claim.preset: _firm(found, claim) for claim in runs}
        below = [_shorter(claim, firm[claim.preset]) for claim in runs[1:]]
        first = firm[runs[0].preset] if runs else ""
        return f"{said.removesuffix('</p>')}{first}{''.join(below)}</p>"

    return LINE.sub(line, text)


def _firm(found: PageClaims, claim: Claim) -> str:
    """Say how firm the verdict of a run is; nothing if it was not tried at its preset."""
    stable = found.stable.get(claim.id)
    if stable is None or stable.preset != claim.preset:
        return ""
    css = "ovp-stable" if stable.stable else "ovp-unstable"
    return f' <span class="{css}">{stable.words()}</span>'


def _shorter(claim: Claim, firm: str) -> str:
    pill = f'<span class="{VERDICT_CLASSES[claim.verdict]}">{claim.verdict}</span>'
    measured = html.escape(format_measured(claim))
    return f'<span class="ovp-shorter">{claim.preset} run: {pill} measured {measured}{firm}</span>'
