"""Judging claims one by one, each where it is measured.

A notebook opens the claims of its statement, judges each under its figure and gathers them in its
last cell. An unknown id, one that was judged before, and one that was forgotten are errors.
"""

import html
from typing import Any

from ovp_lib.evidence.claims import (
    KINDS,
    VERDICT_CLASSES,
    Claim,
    Claims,
    Estimate,
    Predictions,
    format_measured,
    format_region,
)


def measured_at(id: str) -> str:
    """Return where on the page of a statement the verdict on a claim stands.

    Args:
        id: of the claim.

    Returns:
        The id of an HTML element, without the hash.

    Example:
        >>> measured_at("lemma-6-3.taylor")
        'claim-lemma-6-3-taylor'
    """
    return f"claim-{id.replace('.', '-')}"


class VerdictLine:
    """The verdict on one claim in a line, as it stands under the figure that shows it."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim

    def __repr__(self) -> str:
        claim, remarks = self.claim, self.claim.remarks()
        measured, region = format_measured(claim), format_region(claim)
        check = "" if claim.is_evidence else f" (check: {claim.kind})"
        return (
            f"{claim.verdict}{check}: {claim.sentence} Measured {measured}, predicted {region}."
            f"{f' ({remarks})' if remarks else ''}"
        )

    def _repr_html_(self) -> str:
        claim, verdict = self.claim, self.claim.verdict
        sentence, remarks = html.escape(claim.sentence), html.escape(claim.remarks())
        said = f"measured {format_measured(claim)}, predicted {format_region(claim)}"
        return (
            f'<p class="ovp-verdict" id="{measured_at(claim.id)}">'
            f'<span class="{VERDICT_CLASSES[verdict]}">{verdict}</span> {self._check()}{sentence} '
            f'<span class="ovp-measured" title="{html.escape(claim.statistic)}">'
            f"{html.escape(said)}</span>{f' <em>{remarks}</em>' if remarks else ''}</p>"
        )

    def _check(self) -> str:
        if self.claim.is_evidence:
            return ""
        kind = self.claim.kind
        return f'<span class="ovp-kind" title="{KINDS[kind]}">check, {kind}</span> '


class OpenClaims:
    """The claims of a run while it is under way.

    Args:
        statement: name of the statement.
        predictions: all of its predictions.
        preset: the preset of the run.
    """

    def __init__(self, statement: str, predictions: Predictions, preset: str) -> None:
        self.statement, self.preset = statement, preset
        self._known = predictions
        self._predictions = {prediction.id: prediction for prediction in predictions}
        self._judged: dict[str, Claim] = {}

    def judge(self, id: str, estimate: Estimate, note: str = "") -> None:
        """Judge one claim, and show the verdict in the notebook.

        Args:
            id: of the claim, whole or relative to the statement.
            estimate: what was measured.
            note: what a reader should know beside the verdict.

        Raises:
            ValueError: if nothing of that id was predicted, or it has been judged already.
        """
        try:
            known = self._known.whole(id)
        except ValueError as error:
            raise ValueError(f"{self.statement} {error}") from error
        if known in self._judged:
            raise ValueError(f"{known!r} has been judged already")
        claim = self._predictions[known].judge(estimate, preset=self.preset, note=note)
        self._judged[known] = claim
        _show(VerdictLine(claim))

    def judged(self) -> list[Claim]:
        """Return the claims that have been judged so far, in the order of their predictions."""
        return [self._judged[id] for id in self._predictions if id in self._judged]

    def all(self) -> Claims:
        """Return all claims in the order in which they were predicted.

        Raises:
            ValueError: if one was not judged, naming it.
        """
        if forgotten := [id for id in self._predictions if id not in self._judged]:
            raise ValueError(f"predicted and not judged: {', '.join(forgotten)}")
        return Claims(self.statement, self.judged())


def _show(line: Any) -> None:
    """Display a line if this is a notebook."""
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is not None:
        display(line)
