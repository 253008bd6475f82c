"""Claims: what a statement predicts, what was measured, and the verdict.

A :class:`Prediction` is written before anything is measured. :meth:`Prediction.judge` confronts it
with an :class:`Estimate` and returns a :class:`Claim`, the record that the notebooks store, the
scoreboard shows and the tests compare.
"""

import difflib
import html
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

Verdict = Literal["holds", "within tolerance", "fails", "not shown at this scale"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

VERDICT_CLASSES: dict[Verdict, str] = {
    "holds": "verdict-holds",
    "within tolerance": "verdict-within",
    "fails": "verdict-fails",
    "not shown at this scale": "verdict-unshown",
}
"""CSS class of each verdict, in notebooks and in the book."""

Kind = Literal["empirical", "proved", "identity", "recomputation"]
"""What a prediction is: evidence, which a run could have contradicted, or a check of the code."""

KINDS: dict[Kind, str] = {
    "empirical": "a run could have contradicted it",
    "proved": "it is proved, so that only a bug can contradict it",
    "identity": "both sides are equal by algebra, so that only a bug can tell them apart",
    "recomputation": "it is computed again, or is about our own search, and not about a paper",
}
"""What each kind of prediction means."""

CLAIMS_MIMETYPE = "application/vnd.ovp.claims+json"
"""Mime type under which a notebook's verdict cell stores its claims."""

NARROW_MIMETYPE = "application/vnd.ovp.narrow+xml"
"""Mime type under which a published figure has the SVG that a phone is shown."""

CHECKS_TITLE = "Checks of the code, which say nothing about the paper"
"""What stands above a table of checks."""

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

        An interval that has a width keeps one: it is given as many digits as that takes.

        Args:
            digits: how many to keep, at least 1.

        Returns:
            The rounded estimate, of as many repetitions.
        """
        rounded = self._to(digits)
        while rounded.low == rounded.high and self.low != self.high:
            digits += 1
            rounded = self._to(digits)
        return rounded

    def _to(self, digits: int) -> "Estimate":
        value, low, high = (float(f"{number:.{digits}g}") for number in self[:3])
        return self._replace(value=value, low=low, high=high)


class Prediction(BaseModel):
    """What a statement predicts of one statistic, fixed before it is measured.

    The predicted region is ``[low, high]``; an end that is ``None`` is open. The tolerance widens
    it for what the statement does not promise exactly.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str = Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)*$")
    source: str = Field(min_length=1, description="paper, statement and equation")
    sentence: str = Field(min_length=1, description="the claim in words")
    statistic: str = Field(min_length=1, description="what is computed, over which repetitions")
    low: float | None = None
    high: float | None = None
    tolerance: float = Field(default=0.0, ge=0.0)
    kind: Kind = "empirical"
    computed: bool = Field(
        default=False, description="computed without sampling, so that it has no interval"
    )
    caveat: str = Field(default="", description="what a reader must know wherever it is shown")

    @property
    def is_evidence(self) -> bool:
        """Whether a run could have contradicted it: it is no check of the code."""
        return self.kind == "empirical"

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
        """Return the predicted region without tolerance, with infinite open ends."""
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        return low, high

    def widened(self) -> tuple[float, float]:
        """Return the predicted region with its tolerance, with infinite open ends."""
        low, high = self.region()
        return low - self.tolerance, high + self.tolerance

    def judge(self, estimate: Estimate, *, preset: str, note: str = "") -> "Claim":
        """Confront the prediction with a measurement.

        The verdict is that of :meth:`verdict_of`.

        Args:
            estimate: the measurement; rounded to :data:`SIGNIFICANT_DIGITS` before it is judged,
                so that the verdict can be recomputed from the record.
            preset: the preset under which it was measured.
            note: what a reader should know beside the verdict.

        Returns:
            The record of the claim.

        Raises:
            ValueError: if the interval of a sampled quantity has no width: then its repetitions
                were no independent samples of it, or the interval is not the right one.
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
        """Return the verdict on an estimate as it is recorded.

        ``holds``: the whole interval lies inside the region. ``within tolerance``: it does not, but
        lies inside the widened region. ``fails``: it lies wholly outside the widened region. ``not
        shown at this scale``: it reaches over a border, or could not be computed. No interval fits
        into a region that is one point: there the interval has to contain the point, too.

        Args:
            estimate: what was measured, rounded already.

        Returns:
            The verdict.
        """
        low, high = self.widened()
        if not all(map(math.isfinite, estimate[:3])):
            return "not shown at this scale"
        if estimate.high < low or high < estimate.low:
            return "fails"
        if not (low <= estimate.low and estimate.high <= high):
            return "not shown at this scale"
        return "holds" if self._agrees(estimate) else "within tolerance"

    def _agrees(self, estimate: Estimate) -> bool:
        low, high = self.region()
        if low == high:
            return estimate.low <= low <= estimate.high
        return low <= estimate.low and estimate.high <= high


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

    def remarks(self) -> str:
        """Return caveat and note in one text: what must be read beside the verdict."""
        return " ".join(filter(None, (self.caveat, self.note)))

    def estimate(self) -> Estimate:
        """Return what was measured, with NaN for what could not be."""
        numbers = (self.measured, *self.interval)
        value, low, high = (math.nan if number is None else number for number in numbers)
        return Estimate(value, low, high, self.n)

    @model_validator(mode="after")
    def _follows_from_its_numbers(self) -> "Claim":
        estimate = self.estimate()
        if estimate.low == estimate.high and self.is_evidence and not self.computed:
            raise ValueError(
                f"claim {self.id!r}: the interval {list(self.interval)} of a sampled quantity has "
                "no width; take a statistic that has one (an exact binomial interval for shares), "
                "or declare it computed, if nothing of it is sampled"
            )
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
                "note": claim.remarks(),
            }
            for claim in self
        ]

    def of_kind(self, *, evidence: bool) -> list[Claim]:
        """Return the claims that are evidence, or the checks.

        Args:
            evidence: which of the two.
        """
        return [claim for claim in self if claim.is_evidence == evidence]

    def _repr_html_(self) -> str:
        return _in_two_parts(self.rows(), list(self), "ovp-claims")

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

    def whole(self, id: str) -> str:
        """Return the whole id of a prediction.

        Args:
            id: whole, or relative to the label of the first prediction.

        Returns:
            The id that a prediction has.

        Raises:
            ValueError: if none has it, with the one that is nearest.
        """
        known = [prediction.id for prediction in self]
        full = id if id in known else f"{known[0].partition('.')[0]}.{id}"
        if full not in known:
            close = difflib.get_close_matches(full, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise ValueError(f"predicts nothing of {id!r}{hint}")
        return full

    def _repr_html_(self) -> str:
        rows = [
            {
                "claim": p.sentence,
                "statistic": p.statistic,
                "predicted": format_region(p),
                "caveat": p.caveat,
            }
            for p in self
        ]
        if not any(p.caveat for p in self):
            rows = [{k: v for k, v in row.items() if k != "caveat"} for row in rows]
        return _in_two_parts(rows, list(self), "ovp-predictions")

    def __repr__(self) -> str:
        return "\n".join(f"{p.id}: {format_region(p)}" for p in self)


def _in_two_parts(
    rows: Sequence[Mapping[str, Any]], predictions: Sequence[Prediction], css_class: str
) -> str:
    """Return a table of the evidence and, under a heading of their own, one of the checks."""
    pairs = list(zip(rows, predictions, strict=True))
    evidence = [row for row, prediction in pairs if prediction.is_evidence]
    checks = [{"kind": p.kind, **row} for row, p in pairs if not p.is_evidence]
    parts = [html_table(evidence, css_class)] if evidence else []
    if checks:
        parts.append(f'<p class="ovp-checks-title">{CHECKS_TITLE}</p>')
        parts.append(html_table(checks, f"{css_class} ovp-checks"))
    return "".join(parts)


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
