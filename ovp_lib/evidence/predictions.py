"""Short constructors of predictions: at most, at least, equal to, between.

Ids are relative; :func:`under` puts the label of the statement before them and names the source.
"""

from typing import TypedDict, Unpack

from ovp_lib.evidence.claims import Kind, Prediction

UNNAMED = "unnamed"
"""Source of a prediction before :func:`under` names it."""

FACTOR = 1.5
"""Factor within which a number of ours agrees with a print, where a statement names no other."""

TO_PRINT = "largest factor between ours and the print over points, by test, one number a seed"
"""The statistic of :func:`~ovp_lib.evidence.blind.largest_factor`, in words."""


class Details(TypedDict, total=False):
    """What any prediction may say beside its region.

    Attributes:
        source: paper, statement and equation, if not that of :func:`under`.
        kind: evidence or a check, see :data:`~ovp_lib.evidence.claims.KINDS`; evidence if not said.
        caveat: what a reader must know wherever the claim is shown.
        computed: whether nothing of it is sampled, so that its interval may have no width.
    """

    source: str
    kind: Kind
    caveat: str
    computed: bool


def at_most(
    id: str,
    high: float,
    sentence: str,
    statistic: str,
    *,
    within: float = 0.0,
    **details: Unpack[Details],
) -> Prediction:
    """Predict that a statistic is at most ``high``.

    Args:
        id: of the claim, relative to its statement: lower case, digits, hyphens and dots.
        high: upper end of the region.
        sentence: the claim in words.
        statistic: what is computed, over which repetitions.
        within: tolerance by which the region is widened.
        **details: see :class:`Details`.

    Returns:
        The prediction, whose id :func:`under` completes.

    Example:
        >>> at_most("risk", 0.1, "It is small.", "risk", within=0.05).widened()
        (-inf, 0.15000000000000002)
    """
    return _prediction(id, (None, high), (sentence, statistic), within, details)


def at_least(
    id: str,
    low: float,
    sentence: str,
    statistic: str,
    *,
    within: float = 0.0,
    **details: Unpack[Details],
) -> Prediction:
    """Predict that a statistic is at least ``low``.

    Args:
        id: of the claim, relative to its statement.
        low: lower end of the region.
        sentence: the claim in words.
        statistic: what is computed, over which repetitions.
        within: tolerance by which the region is widened.
        **details: see :class:`Details`.

    Returns:
        The prediction.
    """
    return _prediction(id, (low, None), (sentence, statistic), within, details)


def equal_to(
    id: str,
    value: float,
    sentence: str,
    statistic: str,
    *,
    within: float,
    **details: Unpack[Details],
) -> Prediction:
    """Predict that a statistic equals ``value`` up to the tolerance.

    Args:
        id: of the claim, relative to its statement.
        value: the only point of the region.
        sentence: the claim in words.
        statistic: what is computed, over which repetitions.
        within: tolerance, on either side.
        **details: see :class:`Details`.

    Returns:
        The prediction.

    Example:
        >>> equal_to("slope", -0.5, "It falls.", "slope", within=0.25).widened()
        (-0.75, -0.25)
    """
    return _prediction(id, (value, value), (sentence, statistic), within, details)


def between(
    id: str,
    low: float,
    high: float,
    sentence: str,
    statistic: str,
    *,
    within: float = 0.0,
    **details: Unpack[Details],
) -> Prediction:
    """Predict that a statistic lies from ``low`` to ``high``.

    Args:
        id: of the claim, relative to its statement.
        low: lower end of the region.
        high: upper end, at least ``low``.
        sentence: the claim in words.
        statistic: what is computed, over which repetitions.
        within: tolerance by which the region is widened.
        **details: see :class:`Details`.

    Returns:
        The prediction.
    """
    return _prediction(id, (low, high), (sentence, statistic), within, details)


def near_print(id: str, source: str, sentence: str, caveat: str) -> Prediction:
    """Return the prediction that one curve of ours is the paper's, at every point.

    Args:
        id: of the claim.
        source: the figure that has the curve.
        sentence: which numbers agree.
        caveat: what a reader must know of it.

    Returns:
        The prediction: :func:`~ovp_lib.evidence.blind.largest_factor` is at most :data:`FACTOR`.
    """
    return at_most(id, FACTOR, sentence, TO_PRINT, source=source, caveat=caveat)


def under(label: str, source: str, *predictions: Prediction) -> tuple[Prediction, ...]:
    """Return predictions with the label of their statement, and their source.

    Args:
        label: of the statement: lower case, digits and hyphens.
        source: paper, statement and equation of those that do not name their own.
        predictions: with relative ids.

    Example:
        >>> [risk] = under("theorem-1", "here", at_most("risk", 0.1, "It is small.", "risk"))
        >>> risk.id
        'theorem-1.risk'
    """
    return tuple(_named(prediction, label, source) for prediction in predictions)


def slug(name: str) -> str:
    """Return the name of a method or curve as it stands in the ids of claims.

    Args:
        name: as the paper writes it, such as ``3layer(NTK)``.

    Returns:
        The name in small letters, with a hyphen in place of brackets.

    Example:
        >>> slug("3layer(NTK)")
        '3layer-ntk'
    """
    return name.replace("(", "-").replace(")", "").lower()


def _named(prediction: Prediction, label: str, source: str) -> Prediction:
    own = source if prediction.source == UNNAMED else prediction.source
    # Validated anew: model_copy would accept an id of any form.
    values = {**prediction.model_dump(), "id": f"{label}.{prediction.id}", "source": own}
    return Prediction.model_validate(values)


def _prediction(
    id: str,
    ends: tuple[float | None, float | None],
    words: tuple[str, str],
    within: float,
    details: Details,
) -> Prediction:
    (low, high), (sentence, statistic) = ends, words
    fields = {"source": UNNAMED, **{name: value for name, value in details.items() if value}}
    return Prediction.model_validate(
        {
            "id": id,
            "sentence": sentence,
            "statistic": statistic,
            "low": low,
            "high": high,
            "tolerance": within,
            **fields,
        }
    )
