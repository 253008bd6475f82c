"""The inventory: every statement of the four documents, and what this book does with it.

``book/inventory.yml`` has a row for each. The state of a row is not typed but follows from the
claims that it names, and its page is the one that makes them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ovp_lib.errors import InputError
from ovp_lib.pages import Statement

INVENTORY = "book/inventory.yml"

State = Literal["judged", "in part", "code only", "to come", "nothing to judge"]

STATES: dict[State, str] = {
    "judged": "a claim of this book judges it",
    "in part": "a claim judges a part of it; the table says how far",
    "code only": "the library has it under test; no claim judges it",
    "to come": "nothing judges it yet",
    "nothing to judge": "a definition, a standard fact, bookkeeping, or an open question",
}
"""The states of a row, best first, and what each of them means."""

Why = Literal["to come", "code", "definition", "standard fact", "bookkeeping", "open question"]

Needs = Literal["three layers", "slides", "proof step", "experiment"]

NEEDS: dict[Needs, str] = {
    "three layers": "It is about three layers as Algorithms 1 to 3 train them: noisy SGD on a "
    "smoothed objective. The library does not train that way yet; these pages come next.",
    "slides": "It is about deep networks on real data, which this book does not run yet. These "
    "pages come after those on three layers.",
    "proof step": "It is a step of a proof. What the proof leads to is measured; this step is not "
    "measured on its own.",
    "experiment": "It asks for an experiment that nobody has made here yet.",
}
"""Why a row that is to come is not there yet, in a sentence."""

ShortName = Field(min_length=1, max_length=24)
"""A name that fits into a box of the map."""


class Row(BaseModel):
    """One statement of a document.

    Attributes:
        label: what the document calls it.
        name: its subject in a few words.
        says: what it says, in one plain sentence.
        claims: ids, or patterns of ids, of the claims that judge it.
        lacks: how far those claims go, where that is not all the way.
        why: why it has no claim.
        needs: what it waits for, if it is to come.
        feeds: rows that rest on it; without a document's name, of the same document.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str = ShortName
    name: str = ShortName
    says: str = Field(min_length=1)
    claims: tuple[str, ...] = ()
    lacks: str = ""
    why: Why | None = None
    needs: Needs | None = None
    feeds: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _is_judged_or_says_why_not(self) -> "Row":
        if bool(self.claims) == (self.why is not None):
            raise ValueError("a row has either claims or a why")
        if (self.why == "to come") != (self.needs is not None):
            raise ValueError("what is to come says what it needs, and nothing else does")
        if self.lacks and not self.claims:
            raise ValueError("only what has claims can lack something")
        return self

    @property
    def state(self) -> State:
        """Its state, one of :data:`STATES`."""
        match self.why:
            case None:
                return "in part" if self.lacks else "judged"
            case "to come":
                return "to come"
            case "code":
                return "code only"
            case _:
                return "nothing to judge"


class Document(BaseModel):
    """One of the four documents.

    Attributes:
        cite: its key in ``book/references.bib``.
        title: how the book names it.
        source: how a claim cites it.
        part: the part of the table of contents that its pages are in.
        rows: its statements by id.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cite: str
    title: str
    source: str
    part: str
    rows: dict[str, Row]


class Inventory:
    """The inventory, joined with what the statements of the book say of themselves.

    Attributes:
        documents: every document by its id.
        rows: every row by its full id, such as ``full/lemma-6-3``.
        feeds: for every row the full ids of those that rest on it.
        parts: for every row the pages that judge it, each with the first claim that does so there;
            the first page is its own, whole, without a claim.
        pages: for every row the stems of the pages that judge it; the first is its own.
        titles: for every page the first part of its title, such as "Lemma 6.3".
    """

    def __init__(
        self, documents: Mapping[str, Document], statements: Mapping[str, Statement]
    ) -> None:
        """Join and check.

        Args:
            documents: every document by its id.
            statements: every statement by name.

        Raises:
            InputError: a statement whose row is not there or does not judge it, an unknown claim,
                an arrow to an unknown row or from two sources, or a claim that no row names.
        """
        self.documents = dict(documents)
        self.rows = {
            f"{document}/{name}": row
            for document, content in documents.items()
            for name, row in content.rows.items()
        }
        self.titles = {name: s.title.partition(":")[0] for name, s in statements.items()}
        self.own = {each.row: each.name for each in statements.values()}
        self.feeds = dict(self._arrows(statements))
        claims = {p.id: each.name for each in statements.values() for p in each.predictions}
        self.parts = {id_: self._parts(id_, claims) for id_ in self.rows}
        self.pages = {id_: list(parts) for id_, parts in self.parts.items()}
        self._check(statements, claims)

    def document(self, name: str) -> list[str]:
        """Return the full ids of the rows of a document.

        Args:
            name: id of the document.

        Returns:
            The ids, in the order of the document.
        """
        return [f"{name}/{row}" for row in self.documents[name].rows]

    def count(self, rows: Iterable[str] | None = None) -> dict[State, int]:
        """Return how many of some rows, or of all, are in each state.

        Args:
            rows: full ids of rows; ``None`` for all.

        Returns:
            The number of rows by state; every state has one.
        """
        found = Counter(self.rows[id_].state for id_ in (self.rows if rows is None else rows))
        return {state: found[state] for state in STATES}

    def _arrows(self, statements: Mapping[str, Statement]) -> Iterator[tuple[str, tuple[str, ...]]]:
        said = {each.row: each.feeds for each in statements.values()}
        for id_, row in self.rows.items():
            if row.feeds and id_ in said:
                raise InputError(f"{id_} has a page, whose statement says what it feeds")
            near = id_.partition("/")[0]
            feeds = [
                fed if "/" in fed else f"{near}/{fed}" for fed in row.feeds or said.get(id_, ())
            ]
            if lost := [fed for fed in feeds if fed not in self.rows]:
                raise InputError(
                    f"{id_} feeds {', '.join(lost)}, which the inventory does not have"
                )
            yield id_, tuple(feeds)

    def _parts(self, id_: str, claims: Mapping[str, str]) -> dict[str, str]:
        parts = {self.own[id_]: ""} if id_ in self.own else {}
        for pattern in self.rows[id_].claims:
            found = [claim for claim in claims if fnmatchcase(claim, pattern)]
            if not found:
                raise InputError(f"{id_} names {pattern}, which no claim is called")
            for claim in found:
                parts.setdefault(claims[claim], claim)
        return parts

    def _check(self, statements: Mapping[str, Statement], claims: Mapping[str, str]) -> None:
        for each in statements.values():
            if each.row not in self.rows:
                raise InputError(f"{each.name}: no row {each.row!r} in {INVENTORY}")
            if not self.rows[each.row].claims:
                raise InputError(f"{each.row} has the page {each.name}, and names no claim of it")
        patterns = [pattern for row in self.rows.values() for pattern in row.claims]
        if lost := [c for c in claims if not any(fnmatchcase(c, p) for p in patterns)]:
            raise InputError(f"no row of {INVENTORY} names the claim {', '.join(lost)}")


def read(root: Path, statements: Mapping[str, Statement]) -> Inventory:
    """Read the inventory of a project.

    Args:
        root: folder of the project.
        statements: every statement by name.

    Returns:
        The inventory, checked against the statements.

    Raises:
        InputError: what is wrong with it.
    """
    text = (root / INVENTORY).read_text(encoding="utf-8")
    try:
        documents = {
            name: Document.model_validate(content) for name, content in yaml.safe_load(text).items()
        }
    except ValidationError as error:
        raise InputError(f"{INVENTORY}: {error}") from error
    return Inventory(documents, statements)
