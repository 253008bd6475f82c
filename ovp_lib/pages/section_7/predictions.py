"""What the statements of Figures 1 and 2 of Going Beyond Two Layers have in common."""

from typing import Literal

from pydantic import Field, model_validator

from ovp_lib.evidence.claims import Prediction
from ovp_lib.evidence.predictions import at_least, at_most, near_print, slug
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
"""Pairs of learners of which the first has the lower error, as the paper says or plots it."""


class ComparisonParameters(Parameters):
    """What a rerunner of the comparison can change; the stored sweep stays as it is."""

    target: Literal["sine", "tanh"] = Field(description="Section 7's target")
    convention: Literal["padded", "plain"] = Field(
        default="padded", description="what the network sees: (√3/2 u, 1/2), or u"
    )
    widths: Sizes = Field(min_length=1, description="widths m of both networks")
    samples: int = Field(default=1000, ge=50, description="training set size N")
    epochs: int = Field(default=800, ge=2, description="passes over the training set")
    step_sizes: Positives = Field(
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


QUICK_STEP_SIZES = {"sine": (0.01, 0.02, 0.05), "tanh": (0.002, 0.005, 0.02)}
"""Around the best one of three layers after 400 epochs, by target."""


def presets(target: Literal["sine", "tanh"]) -> dict[str, ComparisonParameters]:
    """Return the presets of what is computed live.

    Args:
        target: one of Section 7's two.
    """
    quick = ComparisonParameters(
        target=target,
        n_seeds=5,
        widths=(100,),
        epochs=400,
        step_sizes=QUICK_STEP_SIZES[target],
        decays=(1e-5,),
    )
    standard = quick.but(
        n_seeds=8, widths=(100, 200), epochs=800, step_sizes=(0.002, 0.005, 0.01, 0.02, 0.05)
    )
    return {
        "tiny": quick.but(n_seeds=2, samples=100, widths=(8,), epochs=4, step_sizes=(0.005, 0.01)),
        "quick": quick,
        "standard": standard,
        "paper": standard.but(widths=(100, 200, 500, 1000), decays=(1e-5, 1e-4)),
    }


LOOKED = (
    "The statistic, the least factor over all points, replaced the share of pairs after a look at "
    "the data."
)
"""What is to be known of every claim on which learner has the lower error."""

CAVEATS: dict[tuple[str, str], str] = {
    ("2layer", "2layer(NTK)"): "Padded inputs only: with plain ones the order is the other one.",
    ("2layer", "2layer(last)"): "Padded inputs only: with plain ones the order is the other one.",
    ("3layer(NTK)", "3layer(last)"): "SGD only: ridge regression turns the order round.",
}
"""Where the order of two learners depends on more than the learners."""


def order(source: str, better: str, worse: str) -> Prediction:
    """Return the prediction that one curve lies below another.

    Args:
        source: the figure that says so; the prediction is our addition where it does not plot the
            second curve.
        better: name of the curve that should lie below.
        worse: name of the other one.

    Returns:
        The prediction.
    """
    return at_least(
        f"order.{slug(better)}.{slug(worse)}",
        1.0,
        f"{better} has a lower error than {worse} wherever both were run.",
        "error of the second / of the first, least over (m, N), padded, by validation",
        source=source if worse in CURVES else "our addition",
        caveat=" ".join(filter(None, (LOOKED, CAVEATS.get((better, worse), "")))),
    )


def live_order() -> Prediction:
    """Return the prediction of what is computed live."""
    return at_least(
        "live.order",
        3.0,
        "The error of the three-layer network is several times lower than the two-layer one's.",
        "error of the two-layer / of the three-layer network, same data, least width",
    )


def widths(source: str, caveat: str = "") -> tuple[Prediction, ...]:
    """Return the predictions of what width is worth.

    Args:
        source: the panel that shows errors against the width.
        caveat: of the prediction on three layers.

    Returns:
        The predictions, depth first.
    """
    return (
        at_least(
            "order.depth",
            1.0,
            "No width makes up for the layer: three layers of 100 beat two of any width.",
            "least error of two layers over widths / error of three layers at m = 100",
            source=source,
        ),
        at_most(
            "width.3layer",
            0.0,
            "More neurons do not hurt: errors of three layers do not grow with m.",
            "slope of log error on log m, N = 1000, chosen by validation",
            source=source,
            caveat=caveat,
        ),
        at_most(
            "width.2layer",
            -0.1,
            "More neurons help two layers: their errors fall with m.",
            "slope of log error on log m, N = 1000, chosen by validation",
            source=source,
        ),
    )


BLIND = (
    "Tables and print were fixed apart, but how many points lie within 1.5 had been computed by "
    "somebody else before this was written."
)
"""What is to be known of a prediction that was fixed before its answer was seen."""

TRIED = "A hypothesis that was tried after the print had been seen."
"""What is to be known of an explanation."""


def explanations(source: str) -> tuple[Prediction, ...]:
    """Return the predictions of what explains where our curves differ from the printed ones.

    Args:
        source: the figure.
    """
    return (
        near_print(
            "end.3layer-last",
            source,
            "3layer(last), with step sizes up to 2 only: our errors are the printed ones.",
            f"{TRIED} {ENDED}",
        ),
        near_print(
            "end.2layer-last",
            source,
            "2layer(last), with step sizes up to 2 only: our errors are the printed ones.",
            f"{TRIED} {ENDED}",
        ),
        near_print(
            "biases.2layer",
            source,
            "2layer, with biases that are trained: our errors are the printed ones.",
            TRIED,
        ),
    )


ENDED = "That the search ended at 2 was guessed from Figure 1 alone."
"""Where the guess of the largest step size comes from."""


def checks() -> tuple[Prediction, ...]:
    """Return the checks of how the hyper-parameters were chosen, and of the stored table."""
    return (
        at_most(
            "selection",
            1.1,
            "Choosing by test data flatters by at most a tenth, on average over points.",
            "error chosen by validation / by test, geometric mean over points, per seed",
            source=SECTION,
            kind="recomputation",
            caveat="The region lost its lower end after a look: the factor is never below 1.",
        ),
        at_least(
            "grid",
            0.8,
            "The grids are wide enough: the best step size lies inside.",
            "share of points with three or more step sizes whose best is not at an end",
            source=SECTION,
            kind="recomputation",
            caveat="The grids were extended once, at the points where it was not so.",
        ),
        recomputed(),
    )


def recomputed() -> Prediction:
    """Return the check that stored runs can be made again."""
    return at_most(
        "recomputed",
        0.25,
        "Some runs of the stored table, computed again here, agree with it.",
        "largest |log(again / stored)| of test errors, cheap rows",
        source="this book's stored results",
        kind="recomputation",
    )
