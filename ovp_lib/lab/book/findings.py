"""What was found, in five findings: the front page and the README tell them, the surprising first.

A finding is a headline, a few sentences and a small picture. As on the card of a page, the
sentences name the claims that they rest on, and ``ovp shelf`` refuses them if one of those has
another verdict on record.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ovp_lib.errors import InputError
from ovp_lib.evidence.claims import Claim, Verdict, format_measured
from ovp_lib.lab.book.claim_rows import longer_run
from ovp_lib.lab.files import notebooks
from ovp_lib.pages.card import Learnt

MEASURED = re.compile(r"\{([^{}\s]+)\}")
"""The id of a claim in braces, which stands for what was measured."""

LABELS: dict[Verdict, tuple[str, str, str]] = {
    "holds": ("holds", "hold", "holds"),
    "within tolerance": ("within tolerance", "within tolerance", "within"),
    "fails": ("fails", "fail", "fails"),
    "not shown at this scale": ("not shown", "not shown", "unshown"),
}
"""How one claim and several are counted, and the class of the label."""

FOLDER = "book/_assets/findings"
"""Where the pictures are."""


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    Attributes:
        name: of its picture.
        title: a headline of a few words.
        page: stem of the notebook that shows it.
        learnt: the sentences, with whole ids of the claims that they rest on.
        alt: what the picture shows, for those who cannot see it.
    """

    name: str
    title: str
    page: str
    learnt: Learnt
    alt: str

    @property
    def picture(self) -> str:
        """Path of the picture from the folder of the project."""
        return f"{FOLDER}/{self.name}.svg"


FINDINGS = (
    Finding(
        name="plain-network",
        title="A plain network learns it too",
        page="resnet-separation",
        learnt=Learnt(
            "The ResNet paper has a target that kernels cannot learn from few samples. A plain "
            "three-layer network can, with {resnet-ablation.residual-link} times the error of the "
            "paper's residual learner. On the target of its Figure 2 plain networks do fail, "
            "within our tolerance.",
            holds=("resnet-theorem-1.kernels", "resnet-hard.plain-learns"),
            within=("resnet-figure-2.plain",),
            fails=("resnet-ablation.residual-link",),
        ),
        alt="Test error against training samples: the tangent kernel stays high, the ResNet falls, "
        "and the plain network falls further.",
    ),
    Finding(
        name="blind",
        title="Figure 2, predicted blind",
        page="figure-2",
        learnt=Learnt(
            "Our errors were stored before anybody here had the printed points. The learners rank "
            "as in Figure 1. Two layers deviate from the print; whether three layers stay within a "
            "factor of 1.5 is open.",
            holds=("figure-2.same-order", "figure-2.blind.3layer-last"),
            fails=("figure-2.blind.2layer", "figure-2.blind.2layer-last"),
            open=("figure-2.blind.3layer", "figure-2.blind.3layer-ntk"),
        ),
        alt="Our test errors against the printed ones on logarithmic axes, with a grey band of a "
        "factor 1.5: most points lie in it, some of two layers below it.",
    ),
    Finding(
        name="bound",
        title="A bound improved",
        page="kernel-lower-bound",
        learnt=Learnt(
            "A count of dimensions bounds the error of every kernel and fixed feature map on a "
            "hidden parity from below, with all constants and, for large d, for far more samples "
            "than the paper's Theorem 2. Parities attain the bound; a ResNet gets below it.",
            holds=(
                "kernel-lower-bound.average.violations",
                "kernel-lower-bound.share.violations",
                "kernel-lower-bound.tightness.parities",
                "kernel-lower-bound.network.error",
            ),
        ),
        alt="Error against training samples: the best of all kernels stays above the dotted bound, "
        "the ResNet falls to a tenth of it.",
    ),
    Finding(
        name="mended",
        title="A proof mended",
        page="lemma-6-4-information-out-of-randomness",
        learnt=Learnt(
            "A definition in the proof of Lemma A.4 misses the number that it should hit, by up "
            "to {lemma-a-4.printed.bias} of its scale τ. One changed equation repairs it, and "
            "Lemma 6.4, which rests on it, stands.",
            holds=("lemma-a-4.repaired.bias", "lemma-6-4.slope.error"),
            fails=("lemma-a-4.printed.bias",),
        ),
        alt="By how much the mean misses y: the printed definition swings above and below zero "
        "near y = 0, the repaired one is zero everywhere.",
    ),
    Finding(
        name="padding",
        title="Padding decides a curve of Figure 1",
        page="figure-1",
        learnt=Learnt(
            "The paper does not say whether inputs get the constant coordinate of its theory. "
            "Without it, biases frozen, two layers lie far above the printed curve; with it near "
            "the curve, and below their own kernels. The other curves leave it open.",
            holds=("figure-1.convention.2layer", "figure-1.order.2layer.2layer-ntk"),
            open=(
                "figure-1.convention.3layer",
                "figure-1.convention.3layer-last",
                "figure-1.convention.2layer-last",
                "figure-1.convention.3layer-ntk",
            ),
        ),
        alt="Test error of two layers against the width: without padding it stays high, with "
        "padding it falls along the points of the paper.",
    ),
)
"""The findings, the most surprising first."""


def on_record(root: Path, *pages: str) -> dict[str, Claim]:
    """Return the claims of pages, as the book shows them first.

    Args:
        root: folder of the project.
        pages: stems; without any those of all findings.

    Returns:
        By id: of the longer run where one is on record, else of the stored notebook.
    """
    found: dict[str, Claim] = {}
    for page in pages or [finding.page for finding in FINDINGS]:
        stored = notebooks.read(root / "notebooks" / f"{page}.ipynb")
        found |= {claim.id: claim for claim in notebooks.claims(stored, page)}
        found |= longer_run(root / "results", page)
    return found


def told(finding: Finding, claims: Mapping[str, Claim]) -> str:
    """Return the sentences of a finding with what was measured in place of ids.

    Args:
        finding: the finding.
        claims: those on record, by id.

    Returns:
        Markdown.

    Raises:
        InputError: if a verdict on record contradicts the sentences.
    """
    verdicts = {id_: claim.verdict for id_, claim in claims.items()}
    if lines := finding.learnt.contradictions(verdicts):
        raise InputError(f"the finding {finding.name!r} is not what was found: {'; '.join(lines)}")
    return MEASURED.sub(lambda found: _measured(claims[found[1]]), finding.learnt.sentence)


def cards(claims: Mapping[str, Claim]) -> str:
    """Return the findings as cards, for the grid of the front page.

    Args:
        claims: those on record, by id.

    Returns:
        MyST.
    """
    return "\n\n".join(
        f":::{{grid-item-card}} {finding.title}\n"
        f":link: ../notebooks/{finding.page}\n:link-type: doc\n"
        f":img-top: {finding.picture.removeprefix('book/')}\n:img-alt: {finding.alt}\n\n"
        f"{told(finding, claims)}\n\n{_verdicts(finding, claims)}\n:::"
        for finding in FINDINGS
    )


def rows(claims: Mapping[str, Claim]) -> str:
    """Return the findings as a table for the README, each with its picture.

    Args:
        claims: those on record, by id.

    Returns:
        Markdown as GitHub shows it.
    """
    lines = ["| | |", "| --- | --- |"]
    for finding in FINDINGS:
        picture = f'<img src="{finding.picture}" width="240" alt="{finding.alt}">'
        said = f"**[{finding.title}](notebooks/{finding.page}.ipynb)**<br>{told(finding, claims)}"
        lines.append(f"| {picture} | {said} |")
    return "\n".join(lines)


def _measured(claim: Claim) -> str:
    return format_measured(claim).partition(" [")[0]


def _verdicts(finding: Finding, claims: Mapping[str, Claim]) -> str:
    """Count the verdicts that a finding rests on, in labels; checks are no evidence, and apart."""
    named = [claims[id_] for id_ in finding.learnt.claims]
    evidence = Counter(claim.verdict for claim in named if claim.is_evidence)
    checks = Counter(claim.verdict for claim in named if not claim.is_evidence)
    labels = [
        f"[{evidence[verdict]} {one if evidence[verdict] == 1 else more}]{{.verdict-{css}}}"
        for verdict, (one, more, css) in LABELS.items()
        if evidence[verdict]
    ]
    labels += [
        f"[{n} check{'s' if n > 1 else ''}: {verdict}]{{.ovp-kind}}"
        for verdict, n in checks.items()
    ]
    return " ".join(labels)
