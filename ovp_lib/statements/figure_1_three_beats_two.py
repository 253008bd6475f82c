"""Figure 1 of Going Beyond Two Layers: parameters, presets and predictions."""

from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator

from ovp_lib.evidence import published
from ovp_lib.evidence.claims import Prediction, Predictions
from ovp_lib.statements.base import Parameters, Statement
from ovp_lib.statements.kinds import Positives, Sizes

FIGURE = "Allen-Zhu, Li, Liang (2019), Figure 1"
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
"""Who errs less than whom, by what the paper says of its figure or plots in it."""

SLACK = 0.3
"""How far a fitted exponent may be from that of the paper's own points."""


class ThreeBeatsTwoParameters(Parameters):
    """What a rerunner of the comparison can change; the stored sweep stays as it is."""

    target: Literal["sine", "tanh"] = Field(default="sine", description="Section 7's target")
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
    def _not_too_wide(self) -> "ThreeBeatsTwoParameters":
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

PRESETS: dict[str, dict[str, Any]] = {
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


def printed_exponent(curve: str) -> float:
    """Return the slope of log error on log N through the paper's points with N >= 1000."""
    table = published.points("figure-1").query("panel == 'b' and x >= 1000")
    points = table[table["series"] == curve]
    return float(np.polyfit(np.log(points["x"]), np.log(points["test_error"]), 1)[0])


def _paper(curve: str, panel: str) -> Prediction:
    against = "the width at N = 1000" if panel == "a" else "N at m = 2000"
    return Prediction(
        id=f"figure-1.paper-{panel}.{slug(curve)}",
        source=f"{FIGURE}({panel})",
        sentence=f"{curve} against {against}: our errors are the paper's.",
        statistic="ours / printed, geometric mean over the points run, padded, chosen by test",
        low=0.8,
        high=1.25,
    )


def _convention(curve: str) -> Prediction:
    return Prediction(
        id=f"figure-1.convention.{slug(curve)}",
        source=f"{SECTION}, which does not say it",
        sentence=f"{curve}: the paper padded its inputs.",
        statistic="mean |log(ours / printed)| over m = 100, 500, 1000, plain minus padded",
        low=0.0,
    )


def _order(better: str, worse: str) -> Prediction:
    return Prediction(
        id=f"figure-1.order.{slug(better)}.{slug(worse)}",
        source=FIGURE,
        sentence=f"{better} errs less than {worse}, whatever m and N.",
        statistic="share of (m, N, seed) in which it does, padded, chosen by validation",
        low=0.85,
    )


def _exponent(curve: str) -> Prediction:
    middle = round(printed_exponent(curve), 2)
    return Prediction(
        id=f"figure-1.exponent.{slug(curve)}",
        source=f"{FIGURE}(b)",
        sentence=f"{curve}: errors fall with N at the rate of the paper's points.",
        statistic="slope of log error on log N, N ≥ 1000, padded, chosen by validation",
        low=round(middle - SLACK, 2),
        high=round(middle + SLACK, 2),
    )


PREDICTIONS = (
    Prediction(
        id="figure-1.live.order",
        source=FIGURE,
        sentence="The three-layer network errs several times less than the two-layer one.",
        statistic="error of the two-layer / of the three-layer network, same data, least width",
        low=3.0,
    ),
    *(_order(better, worse) for better, worse in ORDER),
    Prediction(
        id="figure-1.order.depth",
        source=f"{FIGURE}(a)",
        sentence="No width makes up for the layer: three layers of 100 beat two of any width.",
        statistic="least error of two layers over widths / error of three layers at m = 100",
        low=1.0,
    ),
    *(_paper(curve, panel) for panel in "ab" for curve in CURVES),
    *(_convention(curve) for curve in CURVES),
    *(_exponent(curve) for curve in CURVES),
    Prediction(
        id="figure-1.width.3layer",
        source=f"{FIGURE}(a)",
        sentence="More neurons do not hurt: errors of three layers do not grow with m.",
        statistic="slope of log error on log m, N = 1000, chosen by validation",
        high=0.0,
    ),
    Prediction(
        id="figure-1.width.2layer",
        source=f"{FIGURE}(a)",
        sentence="... and those of two layers fall.",
        statistic="slope of log error on log m, N = 1000, chosen by validation",
        high=-0.1,
    ),
    Prediction(
        id="figure-1.selection",
        source=SECTION,
        sentence="Choosing by test data, as the paper did, flatters by at most a tenth.",
        statistic="error chosen by validation / by test, geometric mean over points, per seed",
        low=1.0,
        high=1.1,
    ),
    Prediction(
        id="figure-1.grid",
        source=SECTION,
        sentence="The grids are wide enough: the best step size lies inside.",
        statistic="share of points with three or more step sizes whose best is not at an end",
        low=0.8,
    ),
    Prediction(
        id="figure-1.recomputed",
        source="this book's stored results",
        sentence="Some runs of the stored table, computed again here, agree with it.",
        statistic="largest |log(again / stored)| of test errors, cheap rows",
        high=0.25,
    ),
)

STATEMENT = Statement(
    name="figure-1-three-beats-two",
    title="Figure 1: three layers beat two, and networks their kernels",
    source=FIGURE,
    parameters=ThreeBeatsTwoParameters,
    presets=PRESETS,
    predictions=Predictions(PREDICTIONS),
)
