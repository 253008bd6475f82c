"""Claims: what a statement predicts, what was measured, and the verdict.

A :class:`Prediction` is written before anything is measured. :meth:`Prediction.judge` confronts it
with an :class:`Estimate` and returns a :class:`Claim`, the record that the notebooks store, the
scoreboard shows and the tests compare.
"""

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

Verdict = Literal["holds", "fails", "not shown at this scale"]
VERDICTS: tuple[Verdict, ...] = ("holds", "fails", "not shown at this scale")

VERDICT_CLASSES: dict[Verdict, str] = {
    "holds": "verdict-holds",
    "fails": "verdict-fails",
    "not shown at this scale": "verdict-unshown",
}
"""CSS class of each verdict, in notebooks and in the book."""

CLAIMS_MIMETYPE = "application/vnd.ovp.claims+json"
"""Mime type under which a notebook's verdict cell stores its claims."""

SIGNIFICANT_DIGITS = 3
"""Digits kept in a claim: enough to judge, few enough to agree between machines."""


class Estimate(NamedTuple):
    """A measured value with its interval over ``n`` independent repetitions."""

    value: float
    low: float
    high: float
    n: int

    def rounded(self, digits: int = SIGNIFICANT_DIGITS) -> "Estimate":
        """Round value and interval to ``digits`` significant digits.

        Args:
            digits: how many to keep, at least 1.

        Returns:
            The rounded estimate, of as many repetitions.
        """
        value, low, high = (float(f"{number:.{digits}g}") for number in self[:3])
        return self._replace(value=value, low=low, high=high)


class Prediction(BaseModel):
    """What a statement predicts of one statistic, fixed before it is measured.

    The predicted region is ``[low - tolerance, high + tolerance]``; an end that is ``None`` is
    open.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str = Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)*$")
    source: str = Field(min_length=1, description="paper, statement and equation")
    sentence: str = Field(min_length=1, description="the claim in words")
    statistic: str = Field(min_length=1, description="what is computed, over which repetitions")
    low: float | None = None
    high: float | None = None
    tolerance: float = Field(default=0.0, ge=0.0)

    @model_validator(mode="after")
    def _predicts_something(self) -> "Prediction":
        if self.low is None and self.high is None:
            raise ValueError(
                f"prediction {self.id!r} has no end, so that nothing could contradict it"
            )
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"prediction {self.id!r} is empty: low {self.low} > high {self.high}")
        return self

    def region(self) -> tuple[float, float]:
        """Return the predicted region, tolerance included, with infinite open ends."""
        low = -math.inf if self.low is None else self.low - self.tolerance
        high = math.inf if self.high is None else self.high + self.tolerance
        return low, high

    def judge(self, estimate: Estimate, *, preset: str, note: str = "") -> "Claim":
        """Confront the prediction with a measurement.

        ``holds`` if the whole interval lies inside the predicted region, ``fails`` if the whole
        interval lies outside it, and ``not shown at this scale`` if the interval reaches over a
        border or could not be computed.

        Args:
            estimate: the measurement; rounded to :data:`SIGNIFICANT_DIGITS` before it is judged,
                so that the verdict can be recomputed from the record.
            preset: the preset under which it was measured.
            note: what a reader should know beside the verdict.

        Returns:
            The record of the claim.
        """
        shown = estimate.rounded()
        return Claim(
            **self.model_dump(),
            measured=_finite(shown.value),
            interval=(_finite(shown.low), _finite(shown.high)),
            n=shown.n,
            preset=preset,
            verdict=self.verdict_of(shown),
            note=note,
        )

    def verdict_of(self, estimate: Estimate) -> Verdict:
        """Return the verdict on an estimate as it is recorded: the rule of :meth:`judge`.

        An estimate with a number that is not finite could not be computed.

        Args:
            estimate: what was measured, rounded already.

        Returns:
            The verdict.
        """
        (low, high), interval = self.region(), (estimate.low, estimate.high)
        if not all(map(math.isfinite, estimate[:3])):
            return "not shown at this scale"
        if low <= interval[0] and interval[1] <= high:
            return "holds"
        if interval[1] < low or high < interval[0]:
            return "fails"
        return "not shown at this scale"


class Claim(Prediction):
    """A judged prediction: the record that is stored with a run.

    It validates only if its interval contains what was measured and its verdict follows from its
    own numbers, so that a record that was altered is refused wherever it is read.
    """

    id: str = Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")
    measured: float | None
    interval: tuple[float | None, float | None]
    n: int = Field(ge=1, description="independent repetitions behind the interval")
    preset: str
    verdict: Verdict
    note: str = ""

    def estimate(self) -> Estimate:
        """Return what was measured, with NaN for what could not be."""
        numbers = (self.measured, *self.interval)
        value, low, high = (math.nan if number is None else number for number in numbers)
        return Estimate(value, low, high, self.n)

    @model_validator(mode="after")
    def _follows_from_its_numbers(self) -> "Claim":
        estimate = self.estimate()
        if estimate.low > estimate.value or estimate.value > estimate.high:
            raise ValueError(
                f"claim {self.id!r}: its interval {list(self.interval)} does not contain the "
                f"measured value {self.measured}"
            )
        verdict = self.verdict_of(estimate)
        if verdict != self.verdict:
            raise ValueError(
                f"claim {self.id!r}: {format_measured(self)} against {format_region(self)} gives "
                f"{verdict!r}, its record says {self.verdict!r}"
            )
        return self


class Claims(Sequence[Claim]):
    """The claims of one run of one notebook; shown as a table, stored as a record.

    As the last expression of a notebook cell it displays a table and, under
    :data:`CLAIMS_MIMETYPE`, the machine-readable record.

    Args:
        statement: name of the statement, which is the stem of its notebook.
        claims: judged, in the order in which they are shown.

    Raises:
        ValueError: if two claims have the same id.
    """

    def __init__(self, statement: str, claims: Sequence[Claim]):
        ids = [claim.id for claim in claims]
        if len(set(ids)) != len(ids):
            raise ValueError(f"claim ids must be distinct, got {ids}")
        self.statement = statement
        self._claims = tuple(claims)

    def __len__(self) -> int:
        return len(self._claims)

    def __getitem__(self, index: Any) -> Any:
        return self._claims[index]

    def __iter__(self) -> Iterator[Claim]:
        return iter(self._claims)

    def record(self) -> dict[str, Any]:
        """Return the JSON-ready record: statement and claims."""
        claims = [claim.model_dump(mode="json") for claim in self]
        return {"statement": self.statement, "claims": claims}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "Claims":
        """Rebuild the claims from :meth:`record`.

        Args:
            record: statement and claims, as :meth:`record` returns them.

        Returns:
            The claims.

        Raises:
            pydantic.ValidationError: if a claim is damaged.
            ValueError: if two claims have the same id.
            KeyError: if the statement or the claims are missing.
        """
        return cls(record["statement"], [Claim.model_validate(c) for c in record["claims"]])

    def rows(self) -> list[dict[str, str]]:
        """Return one row of display strings a claim."""
        return [
            {
                "claim": claim.sentence,
                "statistic": claim.statistic,
                "predicted": format_region(claim),
                "measured": format_measured(claim),
                "n": str(claim.n),
                "verdict": claim.verdict,
                "note": claim.note,
            }
            for claim in self
        ]

    def _repr_html_(self) -> str:
        return html_table(self.rows(), "ovp-claims")

    def __repr__(self) -> str:
        return "\n".join(f"{claim.id}: {format_measured(claim)} {claim.verdict}" for claim in self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {
            "text/plain": repr(self),
            "text/html": self._repr_html_(),
            CLAIMS_MIMETYPE: self.record(),
        }


def format_region(prediction: Prediction) -> str:
    """Format what was predicted, e.g. ``≤ -0.5 (tolerance 0.05)``.

    Args:
        prediction: whose region is shown.

    Returns:
        The ends without the tolerance, and the tolerance if there is one.
    """
    low, high = prediction.low, prediction.high
    if low is None:
        region = f"≤ {high:g}"
    elif high is None:
        region = f"≥ {low:g}"
    else:
        region = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    tolerance = f" (tolerance {prediction.tolerance:g})" if prediction.tolerance else ""
    return region.replace("-", "−") + tolerance


def format_measured(claim: Claim) -> str:
    """Format what was measured with its interval, e.g. ``0.012 [−0.03, 0.05]``.

    Args:
        claim: whose measurement is shown.

    Returns:
        The numbers, or ``not measurable``.
    """
    if claim.measured is None:
        return "not measurable"
    low, high = ("?" if end is None else f"{end:g}" for end in claim.interval)
    return f"{claim.measured:g} [{low}, {high}]".replace("-", "−")


class Predictions(Sequence[Prediction]):
    """What would count against a statement; shown as a table before anything is measured.

    Args:
        predictions: in the order in which they are shown.
    """

    def __init__(self, predictions: Sequence[Prediction]):
        self._predictions = tuple(predictions)

    def __len__(self) -> int:
        return len(self._predictions)

    def __getitem__(self, index: Any) -> Any:
        return self._predictions[index]

    def _repr_html_(self) -> str:
        rows = [
            {"claim": p.sentence, "statistic": p.statistic, "predicted": format_region(p)}
            for p in self
        ]
        return html_table(rows, "ovp-predictions")

    def __repr__(self) -> str:
        return "\n".join(f"{p.id}: {format_region(p)}" for p in self)


def html_table(rows: Sequence[Mapping[str, Any]], css_class: str) -> str:
    """Return rows of equal keys as an HTML table that scrolls on a narrow screen.

    Args:
        rows: values by the name of the column; under ``verdict`` only verdicts.
        css_class: class of the table.

    Returns:
        The HTML; what is in the cells is escaped.
    """
    columns = list(rows[0]) if rows else []
    head = "".join(f"<th>{html.escape(column)}</th>" for column in columns)
    cells = (
        "".join(f"<td>{_cell(column, row[column])}</td>" for column in columns) for row in rows
    )
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    table = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="ovp-scroll"><table class="{css_class}">{table}</table></div>'


def _cell(column: str, content: Any) -> str:
    text = html.escape(str(content))
    if column != "verdict":
        return text
    return f'<span class="{VERDICT_CLASSES[content]}">{text}</span>'


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
