"""The plain Markdown that notebooks store, made from the MyST in which one writes them.

See :mod:`ovp_lib.lab.files.myst` for the forms. Storing twice changes nothing: what is stored is
read back first, and equations are numbered afresh.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ovp_lib.lab.files.macros import expand
from ovp_lib.lab.files.myst import (
    BOXES,
    FENCE,
    GENERATED,
    IN_THE_BOOK,
    OPTION,
    TITLELESS,
    UNTITLED,
    fenced,
    name_of,
    outside_code,
    to_myst,
)

SILENT = ("provenance",)
"""Tables of the book that nobody misses elsewhere."""

ROLE = re.compile(r"\{(?P<role>[a-zA-Z][\w:+-]*)\}`(?P<body>[^`]+)`")
"""A role, with what stands between its ticks."""

_EXPLICIT = re.compile(r"(?P<text>.*?)\s*<(?P<target>[^<>]+)>", re.DOTALL)
_NUMBERED = re.compile(r"(\$\$(?:(?!\$\$).)*?)\s*\$\$ \(([\w-]+)\)", re.DOTALL)
_LABEL = re.compile(r"^\(([\w-]+)\)=\n+", re.MULTILINE)
_ATTRIBUTES = re.compile(r"^(\{[.#][^}\n]*\})$", re.MULTILINE)
_FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$]+\$", re.DOTALL)
_LABELLED = re.compile(
    r"^[:`]{3,}\{(?P<name>prf:\w+)\}[^\n]*\n(?::(?!label)[^\n]*\n)*:label: *(?P<label>[\w-]+)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Links:
    """What a cell has to know of the rest of the notebook and of the book.

    Attributes:
        cited: what is shown of a reference, its authors and its year, and its address, by its key.
        titles: of pages, by the path that a link to them has.
        equations: number of each labelled equation of the notebook.
        theorems: what a labelled statement of the notebook is called.
    """

    cited: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    equations: Mapping[str, int] = field(default_factory=dict)
    theorems: Mapping[str, str] = field(default_factory=dict)


def notebook_links(
    cells: Sequence[str],
    cited: Mapping[str, tuple[str, str, str]],
    titles: Mapping[str, str],
) -> Links:
    """Return what the cells of a notebook have to know of one another.

    Args:
        cells: its Markdown cells, MyST or stored.
        cited: see :class:`Links`.
        titles: see :class:`Links`.

    Returns:
        The numbers of its equations, in their order, and the names of its statements.
    """
    whole = "\n\n".join(map(to_myst, cells))
    labels = [label for _, label in _NUMBERED.findall(whole)]
    return Links(
        cited,
        titles,
        {label: number for number, label in enumerate(dict.fromkeys(labels), start=1)},
        {m["label"]: name_of(m["name"]) for m in _LABELLED.finditer(whole)},
    )


NO_LINKS = Links()


def to_plain(text: str, links: Links = NO_LINKS) -> str:
    r"""Return a Markdown cell as it is stored.

    Args:
        text: MyST, or what is stored already.
        links: what the cell has to know of the rest.

    Returns:
        Plain Markdown with plain LaTeX.

    Raises:
        ValueError: if a macro lacks an argument.

    Example:
        >>> print(to_plain(":::{prf:lemma} gates, Lemma 6.3\nIt holds.\n:::"))
        > **Lemma 6.3** (gates). <!-- {prf:lemma} -->
        >
        > It holds.
    """
    return "\n".join(_blocks(to_myst(text).split("\n"), links))


def _blocks(lines: list[str], links: Links) -> Iterator[str]:
    waiting: list[str] = []
    i = 0
    while i < len(lines):
        fence = FENCE.match(lines[i])
        if fence is None or (lines[i].startswith(":") and not fence["name"]):
            waiting.append(lines[i])
            i += 1
            continue
        end = fenced(lines, i)
        yield from _prose(waiting, links)
        if fence["name"]:
            yield from _directive(fence["name"], fence["words"].strip(), lines[i + 1 : end], links)
        else:
            yield from lines[i : end + 1]
        waiting, i = [], end + 1
    yield from _prose(waiting, links)


def _directive(name: str, words: str, body: list[str], links: Links) -> list[str]:
    """Return the quotation, or the comment, that a directive becomes."""
    if not name.startswith("prf:") and name not in BOXES:
        inside = "\n".join([f"{{{name}}} {words}".strip(), *body])
        return [f"<!-- {inside} -->{'' if name in SILENT else IN_THE_BOOK}"]
    options: dict[str, str] = {}
    while body and (option := OPTION.match(body[0])):
        options[option[1]] = option[2].strip()
        body = body[1:]
    while body and not body[-1].strip():
        body = body[:-1]
    inside = to_plain("\n".join(body).lstrip("\n"), links)
    lines = _FORMULA.sub(lambda m: " ".join(m[0].split()), inside).split("\n")
    return [f"> {line}".rstrip() for line in (_head(name, words, options, links), "", *lines)]


def _head(name: str, words: str, options: dict[str, str], links: Links) -> str:
    """Return the line with which a quotation begins: what it is, and what the book has to know."""
    label = options.pop("label", "")
    anchor = f'<a id="{label}"></a>' if label else ""
    others = "".join(f" :{key}: {value}".rstrip() for key, value in options.items())
    comment = f"<!-- {{{name}}}{others} -->"
    if not name.startswith("prf:"):
        title = name_of(name) if name in TITLELESS else words
        return f"{anchor}**{_text(title, links)}** {comment}"
    kind = name_of(name)
    named = re.fullmatch(rf"(?:(.*), )?{kind} ([^\s,]+)", words)
    title, number = (named[1] or "", f" {named[2]}") if named else (words, "")
    shown = f"**{kind}{number}** ({_text(title, links)})." if title else f"**{kind}{number}.**"
    return f"{anchor}{shown} {comment}"


def _prose(lines: list[str], links: Links) -> list[str]:
    return _text("\n".join(lines), links).split("\n") if lines else []


def _text(text: str, links: Links) -> str:
    """Return a text without fences: roles become links, macros LaTeX; code stays."""
    pieces, last = [], 0
    text = _NUMBERED.sub(lambda m: _equation(m, links), text)
    text = _LABEL.sub(r'<a id="\1"></a>\n\n', text)
    text = _ATTRIBUTES.sub(r"<!-- \1 -->", text)
    for role in ROLE.finditer(text):
        pieces += [_plain_latex(text[last : role.start()]), _role(role, links)]
        last = role.end()
    return "".join([*pieces, _plain_latex(text[last:])])


def _plain_latex(text: str) -> str:
    return "".join(expand(piece) if prose else piece for prose, piece in outside_code(text))


def _equation(display: re.Match[str], links: Links) -> str:
    number = links.equations.get(display[2], 0)
    return f'<a id="{display[2]}"></a>\n\n{display[1]} \\tag{{{number}}}$$'


def _role(found: re.Match[str], links: Links) -> str:
    """Return the link that a role becomes; a span where there is nothing to link to."""
    role, body = found["role"], " ".join(found["body"].split())
    explicit = _EXPLICIT.fullmatch(body)
    text, target = (explicit["text"], explicit["target"]) if explicit else ("", body)
    address = _address(role, target, links)
    # With one of these characters to_myst might not read the link back.
    if not address or re.search(r"[\s\"()]", f"{address}{target}"):
        return f'<span title="{{{role}}}">{expand(body)}</span>'
    title = f"{role} {target}"
    if role in GENERATED or not text:
        title += "" if role in GENERATED else UNTITLED
        text = _words(role, target, links)
    return f'[{expand(text)}]({address} "{title}")'


def _address(role: str, target: str, links: Links) -> str:
    """Return where a link leads: a file of the repository, a place of the page, or the web."""
    name = target.removeprefix("~")
    match role.partition(":")[0]:
        case "cite":
            return links.cited.get(target, ("", "", ""))[2] or "../book/references.md"
        case "doc" if target.startswith("/notebooks/"):
            return f"{target.removeprefix('/notebooks/')}.ipynb"
        case "doc":
            return f"..{target}.md" if target.startswith("/") else f"{target}.ipynb"
        case "download":
            return target
        case "ref" if target.startswith("erratum-"):
            return f"../book/errata.md#{target}"
        case "py":
            module = name if role == "py:mod" else name.rpartition(".")[0]
            return f"../{module.replace('.', '/')}.py"
        case "eq" | "ref" | "prf" | "numref":
            return f"#{target}"
        case _:
            return ""


def _papers(target: str, links: Links) -> list[tuple[str, str]]:
    """Return authors and year of every paper that a role cites, its key where it is unknown."""
    keys = [key.strip() for key in target.split(",")]
    return [links.cited.get(key, (key, "", ""))[:2] for key in keys]


def _words(role: str, target: str, links: Links) -> str:
    """Return the text of a link that the book writes itself."""
    last = target.rpartition(".")[2] if target.startswith("~") else target
    match role:
        case "cite:t":
            return ", ".join(f"{authors} ({year})" for authors, year in _papers(target, links))
        case "cite" | "cite:p":
            return "; ".join(", ".join(filter(None, each)) for each in _papers(target, links))
        case "eq":
            return f"({links.equations.get(target, '?')})"
        case "prf:ref":
            return links.theorems.get(target, target)
        case "doc":
            return links.titles.get(target, target)
        case _:
            return f"`{last}`" if role.startswith("py:") else last
