"""What nobody types on the front page and in the README: coverage, commands, authors, times.

The address of the repository is written down once, as ``repository_url`` in ``_config.yml``. While
it is empty, nothing here shows a link to it.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from ovp_lib.lab.book.drawing import CLASSES
from ovp_lib.lab.book.inventory import STATES, Inventory, State
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.address import repository

COVERAGE = "book/_assets/coverage.svg"
"""The bar of the README; the front page has one in its own colours."""

FILLS: dict[State, str] = {
    "judged": "#0b6b3a",
    "in part": "#c79a1a",
    "code only": "#0b4f8a",
    "to come": "#ffffff",
    "nothing to judge": "#c4c9ce",
}

WIDTH, HEIGHT = 640, 22
"""Of a bar, in pixels."""

WORDS_A_MINUTE = 180
"""How fast prose with formulas is read."""

PATHS: dict[str, tuple[str, ...]] = {
    "30 minutes": (
        "book/verdicts",
        "notebooks/theorem-1-two-layer",
        "notebooks/theorem-2-three-layer",
    ),
    "2 hours": (
        "book/verdicts",
        "notebooks/theorem-1-two-layer",
        "notebooks/theorem-2-three-layer",
        "notebooks/lemma-6-3-indicator-to-function",
        "notebooks/figure-1",
        "notebooks/resnet-separation",
        "notebooks/kernel-lower-bound",
        "book/errata",
    ),
}
"""What to read after the argument in ten minutes, by how long one has."""


def bar(inventory: Inventory) -> str:
    """Return the coverage of all documents as one bar in the colours of the page.

    Args:
        inventory: the inventory.

    Returns:
        MyST with an SVG element in it.
    """
    body = "\n".join(_parts(inventory, lambda state: f'class="{CLASSES[state]}"'))
    words = ", ".join(f"{n} {state}" for state, n in inventory.count().items() if n)
    return (
        f'```{{raw}} html\n<svg class="ovp-bars" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="front-coverage" xmlns="http://www.w3.org/2000/svg">\n'
        f'<title id="front-coverage">{words}</title>\n{body}\n</svg>\n```'
    )


def bar_file(inventory: Inventory) -> str:
    """Return the same bar as a file, for the README.

    Args:
        inventory: the inventory.

    Returns:
        The text of an SVG file.
    """
    body = "\n".join(_parts(inventory, lambda state: f'fill="{FILLS[state]}" stroke="#4a4f55"'))
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n'
    )


def labels(inventory: Inventory) -> str:
    """Say in labels, in the colours of the bar, how many statements are in which state.

    Args:
        inventory: the inventory.

    Returns:
        MyST, one line.
    """
    said = (
        f"[{number} {state}]{{.ovp-status .ovp-{CLASSES[state]}}}"
        for state, number in inventory.count().items()
        if number
    )
    total = len(inventory.rows)
    return f"{total} statements, figures, tables and remarks: {' '.join(said)}"


def legend(inventory: Inventory) -> str:
    """Say what the colours of the bar in the README are.

    Args:
        inventory: the inventory.

    Returns:
        Markdown.
    """
    names = {"judged": "green", "in part": "yellow", "code only": "blue", "to come": "white"}
    count = inventory.count()
    said = [f"{colour}: {count[state]} {state}" for state, colour in names.items()]  # type: ignore[index]
    return f"{', '.join(said)}, grey: {count['nothing to judge']} nothing to judge."


def missing(inventory: Inventory) -> str:
    """Say what of weight is still to come: theorems, and documents of which nothing is judged.

    Args:
        inventory: the inventory.

    Returns:
        A sentence.
    """
    theorems = [
        row.label
        for id_, row in inventory.rows.items()
        if id_.startswith("full/theorem-") and row.state == "to come"
    ]
    untouched = [
        document.title
        for name, document in inventory.documents.items()
        if all(inventory.rows[id_].state == "to come" for id_ in inventory.document(name))
    ]
    parts = [*theorems, *(f"all of *{title}*" for title in untouched)]
    if not parts:
        return "No theorem and no document is left out."
    return f"Still to come, and the largest gaps: {_listed(parts)}."


def commands(root: Path) -> str:
    """Return the commands with which a reader starts.

    Args:
        root: folder of the project.

    Returns:
        A fenced block; it begins with ``git clone`` if the repository has an address.
    """
    address = repository(root)
    get = [f"git clone {address}", f"cd {address.rpartition('/')[2]}"] if address else []
    lines = [
        *get,
        "make book   # run and render all of it",
        "make test   # prove what is stored",
    ]
    return "\n".join(["```bash", *lines, "```"])


def ask(root: Path) -> str:
    """Say where to ask.

    Args:
        root: folder of the project.

    Returns:
        A sentence, with a link if the repository has an address.
    """
    address = repository(root)
    where = (
        f"[issues of the repository]({address}/issues)" if address else "issues of the repository"
    )
    return (
        f"Questions, doubts and corrections are welcome as {where}; the authors of the papers are "
        "the first to whom we want to be fair."
    )


def papers(root: Path) -> str:
    """Return the four documents, with those who wrote them and where to find them.

    They are those that ``book/inventory.yml`` has; what pages cite besides is not among them.

    Args:
        root: folder of the project.

    Returns:
        A Markdown list.
    """
    text = (root / "book" / "references.bib").read_text(encoding="utf-8")
    inventory = (root / "book" / "inventory.yml").read_text(encoding="utf-8")
    executed = re.findall(r"(?m)^  cite: (\S+)$", inventory)
    return "\n".join(f"- {line}" for line in _entries(text, executed))


def citation(root: Path) -> str:
    """Return the line of CITATION.cff on where the code is; nothing without an address.

    Args:
        root: folder of the project.

    Returns:
        YAML, or a comment.
    """
    address = repository(root)
    return f'repository-code: "{address}"' if address else "# no address yet"


def reading(root: Path) -> str:
    """Return the reading paths, with the minutes that each page takes.

    Args:
        root: folder of the project.

    Returns:
        MyST: a heading and a list for each path.
    """
    blocks = []
    for name, pages in PATHS.items():
        lines = [f"### If you have {name}", ""]
        for page in pages:
            link = f"../{page}" if page.startswith("notebooks/") else page.removeprefix("book/")
            lines.append(f"1. {{doc}}`{link}`, {minutes(root, page)} minutes")
        total = sum(minutes(root, page) for page in pages)
        blocks.append("\n".join([*lines, "", f"About {total} minutes in all."]))
    return "\n\n".join(blocks)


def minutes(root: Path, page: str) -> int:
    """Estimate how long the prose of a page takes, without tables, code and what is folded.

    Args:
        root: folder of the project.
        page: of the table of contents.

    Returns:
        Minutes, a multiple of five from ten on.
    """
    words = len(_prose(root, page).split())
    exact = max(words / WORDS_A_MINUTE, 1.0)
    return round(exact) if exact < 10 else 5 * round(exact / 5)


def _prose(root: Path, page: str) -> str:
    path = root / page
    if page.startswith("notebooks/"):
        cells = notebooks.read(path.with_suffix(".ipynb"))["cells"]
        texts = [notebooks.source(cell) for cell in cells if cell["cell_type"] == "markdown"]
        text = "\n".join(texts)
    else:
        text = path.with_suffix(".md").read_text(encoding="utf-8")
    return re.sub(r"(?ms)^```.*?^```|^\|.*?$|^%.*?$|<details>.*?</details>", "", text)


def _parts(inventory: Inventory, look: Callable[[State], str]) -> Iterator[str]:
    count, x = inventory.count(), 1.0
    scale = (WIDTH - 2) / sum(count.values())
    for state in STATES:
        width = count[state] * scale
        if width:
            yield (
                f'<rect {look(state)} x="{x:.1f}" y="1" width="{width:.1f}" height="{HEIGHT - 2}">'
                f"<title>{count[state]} {state}</title></rect>"
            )
        x += width


def _entries(bibliography: str, keys: list[str]) -> Iterator[str]:
    """Yield a line for each entry of a BibTeX file that has one of the keys."""
    every = re.split(r"(?m)^@", bibliography)[1:]
    for entry in (each for each in every if re.split("[{,]", each)[1].strip() in keys):
        fields = dict(re.findall(r"(?m)^\s*(\w+)\s*=\s*\{(.*)\},?\s*$", entry))
        names = [" ".join(reversed(n.split(", "))) for n in fields["author"].split(" and ")]
        title = re.sub(r"[{}]", "", fields["title"])
        paper = fields.get("eprint")
        arxiv = f" [arXiv:{paper}](https://arxiv.org/abs/{paper})" if paper else ""
        where = fields.get("booktitle") or fields.get("howpublished", "arXiv").partition(",")[0]
        yield f"{_listed(names)}, *{title}*. {where}, {fields['year']}.{arxiv}"


def _listed(parts: list[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
