"""How much of the four documents the book covers: in a sentence, in bars, and row by row."""

from collections.abc import Iterator

from ovp_lib.lab.book.drawing import CLASSES, anchor, place
from ovp_lib.lab.book.inventory import NEEDS, STATES, Inventory, State

BAR, LINE, HIGH = 340, 44, 18
"""Sizes in pixels: a whole bar, from bar to bar, the height of one."""


def sentence(inventory: Inventory) -> str:
    """Say in words how many statements are in which state.

    Args:
        inventory: the inventory.

    Returns:
        The sentence, on three lines.
    """
    count, total = inventory.count(), len(inventory.rows)
    return (
        f"Of the {total} statements, figures, tables and remarks of the four documents,\n"
        f"{count['judged']} have a verdict here and {count['in part']} a verdict on a part; "
        f"{count['code only']} more are in the library under test,\n"
        f"{count['nothing to judge']} leave nothing to judge, and {count['to come']} are to come."
    )


def legend() -> str:
    """Return what each state means, as a definition list."""
    lines = ["{.ovp-legend}"]
    for state, meaning in STATES.items():
        lines.append(f"{_status(state, state)}\n: {meaning}\n")
    return "\n".join(lines).rstrip()


def summary(inventory: Inventory) -> str:
    """Return bars and a table of how many statements of each document are in which state.

    Args:
        inventory: the inventory.

    Returns:
        Markdown.
    """
    lines = ["```{raw} html", *_bars(inventory), "```", ""]
    lines.append(f"| document | {' | '.join(STATES)} | all |")
    lines.append(f"| --- |{' --: |' * (len(STATES) + 1)}")
    for name, document in inventory.documents.items():
        count = inventory.count(inventory.document(name))
        cells = [f"{{ref}}`{document.title} <map-{name}>`", *map(str, _numbers(count))]
        lines.append(f"| {' | '.join(cells)} |")
    cells = [f"**{number}**" for number in _numbers(inventory.count())]
    lines.append(f"| **together** | {' | '.join(cells)} |")
    return "\n".join(lines)


def rows(inventory: Inventory, document: str) -> str:
    """Return a table of the statements of a document, which says all that the drawing shows.

    Args:
        inventory: the inventory.
        document: id of the document.

    Returns:
        Markdown.
    """
    lines = ["::::{div} ovp-rows", "| statement | what it says | feeds | here |"]
    lines.append("| --- | --- | --- | --- |")
    for id_ in inventory.document(document):
        row = inventory.rows[id_]
        feeds = ", ".join(_short(inventory, fed, document) for fed in inventory.feeds[id_])
        name = f"[{row.label}]{{#{anchor(id_)}}}"
        lines.append(f"| {name} | {row.says} | {feeds} | {_here(inventory, id_)} |")
    return "\n".join([*lines, "::::"])


def missing(inventory: Inventory) -> str:
    """Return why statements are not executed, with those that each reason is for, if there are any.

    Args:
        inventory: the inventory.

    Returns:
        Markdown.
    """
    lines = ["::::{div} ovp-missing", "| why | how many | which |", "| --- | --: | --- |"]
    for needs, reason in NEEDS.items():
        which = [id_ for id_, row in inventory.rows.items() if row.needs == needs]
        if which:
            lines.append(f"| {reason} | {len(which)} | {_by_document(inventory, which)} |")
    return "\n".join([*lines, "::::"])


def _by_document(inventory: Inventory, ids: list[str]) -> str:
    """Return links to rows, behind the title of their document."""
    parts = []
    for name, document in inventory.documents.items():
        links = [
            f'<a href="#{anchor(id_)}">{inventory.rows[id_].label}</a>'
            for id_ in inventory.document(name)
            if id_ in ids
        ]
        if links:
            parts.append(f"*{document.title}:* {', '.join(links)}.")
    return " ".join(parts)


def _numbers(count: dict[State, int]) -> list[int]:
    return [*(count[state] for state in STATES), sum(count.values())]


def _bars(inventory: Inventory) -> Iterator[str]:
    height = LINE * len(inventory.documents)
    yield (
        f'<svg class="ovp-bars" viewBox="0 0 {BAR} {height}" width="{BAR}" height="{height}" '
        f'role="img" aria-labelledby="coverage-title" xmlns="http://www.w3.org/2000/svg">'
    )
    yield (
        '<title id="coverage-title">For each document the share of its statements in each state; '
        "the table below has the numbers</title>"
    )
    for i, (name, document) in enumerate(inventory.documents.items()):
        count = inventory.count(inventory.document(name))
        yield f'<text x="1" y="{i * LINE + 14}">{document.title}</text>'
        x, scale = 1.0, (BAR - 2) / sum(count.values())
        for state in STATES:
            width = count[state] * scale
            if width:
                yield (
                    f'<rect class="{CLASSES[state]}" x="{x:.1f}" y="{i * LINE + 20}" '
                    f'width="{width:.1f}" height="{HIGH}">'
                    f"<title>{count[state]} {state}</title></rect>"
                )
            x += width
    yield "</svg>"


def _short(inventory: Inventory, id_: str, document: str) -> str:
    label = inventory.rows[id_].label
    other = id_.partition("/")[0]
    return label if other == document else f"{label} ({inventory.documents[other].title})"


def _here(inventory: Inventory, id_: str) -> str:
    row = inventory.rows[id_]
    word = row.why if row.state == "nothing to judge" and row.why else row.state
    links = ", ".join(
        f'<a href="{place(page, claim)}">{inventory.titles[page]}</a>'
        for page, claim in inventory.parts[id_].items()
    )
    lacks = f": {row.lacks}" if row.lacks else ""
    return f"{_status(row.state, word)}{f' by {links}' if links else ''}{lacks}"


def _status(state: State, word: str) -> str:
    return f"[{word}]{{.ovp-status .ovp-{CLASSES[state]}}}"
