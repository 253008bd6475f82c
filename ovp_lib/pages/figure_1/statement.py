"""Figure 1 of Going Beyond Two Layers: predictions."""

from ovp_lib.evidence.claims import Prediction, Predictions
from ovp_lib.evidence.predictions import at_least, between, under
from ovp_lib.pages.base import Statement
from ovp_lib.pages.section_7 import predictions as section_7
from ovp_lib.pages.section_7.predictions import CURVES, ORDER, SECTION, slug

FIGURE = "Allen-Zhu, Li, Liang (2019), Figure 1"

SLACK = 0.3
"""How far a fitted exponent may be from that of the paper's own points."""


PRINTED_EXPONENTS = {
    "3layer": -1.79,
    "2layer": -1.40,
    "3layer(last)": -0.74,
    "2layer(last)": -0.74,
    "3layer(NTK)": -0.77,
}
"""Slope of log error on log N through the paper's points with N >= 1000."""


def _paper(curve: str, panel: str) -> Prediction:
    against = "the width at N = 1000" if panel == "a" else "N at m = 2000"
    return between(
        f"paper-{panel}.{slug(curve)}",
        0.8,
        1.25,
        f"{curve} against {against}: our errors are the paper's.",
        "ours / printed, geometric mean over the points run, padded, chosen by test",
        source=f"{FIGURE}({panel})",
    )


def _convention(curve: str) -> Prediction:
    return at_least(
        f"convention.{slug(curve)}",
        0.0,
        f"{curve}: the paper padded its inputs.",
        "mean |log(ours / printed)| over m = 100, 500, 1000, plain minus padded",
        source=f"{SECTION}, which does not say it",
    )


def _exponent(curve: str) -> Prediction:
    middle = PRINTED_EXPONENTS[curve]
    return between(
        f"exponent.{slug(curve)}",
        round(middle - SLACK, 2),
        round(middle + SLACK, 2),
        f"{curve}: errors fall with N at the rate of the paper's points.",
        "slope of log error on log N, N ≥ 1000, padded, chosen by validation",
        source=f"{FIGURE}(b)",
    )


FIGURE_1 = under(
    "figure-1",
    FIGURE,
    section_7.live_order(),
    *(section_7.order(FIGURE, *pair) for pair in ORDER),
    *(_paper(curve, panel) for panel in "ab" for curve in CURVES),
    *(_convention(curve) for curve in CURVES),
    *(_exponent(curve) for curve in CURVES),
    *section_7.widths(f"{FIGURE}(a)"),
    *section_7.checks(),
)

STATEMENT = Statement(
    name="figure-1",
    place=50,
    title="Figure 1: three layers beat two, and networks their kernels",
    source=FIGURE,
    presets=section_7.presets("sine"),
    predictions=Predictions(FIGURE_1),
    row="full/figure-1",
)
