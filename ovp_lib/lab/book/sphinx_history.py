"""The history of predictions: every change of what is predicted, with the verdicts that moved."""

from collections.abc import Sequence
from pathlib import Path

from docutils import nodes

from ovp_lib.lab.book.directives import RESULTS, LabDirective, Row, table
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.runs import history
from ovp_lib.lab.runs.history import Change, Entry, VerdictMove


class History(LabDirective):
    """Every change of a prediction, of seeds and of grids, the newest first."""

    def show(self) -> list[nodes.Node]:
        """Return a part for each entry."""
        folder = Path(self.env.srcdir) / RESULTS
        self.env.note_dependency(str(folder / "history.json"))
        return [node for entry in reversed(history.read(folder)) for node in entry_nodes(entry)]


def entry_nodes(entry: Entry) -> list[nodes.Node]:
    """Return what a reader should know of one entry of the history.

    Args:
        entry: what was changed on one day, for one reason.

    Returns:
        Date and reason, then the verdicts that moved and what was changed, folded.
    """
    title = " · ".join((f"{entry.date:%Y-%m-%d}", *entry.statements))
    said = nodes.paragraph("", "", nodes.strong("", title), nodes.Text(f"  {entry.why}"))
    moved = (("claim", "run", "before", "after"), [_move(move) for move in entry.verdicts])
    changed = (("where", "what", "before", "after"), [_change(c) for c in entry.changes])
    return [
        said,
        *_folded(f"{len(entry.verdicts)} verdicts", *moved),
        *_folded(f"{len(entry.changes)} changes of what is predicted or run", *changed),
    ]


def _folded(title: str, columns: Sequence[str], rows: Sequence[Row]) -> list[nodes.Node]:
    if not rows:
        return []
    opening = f'<details class="ovp-history"><summary>{title}</summary>'
    return [
        nodes.raw("", opening, format="html"),
        table(columns, rows, css="ovp-history"),
        nodes.raw("", "</details>", format="html"),
    ]


def _move(move: VerdictMove) -> Row:
    return (
        nodes.literal("", move.claim),
        move.preset,
        move.before or "was not claimed",
        move.after or "is not claimed any more",
    )


def _change(change: Change) -> Row:
    whole = change.what in ("claim", "preset")
    values = [
        "–" if value is None else "there" if whole else notebooks.literal(value)
        for value in (change.before, change.after)
    ]
    return (nodes.literal("", change.where), change.what, *values)
