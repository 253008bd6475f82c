"""The errata: what executing the papers brought to light, with the code that shows it.

``book/errata.yml`` has an entry for each. An entry against a paper quotes the whole sentence. What
only adds to a paper, such as another budget or another scale, is an observation of ours; it stands
on the same page under a heading of its own.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ovp_lib.errors import InputError
from ovp_lib.lab.book.inventory import Document

ERRATA = "book/errata.yml"

Kind = Literal["false", "condition", "misprint", "observation"]

KINDS: dict[Kind, tuple[str, str]] = {
    "false": ("false as printed", "there is a counterexample to the sentence as it stands"),
    "condition": (
        "condition missing",
        "it holds, or can be repeated, only under a condition or a convention that is not said",
    ),
    "misprint": ("misprint", "what is printed cannot be meant, and the text says what is"),
    "observation": ("our observation", "no error of the paper: something that we add"),
}
"""What each kind is called and what it means, those that weigh most first."""

Consequence = Literal["proof", "number", "reading"]

CONSEQUENCES: dict[Consequence, str] = {
    "proof": "a step of a proof depends on it",
    "number": "a number depends on it: a constant, a width, a curve",
    "reading": "nothing but the reading depends on it",
}
"""What depends on an entry, most first."""

Effect = Literal["repaired", "depends", "stands"]

EFFECTS: dict[Effect, tuple[str, str, str]] = {
    "repaired": ("repaired", "unshown", "the conclusion stands with what the entry puts right"),
    "depends": (
        "numbers depend",
        "within",
        "the conclusion stands, and numbers of the paper depend on what it does not say",
    ),
    "stands": ("stands", "holds", "the conclusion stands as it is printed"),
}
"""What becomes of the conclusion: in a word, as which verdict it is coloured, in words."""

Certainty = Literal["certain", "likely", "open"]

Text = Field(min_length=1)


class Erratum(BaseModel):
    """One entry, in Markdown.

    Attributes:
        id: its anchor without ``erratum-``.
        title: place and subject in a few words, without formulas, since links show it.
        kind: what it says of the paper.
        consequence: what depends on it.
        effect: what becomes of the conclusion of the paper; an observation leaves it as it is.
        so: what follows, in one sentence.
        paper: id of the document in the inventory.
        place: where the sentence stands.
        quote: the whole sentence, as our text of the paper has it.
        damage: what our text of it lacks.
        what: what is wrong with it, or what we add.
        shown_by: tests as ``tests/FILE::NAME``, functions and pages that show it.
        certainty: how sure we are.
        because: what that rests on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str = Field(min_length=1, max_length=56, pattern=r"^[^$]*$")
    kind: Kind
    consequence: Consequence
    effect: Effect
    so: str = Text
    paper: str = Text
    place: str = Text
    quote: str = Text
    damage: str = ""
    what: str = Text
    shown_by: tuple[str, ...] = Field(min_length=1)
    certainty: Certainty
    because: str = Text

    @model_validator(mode="after")
    def _an_erratum_is_not_open(self) -> "Erratum":
        if self.certainty == "open" and self.kind != "observation":
            raise ValueError("what is open is an observation, not an error of the paper")
        return self

    @model_validator(mode="after")
    def _an_observation_leaves_conclusions(self) -> "Erratum":
        if self.kind == "observation" and self.effect != "stands":
            raise ValueError(f"an observation is no error: effect is 'stands', got {self.effect!r}")
        return self

    @property
    def tests(self) -> list[str]:
        """The tests that show it."""
        return [each for each in self.shown_by if each.startswith("tests/")]


def read(root: Path, documents: Mapping[str, Document]) -> list[Erratum]:
    """Read the errata of a project.

    Args:
        root: folder of the project.
        documents: the documents of its inventory by id.

    Returns:
        The entries by effect, consequence and kind, those that weigh most first.

    Raises:
        InputError: an entry that lacks something, is of an unknown document, or has the id of
            another.
    """
    text = (root / ERRATA).read_text(encoding="utf-8")
    try:
        entries = [Erratum.model_validate(entry) for entry in yaml.safe_load(text)]
    except ValidationError as error:
        raise InputError(f"{ERRATA}: {error}") from error
    seen: set[str] = set()
    for entry in entries:
        if entry.paper not in documents:
            raise InputError(f"{ERRATA}: {entry.id} is of {entry.paper!r}, which is no document")
        if entry.id in seen:
            raise InputError(f"{ERRATA}: there are two entries {entry.id!r}")
        seen.add(entry.id)
    return sorted(entries, key=_weight)


def blocks(root: Path, documents: Mapping[str, Document], address: str = "") -> dict[str, str]:
    """Return what is generated on the page of the errata.

    Args:
        root: folder of the project.
        documents: the documents of its inventory by id.
        address: of the repository, which tests are linked to; empty if it has none.

    Returns:
        Markdown by name: ``kinds``, ``summary``, ``errata`` and ``observations``.

    Raises:
        InputError: what is wrong with the entries.
    """
    entries = read(root, documents)
    parts = {
        "errata": [entry for entry in entries if entry.kind != "observation"],
        "observations": [entry for entry in entries if entry.kind == "observation"],
    }
    shown = {
        name: "\n\n".join(_section(e, documents, address) for e in part)
        for name, part in parts.items()
    }
    return {"kinds": _kinds(), "summary": _summary(entries), **shown}


def _weight(entry: Erratum) -> tuple[int, int, int]:
    return (
        get_args(Effect).index(entry.effect),
        get_args(Consequence).index(entry.consequence),
        get_args(Kind).index(entry.kind),
    )


def _kinds() -> str:
    """Return what the words of the summary mean, as a definition list."""
    lines = [f"{_pill(effect)}\n: {meaning}" for effect, (*_, meaning) in EFFECTS.items()]
    lines += [f"*{name}*\n: {meaning}" for name, meaning in KINDS.values()]
    return "{.ovp-legend}\n" + "\n\n".join(lines)


def _summary(entries: Iterable[Erratum]) -> str:
    """Return one table with a row for each entry, those first that put something right."""
    lines = ["::::{div} ovp-errata", "| conclusion | entry | what follows | kind |"]
    lines.append(f"|{' --- |' * 4}")
    for each in entries:
        link = f"{{ref}}`{each.title} <erratum-{each.id}>`"
        lines.append(f"| {_pill(each.effect)} | {link} | {each.so} | {KINDS[each.kind][0]} |")
    return "\n".join([*lines, "::::"])


def _pill(effect: Effect) -> str:
    word, colour, _ = EFFECTS[effect]
    return f"[{word}]{{.verdict-{colour}}}"


def _section(entry: Erratum, documents: Mapping[str, Document], address: str) -> str:
    """Return the entry as a section: what follows, quote, what is wrong, what shows it."""
    paper = documents[entry.paper]
    parts = [
        f"(erratum-{entry.id})=\n### {entry.title}",
        f"The conclusion: {_pill(entry.effect)} {entry.so}",
        f"*{_capital(KINDS[entry.kind][0])}; {CONSEQUENCES[entry.consequence]}.* "
        f"{paper.title} {{cite:p}}`{paper.cite}`, {entry.place}:",
        f"> {entry.quote}",
        *([f"*Our text of it:* {entry.damage}"] if entry.damage else []),
        entry.what,
        "Shown by:\n\n" + "\n".join(f"- {_code(e, address)}" for e in entry.shown_by),
        f"*How sure we are:* {entry.certainty}; {entry.because}",
    ]
    return "\n\n".join(part.rstrip() for part in parts)


def _code(shown: str, address: str) -> str:
    """Return what shows an entry; a test is linked to where the repository has an address."""
    if not shown.startswith("tests/"):
        return shown
    file = shown.partition("::")[0]
    return f"[`{shown}`]({address}/blob/main/{file})" if address else f"`{shown}`"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
