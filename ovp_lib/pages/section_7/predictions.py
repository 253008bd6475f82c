"""What the statements of Figures 1 and 2 of Going Beyond Two Layers have in common."""

from typing import Any, Literal

from pydantic import Field, model_validator

from ovp_lib.evidence.claims import Prediction
from ovp_lib.pages.base import Parameters
from ovp_lib.pages.kinds import Positives, Sizes

SECTION = "Allen-Zhu, Li, Liang (2019), Section 7"

CURVES = ("3layer", "2layer", "3layer(last)", "2layer(last)", "3layer(NTK)")
"""What the paper plots."""

ORDER = (
    ("3layer", "2layer"),
    ("3layer", "3layer(NTK)"),
    ("3layer", "3layer(last)"),
    ("2layer", "2layer(NTK)"),
    ("2layer", "2layer(last)"),
    ("3layer(NTK)", "3layer(last)"),
)
"""Who errs less than whom, by what the paper says of its figures or plots in the first."""


class ComparisonParameters(Parameters):
    """What a rerunner of the comparison can change; the stored sweep stays as it is."""

    target: Literal["sine", "tanh"] = Field(description="Section 7's target")
    convention: Literal["padded", "plain"] = Field(
        default="padded", description="what the network sees: (√3/2 u, 1/2), or u"
    )
    widths: Sizes = Field(min_length=1, description="widths m of both networks")
    samples: int = Field(default=1000, ge=50, description="training set size N")
    epochs: int = Field(default=800, ge=2, description="passes over the training set")
    lrs: Positives = Field(
        min_length=1, description="step sizes from which validation data choose, increasing"
    )
    decays: Positives = Field(
        min_length=1, description="weight decays from which they choose, increasing"
    )

    @model_validator(mode="after")
    def _not_too_wide(self) -> "ComparisonParameters":
        if self.widths[-1] > 5000:
            raise ValueError(
                f"the three-layer network has m² weights: widths go to 5000, got {self.widths[-1]}"
            )
        return self


_QUICK: dict[str, Any] = {
    "n_seeds": 5,
    "widths": (100,),
    "lrs": (0.005, 0.01, 0.02),
    "decays": (1e-5,),
}

_PRESETS: dict[str, dict[str, Any]] = {
    "quick": _QUICK,
    "standard": _QUICK
    | {"n_seeds": 8, "widths": (100, 200), "lrs": (0.002, 0.005, 0.01, 0.02, 0.05)},
    "paper": _QUICK
    | {
        "n_seeds": 8,
        "widths": (100, 200, 500, 1000),
        "lrs": (0.002, 0.005, 0.01, 0.02, 0.05),
        "decays": (1e-5, 1e-4),
    },
}


def slug(curve: str) -> str:
    """Return a curve's name as it stands in the ids of claims.

    Example:
        >>> slug("3layer(NTK)")
        '3layer-ntk'
    """
    return curve.replace("(", "-").replace(")", "").lower()


def presets(target: str) -> dict[str, dict[str, Any]]:
    """Return the presets of what is computed live, for one of the two targets."""
    return {name: {"target": target, **given} for name, given in _PRESETS.items()}


def order(figure: str, source: str, better: str, worse: str) -> Prediction:
    """Return the prediction that one curve lies below another."""
    return Prediction(
        id=f"{figure}.order.{slug(better)}.{slug(worse)}",
        source=source if worse in CURVES else "our addition",
        sentence=f"{better} errs less than {worse}, whatever m and N.",
        statistic="error of the second / of the first, least over (m, N), padded, by validation",
        low=1.0,
    )


def live_order(figure: str, source: str) -> Prediction:
    """Return the prediction of what is computed live."""
    return Prediction(
        id=f"{figure}.live.order",
        source=source,
        sentence="The three-layer network errs several times less than the two-layer one.",
        statistic="error of the two-layer / of the three-layer network, same data, least width",
        low=3.0,
    )


def widths(figure: str, source: str) -> tuple[Prediction, ...]:
    """Return the predictions of what width is worth."""
    return (
        Prediction(
            id=f"{figure}.order.depth",
            source=source,
            sentence="No width makes up for the layer: three layers of 100 beat two of any width.",
            statistic="least error of two layers over widths / error of three layers at m = 100",
            low=1.0,
        ),
        Prediction(
            id=f"{figure}.width.3layer",
            source=source,
            sentence="More neurons do not hurt: errors of three layers do not grow with m.",
            statistic="slope of log error on log m, N = 1000, chosen by validation",
            high=0.0,
        ),
        Prediction(
            id=f"{figure}.width.2layer",
            source=source,
            sentence="... and those of two layers fall.",
            statistic="slope of log error on log m, N = 1000, chosen by validation",
            high=-0.1,
        ),
    )


def checks(figure: str) -> tuple[Prediction, ...]:
    """Return the predictions of how the hyper-parameters were chosen, and of the stored table."""
    return (
        Prediction(
            id=f"{figure}.selection",
            source=SECTION,
            sentence="Choosing by test data flatters by at most a tenth, on average over points.",
            statistic="error chosen by validation / by test, geometric mean over points, per seed",
            high=1.1,
        ),
        Prediction(
            id=f"{figure}.grid",
            source=SECTION,
            sentence="The grids are wide enough: the best step size lies inside.",
            statistic="share of points with three or more step sizes whose best is not at an end",
            low=0.8,
        ),
        recomputed(figure),
    )


def recomputed(figure: str) -> Prediction:
    """Return the prediction that stored runs can be made again."""
    return Prediction(
        id=f"{figure}.recomputed",
        source="this book's stored results",
        sentence="Some runs of the stored table, computed again here, agree with it.",
        statistic="largest |log(again / stored)| of test errors, cheap rows",
        high=0.25,
    )
