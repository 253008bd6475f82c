r"""MyST, in which the book is written, and the plain Markdown that notebooks store.

JupyterLab, VS Code, GitHub and Colab show directives, roles and labels of MyST as they are typed.
So a stored notebook holds plain Markdown, which any viewer shows well, with what only the book
needs in places that no viewer shows: comments, anchors and titles of links. :func:`to_myst` turns
it back when the book is rendered; :mod:`ovp_lib.lab.files.plain` is the other direction.

==============================  ====================================================================
MyST                            as it is stored
==============================  ====================================================================
``:::{prf:lemma} ...``          a quotation that begins with its bold name and a comment
``:::{note}`` and the like      the same
``{results} ...`` and others    a comment, with a word that the book has something here
``(label)=``                    an anchor
``$$...$$ (label)``             an anchor, and ``\tag`` with the number
``{role}`text <target>```       a link whose title is the role and its target
==============================  ====================================================================
"""

import re
from collections.abc import Iterator

TITLELESS = ("note", "tip", "hint", "important", "warning", "caution", "seealso", "attention")
"""Boxes that are named by what they are."""

BOXES = (*TITLELESS, "admonition", "dropdown")
"""Directives that hold text for readers: quotations elsewhere."""

GENERATED = ("cite", "cite:t", "cite:p", "eq", "prf:ref", "numref")
"""Roles whose text the book writes."""

IN_THE_BOOK = "*(The book has a table here.)*"
"""What stands, elsewhere, in the place of a table that is made when the book is rendered."""

UNTITLED = " …"
"""Ends the title of a link whose text was not written but is that of its target."""

FENCE = re.compile(r"^(?P<fence>`{3,}(?=[^`]*$)|:{3,})(?:\{(?P<name>[\w:-]+)\})?(?P<words>.*)$")
OPTION = re.compile(r"^:([\w-]+):(.*)$")

_CODE = re.compile(r"(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)", re.DOTALL)
_HEAD = re.compile(
    r"^(?:<a id=\"(?P<label>[\w-]+)\"></a>)?\*\*(?P<bold>.+?)\*\*(?P<title> .*?)?"
    r" ?<!-- \{(?P<name>[\w:-]+)\}(?P<options>.*?) -->$"
)
_COMMENT = re.compile(rf"<!-- (\{{.*?) -->(?:{re.escape(IN_THE_BOOK)})?", re.DOTALL)
_EQUATION = re.compile(
    r"<a id=\"([\w-]+)\"></a>\n\n(\$\$(?:(?!\$\$).)*?)\s*\\tag\{\d+\}\s*\$\$", re.DOTALL
)
_LABEL = re.compile(r"<a id=\"([\w-]+)\"></a>\n\n")
_LINK = re.compile(
    r"\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\([^()\s]*"
    r" \"(?P<role>[a-z]+(?::[a-z]+)?) (?P<target>[^\s\"]+)(?P<untitled> …)?\"\)"
)
_SPAN = re.compile(r"<span title=\"\{([\w:+-]+)\}\">(.*?)</span>", re.DOTALL)


def to_myst(text: str) -> str:
    r"""Return a stored cell as the book reads it.

    Args:
        text: plain Markdown as :func:`ovp_lib.lab.files.plain.to_plain` writes it. What is MyST
            already, or none of its forms, stays as it is.

    Returns:
        MyST.

    Example:
        >>> print(to_myst("> **Lemma 6.3** (gates). <!-- {prf:lemma} -->\n>\n> It holds."))
        :::{prf:lemma} gates, Lemma 6.3
        It holds.
        :::
    """
    return "\n".join(_blocks(text.split("\n")))


def fenced(lines: list[str], start: int) -> int:
    """Return where the block of a fence ends.

    Args:
        lines: of a cell.
        start: the line that opens the fence.

    Returns:
        The index of the line that closes it; that of the last line if none does.
    """
    fence = FENCE.match(lines[start])
    assert fence is not None
    closing = re.compile(rf"{re.escape(fence['fence'][0])}{{{len(fence['fence'])},}}\s*$")
    ends = (i for i in range(start + 1, len(lines)) if closing.fullmatch(lines[i]))
    return next(ends, len(lines) - 1)


def outside_code(text: str) -> Iterator[tuple[bool, str]]:
    """Split a text at its code spans.

    Args:
        text: Markdown without fenced code.

    Yields:
        Whether a piece is prose, and the piece.
    """
    last = 0
    for span in _CODE.finditer(text):
        yield True, text[last : span.start()]
        yield False, span[0]
        last = span.end()
    yield True, text[last:]


def name_of(kind: str) -> str:
    """Return what a theorem-like directive is called.

    Args:
        kind: name of the directive.

    Example:
        >>> name_of("prf:lemma")
        'Lemma'
    """
    return kind.rpartition(":")[2].capitalize()


def _blocks(lines: list[str]) -> Iterator[str]:
    """Turn quotations back into directives, and the text between blocks of code back too."""
    waiting: list[str] = []
    i = 0
    while i < len(lines):
        if lines[i].startswith(">"):
            end = next((j for j in range(i, len(lines)) if not lines[j].startswith(">")), None)
            block = [re.sub(r"^> ?", "", line) for line in lines[i:end]]
            after = end or len(lines)
            directive = _quoted(block)
            if directive is None:
                waiting += lines[i:after]
                i = after
                continue
        elif FENCE.match(lines[i]) and lines[i].startswith("`"):
            after = fenced(lines, i) + 1
            directive = lines[i:after]
        else:
            waiting.append(lines[i])
            i += 1
            continue
        yield from _prose(waiting)
        yield from directive
        waiting, i = [], after
    yield from _prose(waiting)


def _quoted(block: list[str]) -> list[str] | None:
    """Return the directive that a quotation stands for; nothing if it is a quotation."""
    head = _HEAD.match(block[0])
    if head is None:
        return None
    name, body = head["name"], block[1:]
    while body and not body[0]:
        body = body[1:]
    inside = to_myst("\n".join(body)).split("\n")
    # The outer fence has to be longer than any inside it, which would close it otherwise.
    longest = max((len(f["fence"]) for line in inside if (f := FENCE.match(line))), default=2)
    colons = ":" * max(3, longest + 1)
    options = [f":label: {head['label']}"] if head["label"] else []
    options += re.findall(r"(:[\w-]+:(?: (?!:[\w-]+:)\S+)*)", head["options"])
    opening = f"{colons}{{{name}}} {_title(head)}".rstrip()
    return [opening, *options, *inside, colons]


def _title(head: re.Match[str]) -> str:
    """Return what stands behind the name of a directive."""
    if not head["name"].startswith("prf:"):
        return "" if head["name"] in TITLELESS else _prose_text(head["bold"])
    number = head["bold"].removesuffix(".").removeprefix(name_of(head["name"])).strip()
    words = (head["title"] or "").strip().removeprefix("(").removesuffix(").")
    label = f"{name_of(head['name'])} {number}" if number else ""
    return _prose_text(", ".join(filter(None, (words, label))))


def _prose(lines: list[str]) -> list[str]:
    return _prose_text("\n".join(lines)).split("\n") if lines else []


def _prose_text(text: str) -> str:
    """Turn comments, anchors and links back; the text has no fenced code."""
    text = _COMMENT.sub(lambda m: _commented(m[1]), text)
    # Before the labels: the anchor of an equation looks like that of a label.
    text = _EQUATION.sub(r"\2$$ (\1)", text)
    text = _LABEL.sub(r"(\1)=\n", text)
    text = _LINK.sub(_role, text)
    return _SPAN.sub(r"{\1}`\2`", text)


def _commented(inside: str) -> str:
    """Return the directive, or the attributes of a block, that a comment holds."""
    return f"```{inside}\n```" if re.match(r"\{[a-z]", inside) else inside


def _role(link: re.Match[str]) -> str:
    role, target = link["role"], link["target"]
    if role in GENERATED or link["untitled"]:
        return f"{{{role}}}`{target}`"
    return f"{{{role}}}`{link['text']} <{target}>`"
