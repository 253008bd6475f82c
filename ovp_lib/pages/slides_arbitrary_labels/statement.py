"""The slides' first question, why any labels fit: parameters, presets and predictions."""

from typing import Literal

from pydantic import Field, model_validator

from ovp_lib.evidence.claims import Predictions
from ovp_lib.evidence.predictions import at_least, at_most, between, equal_to, under
from ovp_lib.pages.base import Parameters, Statement
from ovp_lib.pages.card import Card, Learnt
from ovp_lib.pages.kinds import Positives, Size, Sizes

POINTS = {"digits": 1797, "MNIST-1D": 2000}
"""How many points each data set has here."""


class SlidesArbitraryLabelsParameters(Parameters):
    """What a rerunner of this page can change."""

    data: Literal["digits", "MNIST-1D"] = Field(
        default="digits", description="points of parts (b) to (f); part (a) has both"
    )
    fitted_samples: Size = Field(description="number of training points of part (a)")
    n_test: Size = Field(description="number of test points of part (a)")
    label_sample_sizes: Sizes = Field(
        min_length=3, description="numbers n of random labels of part (b), fitted_samples too"
    )
    patience: Size = Field(description="most steps of a run of part (b)")
    narrow: Sizes = Field(min_length=3, description="widths m among which part (b) looks")
    widths: Sizes = Field(min_length=3, description="widths m of parts (c) to (e)")
    sample_sizes: Sizes = Field(min_length=3, description="numbers of points n")
    depths: Sizes = Field(min_length=3, description="numbers of hidden layers L")
    separations: Positives = Field(min_length=3, description="distances phi within a pair")
    samples: Size = Field(description="number of points n where n is held fixed")
    paired_samples: Size = Field(description="number of points n in pairs, even")
    width: Size = Field(description="width m where m is held fixed")
    depth: Size = Field(default=3, description="number of hidden layers L where L is held fixed")
    goal: float = Field(default=0.02, gt=0.0, description="loss at which parts (c) to (e) stop")
    steps: Size = Field(description="most steps of a run")

    @model_validator(mode="after")
    def _there_are_so_many_points(self) -> "SlidesArbitraryLabelsParameters":
        most = max(*self.sample_sizes, *self.label_sample_sizes, self.samples)
        have = POINTS[self.data]
        if most > have or self.fitted_samples + self.n_test > min(POINTS.values()):
            raise ValueError(
                f"{self.data} has {have} points and the smaller data set {min(POINTS.values())}: "
                f"cannot train on {most}, or on {self.fitted_samples} beside {self.n_test} for the "
                "test"
            )
        if self.fitted_samples not in self.label_sample_sizes:
            raise ValueError(
                f"fitted_samples must be one of label_sample_sizes, got {self.fitted_samples}"
            )
        if self.paired_samples % 2 or self.paired_samples < 4:
            raise ValueError(
                f"paired_samples must be even and at least 4, got {self.paired_samples}"
            )
        if max(self.separations) >= 2:
            raise ValueError("points of the unit sphere are less than 2 apart within a pair")
        return self


QUICK = SlidesArbitraryLabelsParameters(
    n_seeds=8,
    fitted_samples=48,
    n_test=500,
    label_sample_sizes=(12, 24, 48),
    patience=800,
    narrow=(2, 4, 6, 8, 12, 16, 24, 32, 48, 64),
    widths=(32, 64, 128, 256, 512),
    sample_sizes=(12, 18, 27, 40),
    depths=(1, 2, 3, 4, 6),
    separations=(0.2, 0.3, 0.5, 0.8),
    samples=24,
    paired_samples=12,
    width=128,
    steps=2000,
)

STANDARD = QUICK.but(
    n_seeds=10,
    fitted_samples=100,
    label_sample_sizes=(25, 50, 100, 200),
    patience=5000,
    narrow=(*QUICK.narrow, 96, 128, 192, 256),
    widths=(32, 64, 128, 256, 512, 1024),
    sample_sizes=(12, 24, 48, 96, 192),
    depths=(1, 2, 3, 4, 6, 8),
    separations=(0.1, *QUICK.separations),
    samples=32,
    paired_samples=16,
    width=256,
    steps=8000,
)

PAPER = STANDARD.but(
    n_seeds=20,
    fitted_samples=1000,
    label_sample_sizes=(125, 250, 500, 1000),
    patience=50_000,
    widths=(*STANDARD.widths, 2048, 4096),
    sample_sizes=(*STANDARD.sample_sizes, 512, 1024),
    separations=(0.05, *STANDARD.separations),
    samples=200,
    paired_samples=100,
    width=1024,
    steps=100_000,
)

TINY = QUICK.but(
    n_seeds=2,
    fitted_samples=12,
    n_test=20,
    label_sample_sizes=(10, 12, 20),
    patience=200,
    narrow=(3, 4, 5, 6, 7, 8, 10, 12, 16, 24),
    widths=(16, 24, 32),
    sample_sizes=(10, 12, 14),
    depths=(1, 2, 3),
    separations=(0.6, 0.8, 1.0),
    samples=10,
    paired_samples=4,
    width=16,
    goal=0.1,
    steps=300,
)

PAIRED = "Points come in pairs with opposite labels, so that phi is what is varied."

ONE_SIDED = "Equality was predicted first; after a run with these seeds it became a bound."

RAISED = "After a first run with these seeds the number of points was raised from 16 to 24."

SMALLER = "After a first run with these seeds the largest training set was made smaller."

AS_ONE = "The hidden constant is taken as 1, and logarithms are left out."

RANDOM_LABELS = under(
    "slides-random-labels",
    "Gu (2019), Fitting random labels and random pixels; Zhang et al. (2016)",
    at_most(
        "fitted",
        0.5,
        "On the digits true labels, random labels and random pixels are all fitted without an "
        "error, in at most half of the steps that were allowed.",
        "steps to zero training error over those allowed, largest over five labelings of digits",
    ),
    between(
        "slower",
        1.0,
        10.0,
        "On the digits random labels take longer to fit than true ones, by less than a factor of "
        "ten.",
        "steps to zero training error, random labels over true labels, digits, geometric mean",
        caveat="On MNIST-1D, where hardly anything is learned, both take about as long.",
    ),
    at_least(
        "pixels",
        1.0,
        "On the digits images of Gaussian noise are fitted sooner than random labels.",
        "steps to zero training error, random labels over Gaussian pixels, digits, geometric mean",
    ),
    equal_to(
        "chance",
        0.5,
        "On the digits with random labels the test error is that of guessing.",
        "share of wrong signs on test points, random labels of digits",
        within=0.05,
        kind="proved",
    ),
    at_most(
        "learned",
        0.25,
        "On the digits the same network learns from as many points with true labels.",
        "share of wrong signs on test points, true labels of digits",
    ),
)

CONDITIONS = under(
    "slides-conditions",
    "ours, after Gu (2019), tables of over-parameterisation conditions",
    at_most(
        "two-layers.exponent",
        1.0,
        "With one hidden layer the smallest width that fits n random labels grows at most like n.",
        "exponent in n of the smallest width that fits, L = 1, fitted in each seed",
        source="ours, after Gu (2019), Optimization of Shallow Networks; Du et al. (2018)",
    ),
    at_least(
        "two-layers.gap",
        6.0,
        "With one hidden layer, six orders of magnitude or more lie between the width n⁶/λ₀⁴ "
        "and the smallest that fits.",
        "log10 of the condition with constant 1 over the smallest width that fits, L = 1",
        source="ours, after Gu (2019), tables of over-parameterisation conditions",
        kind="recomputation",
        caveat=f"{AS_ONE} n and the largest width tried alone force it; only 'no width fits' was "
        "open.",
    ),
    at_most(
        "deep.exponent",
        1.0,
        "In deep networks the smallest width that fits n random labels grows at most like n.",
        "exponent in n of the smallest width that fits, fitted in each seed",
    ),
    at_least(
        "deep.gap",
        10.0,
        "Ten orders of magnitude or more lie between the smallest width of the table's rows for "
        "ReLU networks and the smallest that fits.",
        "log10 of the least condition for deep ReLU networks over the smallest width that fits",
        kind="recomputation",
        caveat=f"{AS_ONE} n, L and the largest width tried alone force it; only 'no width fits' "
        "was open.",
    ),
    at_least(
        "steps.gap",
        1.0,
        "An order of magnitude or more lies between the least number of steps of the table's rows "
        "for ReLU networks and the steps that sufficed.",
        "log10 of the least count for deep ReLU networks over the steps to zero training error",
        kind="recomputation",
        caveat=f"{AS_ONE} n, L, φ and the most steps that are tried force it: only 'not fitted' "
        "was open. The row counts steps to a small square loss; those measured are to zero "
        "training error.",
    ),
)

ZOU = under(
    "slides-zou",
    "Gu (2019), Theorem (Zou et al., informal) and table; Zou and Gu (2019)",
    at_most(
        "steps.width",
        0.0,
        "The number of steps does not grow with the width, at a step size of order 1/m.",
        "exponent in m of the steps to the goal, fitted in each seed",
        within=0.1,
        caveat=RAISED,
    ),
    at_most(
        "steps.samples",
        2.0,
        "The number of steps grows at most like n², as in the best row of the table.",
        "exponent in n of the steps to the goal, fitted in each seed",
        within=0.2,
        caveat=SMALLER,
    ),
    at_most(
        "steps.depth",
        2.0,
        "The number of steps grows at most like L², as in the best row of the table.",
        "exponent in L of the steps to the goal, fitted in each seed",
        within=0.2,
        caveat=RAISED,
    ),
    at_least(
        "zero.separation",
        -1.0,
        "The steps to zero training error grow at most like 1/φ, as in the theorem of Zou et al.",
        "exponent in φ of the steps to zero training error, fitted in each seed",
        within=0.2,
        caveat=PAIRED,
    ),
    at_least(
        "steps.separation",
        -1.0,
        "The steps to a small loss grow at most like 1/φ, as in the row of Zou and Gu.",
        "exponent in φ of the steps to the goal, fitted in each seed",
        within=0.2,
        caveat=PAIRED,
    ),
    at_least(
        "steps.separation-square",
        -2.0,
        "The steps to a small loss grow at most like 1/φ², as in the row of Allen-Zhu et al.",
        "exponent in φ of the steps to the goal, fitted in each seed",
        within=0.2,
        caveat=PAIRED,
    ),
)

BALL = under(
    "slides-ball",
    "Gu (2019), Ball around the initialisation",
    at_least(
        "dominance.width",
        1.0,
        "The constant of gradient dominance grows at least in proportion to the width.",
        "exponent in m of the least ||grad L||^2 / 2L along the way, fitted in each seed",
        within=0.1,
        caveat=f"{ONE_SIDED} {RAISED}",
    ),
    at_least(
        "dominance.kept",
        0.5,
        "In the widest networks the gradient is, along the whole way and on average over seeds, at "
        "least what half the least eigenvalue of the tangent kernel at the start would give.",
        "least ||grad L||^2 / 2L along the way over lambda_min(J J^T / n) at the start, widest",
        caveat=f"At narrower widths single seeds have less than half. {RAISED}",
    ),
    at_most(
        "smooth.wide",
        1.0,
        "In the widest networks the loss is nowhere on the way more curved than the kernel at the "
        "start says.",
        "largest curvature along a step in units of lambda_max(J J^T / n) at the start, widest",
        within=0.2,
        caveat=RAISED,
    ),
    at_most(
        "smooth.narrow",
        1.2,
        "So it is in the narrowest of these networks, too.",
        "largest curvature along a step in units of lambda_max(J J^T / n) at the start, narrowest",
        caveat=RAISED,
    ),
)

TRAJECTORY = under(
    "slides-trajectory",
    "Gu (2019), Trajectory length",
    at_most(
        "moved.width",
        -0.5,
        "The distance from the initialisation falls at least like m^(−1/2).",
        "exponent in m of the largest distance of a layer, fitted in each seed",
        within=0.1,
        caveat=f"{ONE_SIDED} {RAISED}",
    ),
    at_most(
        "path.width",
        -0.5,
        "The length of the way falls at least like m^(−1/2).",
        "exponent in m of the length of the way, all layers together, fitted in each seed",
        within=0.1,
        caveat=RAISED,
    ),
    at_most(
        "straight",
        1.5,
        "In the widest networks the way is at most half as long again as the distance.",
        "length of the way over distance, all layers together, widest",
        source="ours, after Gu (2019), Trajectory length",
        caveat=RAISED,
    ),
    at_most(
        "moved.samples",
        1.0,
        "The distance grows at most in proportion to n.",
        "exponent in n of the distance, all layers together, fitted in each seed",
        source="ours, after Gu (2019), Trajectory length",
        caveat=SMALLER,
    ),
)

PREDICTIONS = Predictions(RANDOM_LABELS + CONDITIONS + ZOU + BALL + TRAJECTORY)

CARD = Card(
    plain="A deep ReLU network that is wide enough fits any labels, even random ones, by gradient "
    "descent, and hardly moves away from its initialisation.",
    figure="slides-arbitrary-labels-gap",
    learnt=(
        Learnt(
            "On images with random labels, the least width in the slides' table for deep ReLU "
            "networks is {slides-conditions.deep.gap} powers of ten above the smallest width that "
            "fits, if all hidden constants are one.",
            holds=("slides-conditions.deep.gap", "slides-conditions.two-layers.gap"),
        ),
        Learnt(
            "The picture holds in wide networks: every labeling is fitted, the distance to the "
            "fit falls with the width, and along the way the loss is no more curved than at the "
            "start, up to a tolerance that some seeds need; narrow networks fit, too, but leave "
            "the region where this is so.",
            holds=("fitted", "slides-trajectory.path.width"),
            within=("slides-trajectory.moved.width", "slides-ball.smooth.wide"),
            fails=("slides-ball.smooth.narrow",),
        ),
        Learnt(
            "The steps to a small loss grow as the points come closer, like the separation to the "
            "power {slides-zou.steps.separation}: faster than the best row of the table says, at "
            "widths far below those that it is about.",
            fails=("slides-zou.steps.separation",),
        ),
    ),
)

STATEMENT = Statement(
    name="slides-arbitrary-labels",
    place=110,
    title="Any labels fit, and how wide is wide enough",
    source="Gu (2019), Question 1",
    presets={"tiny": TINY, "quick": QUICK, "standard": STANDARD, "paper": PAPER},
    predictions=PREDICTIONS,
    row="slides/random-labels",
    symbols="layers separation lambda_0",
    feeds=("slides/zou", "slides/cannot-be-independent"),
    short="Any labels fit",
    card=CARD,
)
