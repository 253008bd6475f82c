"""The card on top of a page: what it says, which figure shows it, and what was learnt.

The sentences are written by hand. Each names the claims that it rests on and the verdicts that
these must have, so that a test can hold it to the record.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ovp_lib.evidence.claims import Verdict

SENTENCES = 3
"""How many sentences a card has on what was learnt."""

SHORTEST = 20
"""Characters of the shortest sentence that is one."""

PIECE = re.compile(r"\$(?P<formula>[^$]+)\$|\{(?P<measured>[^{}\s]+)\}")
"""TeX between dollars, or a claim's id in braces."""

Kind = Literal["words", "formula", "measured"]
"""What a piece of a sentence is."""

ALLOWED: dict[str, tuple[Verdict, ...]] = {
    "holds": ("holds",),
    "within": ("holds", "within tolerance"),
    "fails": ("fails",),
    "open": ("not shown at this scale",),
}
"""For each list of a sentence the verdicts that its claims may have."""


@dataclass(frozen=True)
class Learnt:
    """One sentence on what was learnt, and the claims that it rests on.

    The ids are whole (``lemma-b-3.sign-changes.exponent``) or relative to the first label of the
    statement (``realizable.risk``). An id in braces in the sentence stands for what was measured;
    TeX between dollars is set as a formula.

    Attributes:
        sentence: what was learnt, in plain English, at least :data:`SHORTEST` characters.
        holds: claims that hold.
        within: claims of which the sentence says no more than that they agree within their
            tolerance.
        fails: claims that fail, where the sentence says so.
        open: claims that are not shown at this scale, where the sentence says so.
    """

    sentence: str
    holds: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    fails: tuple[str, ...] = ()
    open: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check that it is a sentence which rests on claims, each of them named once.

        Raises:
            ValueError: if it is not so.
        """
        _require_sentence("what was learnt", self.sentence)
        claims = list(self.claims)
        if not claims:
            raise ValueError(f"no claim is named for {self.sentence!r}")
        if twice := sorted({id for id in claims if claims.count(id) > 1}):
            raise ValueError(f"{', '.join(twice)}: named twice for {self.sentence!r}")
        named = [text for kind, text in pieces(self.sentence) if kind == "measured"]
        if lost := [id for id in named if id not in claims]:
            raise ValueError(
                f"{self.sentence!r} shows what was measured of {', '.join(lost)}, which is not "
                "among the claims that it names"
            )

    @property
    def claims(self) -> Iterator[str]:
        """The ids of all claims that it rests on, as they are written."""
        return (id for name in ALLOWED for id in getattr(self, name))

    def contradictions(self, verdicts: Mapping[str, Verdict]) -> list[str]:
        """Return how the verdicts contradict the sentence.

        Args:
            verdicts: by the ids that the sentence names, as they are written.

        Returns:
            A line for each claim whose verdict is another one, or that has none.

        Example:
            >>> learnt = Learnt("The printed lemma fails.", fails=("bias",))
            >>> learnt.contradictions({"bias": "holds"})
            ["bias: 'holds', where 'The printed lemma fails.' needs fails"]
        """
        return [
            f"{id}: {verdicts.get(id, 'no verdict')!r}, where {self.sentence!r} needs "
            f"{' or '.join(allowed)}"
            for name, allowed in ALLOWED.items()
            for id in getattr(self, name)
            if verdicts.get(id) not in allowed
        ]


@dataclass(frozen=True)
class Card:
    """What stands under the title of a page, before everything else.

    Attributes:
        plain: what the statement says, in one plain sentence.
        figure: the figure that carries the message, by the name under which the notebook
            publishes it; description and caption are those of its cell.
        learnt: :data:`SENTENCES` sentences on what was learnt, the most important one first.
    """

    plain: str
    figure: str
    learnt: tuple[Learnt, ...]

    def __post_init__(self) -> None:
        """Check that nothing is missing.

        Raises:
            ValueError: what is missing.
        """
        _require_sentence("the statement in one sentence", self.plain)
        if not self.figure:
            raise ValueError("a card needs the name of a published figure")
        if len(self.learnt) != SENTENCES:
            raise ValueError(f"a card has {SENTENCES} sentences learnt, got {len(self.learnt)}")

    @property
    def text(self) -> str:
        """All that is written by hand."""
        return "\n".join((self.plain, *(each.sentence for each in self.learnt)))


def pieces(sentence: str) -> list[tuple[Kind, str]]:
    """Cut a sentence into words, formulas, and ids of claims whose measurement it shows.

    Args:
        sentence: as it is written on a card.

    Returns:
        Each piece with its kind, in order.

    Example:
        >>> pieces("$O(m)$: {gap}.")
        [('formula', 'O(m)'), ('words', ': '), ('measured', 'gap'), ('words', '.')]
    """
    found: list[tuple[Kind, str]] = []
    end = 0
    for match in PIECE.finditer(sentence):
        found.append(("words", sentence[end : match.start()]))
        formula, measured = match["formula"], match["measured"]
        found.append(("formula", formula) if formula else ("measured", measured))
        end = match.end()
    found.append(("words", sentence[end:]))
    return [(kind, text) for kind, text in found if text]


def _require_sentence(what: str, sentence: str) -> None:
    if len(sentence) < SHORTEST or sentence[-1] not in ".!?":
        raise ValueError(f"{what}: not a whole sentence, {sentence!r}")
