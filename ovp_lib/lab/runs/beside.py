"""Two runs beside each other for a person: a table on the terminal, figures on an HTML page."""

import base64
import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.notebooks import literal
from ovp_lib.lab.runs import sides
from ovp_lib.lab.runs.score import STYLES
from ovp_lib.lab.runs.sides import ClaimPair

STYLE = """\
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 80rem; padding: 0 1rem; }
div.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8886; padding: .3rem .5rem; text-align: left; }
tr.flips { background: #f2a90033; font-weight: 600; } tr.same { opacity: .75; }
div.pair { display: grid; gap: 1rem; grid-template-columns: 1fr 1fr; }
figure { margin: 0; } figure img { background: white; max-width: 100%; }
@media (max-width: 40rem) { div.pair { grid-template-columns: 1fr; } }
"""

Names = tuple[str, str]
"""What the two sides are called."""


def table(pairs: Sequence[ClaimPair], names: Names) -> Table:
    """Return the claims of two runs as a table for the terminal.

    Args:
        pairs: the claims.
        names: what the two sides are called.

    Returns:
        The table; claims whose verdict differs come first, then those that measure something else.
    """
    made = Table(box=box.SIMPLE, pad_edge=False)
    for column in ("claim", names[0], "", names[1], ""):
        made.add_column(column, overflow="fold")
    for pair in _in_order(pairs):
        style = "bold" if pair.flips else "" if pair.moves else "dim"
        cells = [Text(pair.id, style=style)]
        for claim in pair:
            cells.append(Text(sides.shown(claim), style=style))
            cells.append(Text(claim.verdict, STYLES[claim.verdict]) if claim else Text("–"))
        made.add_row(*cells)
    return made


def summary(pairs: Sequence[ClaimPair]) -> str:
    """Say how many claims differ.

    Args:
        pairs: the claims of two runs.

    Returns:
        A phrase.
    """
    moved, flipped = (sum(getattr(p, what) for p in pairs) for what in ("moves", "flips"))
    return f"{len(pairs)} claims: {moved} measure something else, {flipped} have another verdict"


def page(notebook_pairs: Mapping[str, tuple[Path, Path]], names: Names) -> str:
    """Return a page that shows two runs beside each other; it needs nothing beside itself.

    Args:
        notebook_pairs: paths of the two notebooks of each statement that both runs have.
        names: what the two sides are called.

    Returns:
        The text of an HTML file.

    Raises:
        NotebookError: if a notebook has no claims.
    """
    title = html.escape(f"{names[0]} beside {names[1]}")
    body = "\n".join(
        part for name, paths in notebook_pairs.items() for part in _statement(name, paths, names)
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head>\n"
        f"<body><h1>{title}</h1>\n{body}\n</body></html>\n"
    )


def _in_order(pairs: Sequence[ClaimPair]) -> list[ClaimPair]:
    return sorted(pairs, key=lambda pair: (not pair.flips, not pair.moves))


def _statement(name: str, paths: tuple[Path, Path], names: Names) -> Iterator[str]:
    """Yield what the page shows of one statement: parameters, claims, figures."""
    both = [notebooks.read(path) for path in paths]
    pairs = sides.pairs(*(notebooks.claims(notebook, name) for notebook in both))
    yield f"<h2>{html.escape(name)}</h2>\n<p>{summary(pairs)}.</p>"
    values = [notebooks.parameters(notebook, name) for notebook in both]
    changed = [each for each in values[0] if values[0][each] != values[1].get(each)]
    if changed:
        rows = [[each, *(literal(side.get(each)) for side in values)] for each in changed]
        yield _rows(("parameter", *names), [("", row) for row in rows])
    yield _rows(("claim", names[0], "verdict", names[1], "verdict"), map(_claim, _in_order(pairs)))
    pictures = [notebooks.pictures(notebook) for notebook in both]
    for figure in {**pictures[0], **pictures[1]}:
        shown = "".join(
            _figure(side.get(figure), f"{figure}, {label}")
            for side, label in zip(pictures, names, strict=True)
        )
        yield f'<h3>{html.escape(figure)}</h3>\n<div class="pair">{shown}</div>'


def _claim(pair: ClaimPair) -> tuple[str, list[str]]:
    kind = "flips" if pair.flips else "moves" if pair.moves else "same"
    cells = [cell for c in pair for cell in (sides.shown(c), sides.verdict(c) or "–")]
    return kind, [pair.id, *cells]


def _rows(columns: Sequence[str], rows: Iterable[tuple[str, list[str]]]) -> str:
    head = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in columns)
    lines = "".join(
        f'<tr class="{kind}">{"".join(f"<td>{html.escape(cell)}</td>" for cell in cells)}</tr>\n'
        for kind, cells in rows
    )
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>\n'
        f"<tbody>{lines}</tbody></table></div>"
    )


def _figure(svg: str | None, label: str) -> str:
    """Return a picture; within an image of its own, ids of two SVGs do not meet."""
    if svg is None:
        return f"<figure>no such figure: {html.escape(label)}</figure>"
    encoded = base64.b64encode(svg.encode()).decode()
    source = f"data:image/svg+xml;base64,{encoded}"
    words = html.escape(label)
    return f'<figure><img alt="{words}" src="{source}"><figcaption>{words}</figcaption></figure>'
