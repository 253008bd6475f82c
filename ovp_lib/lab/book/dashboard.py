"""The scoreboard in figures: counts in words, a bar for each page, and the form that filters."""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from ovp_lib.evidence.claims import KINDS, VERDICT_CLASSES, VERDICTS, Claim
from ovp_lib.evidence.statistics import LEVEL
from ovp_lib.lab.runs.stability import Stability

UNSTABLE = "unstable"
"""What the filter calls a verdict that hangs on the root seed."""


def anchor(id: str) -> str:
    """Return where on the scoreboard a claim has its row.

    Args:
        id: of the claim.

    Returns:
        The id of an HTML element, without the hash.

    Example:
        >>> anchor("lemma-6-3.taylor")
        'score-lemma-6-3-taylor'
    """
    return f"score-{id.replace('.', '-')}"


def count(claims: Sequence[Claim]) -> str:
    """Say how many claims there are, and how many of each verdict; checks apart.

    Args:
        claims: all of them.

    Returns:
        The words; verdicts that no claim has are left out.

    Example:
        >>> count([])
        '0 empirical claims, 0 checks of the code'
    """
    parts = []
    for evidence, words in ((True, "empirical claims"), (False, "checks of the code")):
        verdicts = Counter(c.verdict for c in claims if c.is_evidence == evidence)
        each = ", ".join(f"{verdicts[v]} {v}" for v in VERDICTS if verdicts[v])
        parts.append(f"{verdicts.total()} {words}{f' ({each})' if each else ''}")
    return ", ".join(parts)


def by_chance(claims: Sequence[Claim]) -> str:
    """Say how many of the intervals would miss the true value by chance alone.

    Args:
        claims: all of them.

    Returns:
        A sentence.
    """
    sampled = sum(claim.is_evidence and not claim.computed for claim in claims)
    return (
        f"{sampled} of the empirical claims have an interval that covers the true value with a "
        f"probability of {LEVEL:.0%}. So about {sampled * (1 - LEVEL):.0f} of these intervals miss "
        "it by chance, and a single verdict near a border is to be read with that in mind."
    )


def bar(claims: Sequence[Claim]) -> str:
    """Return the verdicts on some claims as one bar; its name says the numbers.

    Args:
        claims: of one page; the evidence alone is drawn, unless there are only checks.

    Returns:
        HTML.
    """
    shown = [c for c in claims if c.is_evidence] or list(claims)
    verdicts = Counter(claim.verdict for claim in shown)
    said = ", ".join(f"{verdicts[v]} {v}" for v in VERDICTS if verdicts[v])
    parts = "".join(
        f'<span class="{VERDICT_CLASSES[v]}" style="flex-grow:{verdicts[v]}"></span>'
        for v in VERDICTS
        if verdicts[v]
    )
    return f'<span class="ovp-bar" role="img" aria-label="{escape(said)}">{parts}</span>'


def box(claims: Sequence[Claim], title: str, unstable: int) -> str:
    """Return the beginning of a closed box with the claims of a page: a summary and the bar.

    Args:
        claims: all of the page.
        title: of the page.
        unstable: number of those whose verdict hangs on the root seed.

    Returns:
        HTML; ``</details>`` ends the box.
    """
    evidence = [claim for claim in claims if claim.is_evidence]
    verdicts = Counter(claim.verdict for claim in evidence)
    said = [f"{verdicts[v]} {v}" for v in VERDICTS if verdicts[v]]
    said += [f"{unstable} {'changes' if unstable == 1 else 'change'} with the seed"] * (
        unstable > 0
    )
    checks = len(claims) - len(evidence)
    said += [f"{checks} {'check' if checks == 1 else 'checks'} of the code"] * (checks > 0)
    return (
        f'<details class="ovp-page"><summary><strong>{escape(title)}</strong>'
        f'<span class="ovp-remark">{escape(", ".join(said))}</span>{bar(claims)}</summary>'
    )


def flags(claim: Claim, paper: str, page: str, stable: Stability | None) -> list[str]:
    """Return the classes of a claim's row, by which the filter finds it.

    Args:
        claim: the claim.
        paper: id of its document.
        page: stem of its page.
        stable: how often its verdict is the same; ``None`` if it was not tried.

    Returns:
        The classes.
    """
    unstable = [f"is-{UNSTABLE}"] if stable and not stable.stable else []
    check = [] if claim.is_evidence else ["kind-check"]
    verdict = VERDICT_CLASSES[claim.verdict].removeprefix("verdict-")
    kinds = [f"kind-{claim.kind}", *check]
    return [f"paper-{paper}", f"page-{page}", *kinds, f"is-{verdict}", *unstable]


def form(papers: Mapping[str, str], pages: Mapping[str, str]) -> str:
    """Return the form that filters the rows; without JavaScript it stays hidden.

    Args:
        papers: what to call each document, by its id.
        pages: what to call each page, by its stem.

    Returns:
        HTML.
    """
    verdicts = {css.removeprefix("verdict-"): verdict for verdict, css in VERDICT_CLASSES.items()}
    kinds: dict[str, str] = {"empirical": "evidence", "check": "any check of the code"}
    for kind in KINDS:
        kinds.setdefault(kind, f"check: {kind}")
    return "".join(
        (
            '<form class="ovp-filter" role="search" aria-label="Filter the claims" hidden>',
            _select("paper", "paper", "every paper", papers),
            _select("page", "page", "every page", pages),
            _select("kind", "kind", "every kind", kinds),
            _select("is", "verdict", "every verdict", {**verdicts, UNSTABLE: UNSTABLE}),
            '<label>text <input type="search" name="text" autocomplete="off"></label>',
            '<button type="reset">show all</button>',
            '<output aria-live="polite"></output></form>',
        )
    )


def _select(name: str, label: str, every: str, options: Mapping[str, str]) -> str:
    made = "".join(
        f'<option value="{key}">{escape(text)}</option>' for key, text in options.items()
    )
    return (
        f'<label>{label} <select name="{name}"><option value="">{every}</option>{made}'
        "</select></label>"
    )
