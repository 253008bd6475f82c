"""The map of a document as a drawing: one box for each statement, an arrow to what rests on it."""

from collections.abc import Iterator, Sequence
from html import escape

from ovp_lib.evidence.judging import measured_at
from ovp_lib.lab.book.inventory import Inventory, State
from ovp_lib.lab.book.layers import MapLayout, Place, arrange

BOX, HEIGHT, GAP, LANE, STEP = 168, 44, 10, 8, 82
"""Sizes in pixels: a box, the gap between boxes, an arrow that passes, from layer to layer."""

MOST = 4
"""Boxes side by side in a layer: with the arrows that pass it, a page is not wider."""

COLUMNS = 4
"""Columns of the statements that neither feed another one nor rest on one."""

CLASSES: dict[State, str] = {
    "judged": "done",
    "in part": "part",
    "code only": "code",
    "to come": "next",
    "nothing to judge": "used",
}
"""The class of a state in the style sheet."""

Point = tuple[float, float]


def anchor(id_: str) -> str:
    """Return where in the table of the map a statement has its row.

    Args:
        id_: full id of the row of the statement.

    Returns:
        The id of an HTML element, without the hash.

    Example:
        >>> anchor("full/lemma-6-3")
        'row-full-lemma-6-3'
    """
    return f"row-{id_.replace('/', '-')}"


def draw(inventory: Inventory, document: str) -> str:
    """Draw the statements of a document and what feeds what.

    Args:
        inventory: the inventory.
        document: id of the document.

    Returns:
        HTML: boxes that are links, each with what the statement says where the pointer or the
        focus is, above a drawing of the arrows.
    """
    ids = inventory.document(document)
    arrows = {id_: [fed for fed in inventory.feeds[id_] if fed in ids] for id_ in ids}
    lower = {end for ends in arrows.values() for end in ends}
    linked = {id_: ends for id_, ends in arrows.items() if ends or id_ in lower}
    layout = arrange(linked, most=MOST, box=BOX, lane=LANE, gap=GAP)
    tops = {place: i * STEP + 1.0 for i, layer in enumerate(layout.layers) for place in layer}
    boxes = {id_: (layout.middle[id_], tops[id_]) for id_ in linked}
    start = len(layout.layers) * STEP + 1.0
    for i, id_ in enumerate(id_ for id_ in ids if id_ not in linked):
        row, column = divmod(i, COLUMNS)
        boxes[id_] = (BOX / 2 + column * (BOX + GAP), start + row * (HEIGHT + GAP))
    return "\n".join(_html(inventory, document, layout, tops, boxes))


def _html(
    inventory: Inventory,
    document: str,
    layout: MapLayout,
    tops: dict[Place, float],
    boxes: dict[str, Point],
) -> Iterator[str]:
    width = max(*(x + BOX / 2 for x, _ in boxes.values()), *layout.middle.values()) + 3
    height = max(y for _, y in boxes.values()) + HEIGHT + 2
    name, title = f"map-{document}", inventory.documents[document].title
    size = f"width:{width:.0f}px;height:{height:.0f}px"
    said = f"{title}: what feeds what; the table below says the same"
    yield f'<div class="ovp-map" role="group" aria-label="{escape(said)}" style="{size}">'
    yield (
        f'<svg aria-hidden="true" focusable="false" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" xmlns="http://www.w3.org/2000/svg">'
    )
    yield (
        f'<defs><marker id="{name}-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path class="tip" d="M0 0 8 4 0 8Z"/></marker></defs>'
    )
    yield '<g class="edge">'
    for path, arrives in _paths(layout, tops):
        tip = f'marker-end="url(#{name}-tip)" ' if arrives else ""
        yield f'<path {tip}d="{path}"/>'
    yield "</g></svg>"
    for id_, (x, y) in boxes.items():
        sides = ("right" if x > width / 2 else "left", "above" if y > height / 2 else "below")
        yield _box(inventory, id_, x, y, " ".join(sides))
    yield "</div>"


def target(inventory: Inventory, id_: str) -> str:
    """Return where on the book's pages a statement is judged, or else its row in the table.

    Args:
        inventory: the inventory.
        id_: full id of the row of the statement.

    Returns:
        The address from the map: a page, or the line of a page that has the verdict.
    """
    for page, claim in inventory.parts[id_].items():
        return place(page, claim)
    return f"#{anchor(id_)}"


def place(page: str, claim: str) -> str:
    """Return the address of a page from the map, or of the part of it that judges a claim.

    Args:
        page: stem of the page.
        claim: id of the claim; empty for the whole page.

    Example:
        >>> place("figure-1", "figure-1.width.2layer")
        '../notebooks/figure-1.html#claim-figure-1-width-2layer'
    """
    return f"../notebooks/{page}.html{f'#{measured_at(claim)}' if claim else ''}"


def _box(inventory: Inventory, id_: str, x: float, y: float, sides: str) -> str:
    row = inventory.rows[id_]
    said = f"{row.label}, {row.name}: {row.says} ({row.state})"
    return (
        f'<a class="{CLASSES[row.state]}" href="{target(inventory, id_)}" '
        f'style="left:{x - BOX / 2:.0f}px;top:{y:.0f}px" aria-label="{escape(said)}">'
        f"<b>{escape(row.label)}</b><span>{escape(row.name)}</span>"
        f'<span class="ovp-tip {sides}">{escape(_capital(row.says))}. '
        f"<em>{row.state}</em></span></a>"
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _paths(layout: MapLayout, tops: dict[Place, float]) -> Iterator[tuple[str, bool]]:
    """Return every step of every arrow as a path, and whether it ends at a box."""
    leave = _ports(layout, [(lower, upper) for upper, lower in layout.steps])
    reach = _ports(layout, layout.steps)
    for i, (upper, lower) in enumerate(layout.steps):
        arrives = isinstance(lower, str)
        start, end = tops[upper] + HEIGHT, tops[lower] - arrives
        left, right, turn = leave[i], reach[i], (start + end) / 2
        through = "" if arrives else f"V{end + HEIGHT:.0f}"
        yield (
            f"M{left:.0f} {start:.0f}C{left:.0f} {turn:.0f} {right:.0f} {turn:.0f} "
            f"{right:.0f} {end:.0f}{through}",
            arrives,
        )


def _ports(layout: MapLayout, steps: Sequence[tuple[Place, Place]]) -> list[float]:
    """Return where each step touches its second place: side by side along a box.

    Args:
        layout: the layout.
        steps: the other end and the end in question of each.
    """
    ports = []
    for other, place in steps:
        ways = sorted((a for a, b in steps if b == place), key=layout.middle.__getitem__)
        space = min(26.0, (BOX - 40) / max(len(ways) - 1, 1)) if isinstance(place, str) else 0.0
        ports.append(layout.middle[place] + space * (ways.index(other) - (len(ways) - 1) / 2))
    return ports
