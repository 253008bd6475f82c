"""Theorems 2, 3 and 4 of the ResNet paper: parameters, presets and predictions."""

import math
from typing import Annotated, Any

from pydantic import Field, model_validator

from ovp_lib.evidence.claims import Prediction, Predictions
from ovp_lib.pages.base import Parameters, Statement
from ovp_lib.pages.kinds import Sizes
from ovp_lib.training.protocol import Protocol

Dimension = Annotated[int, Field(ge=4, le=56)]
StepSize = Annotated[float, Field(gt=0.0)]


class KernelLowerBoundParameters(Parameters):
    """What a rerunner of the lower bound can change."""

    dimension: int = Field(ge=4, le=14, description="d where all 2^d points are enumerated")
    level: int = Field(default=4, ge=2, description="k: size of S, and number of outputs")
    sizes: Sizes = Field(description="dimensions N of the spans that are enumerated")
    alpha: float = Field(default=0.3, gt=0.0, description="size of the composite signal")
    paper_dimension: Dimension = Field(default=30, description="d of the paper's experiments")
    sample_sizes: Sizes = Field(description="training samples N of the kernels at that d")
    kernel_dimensions: tuple[Dimension, ...] = Field(
        min_length=3, description="dimensions d in which kernels are taken to their crossing"
    )
    network_dimensions: tuple[Dimension, ...] = Field(
        min_length=3, description="dimensions d in which networks are trained"
    )
    sample_factors: Sizes = Field(
        min_length=3, description="training samples of the networks, in units of d"
    )
    epochs: int = Field(ge=2, description="passes over the training samples")
    step_sizes: tuple[StepSize, ...] = Field(
        default=(0.2, 0.4), min_length=1, description="step sizes to choose from by validation"
    )

    @model_validator(mode="after")
    def _sizes_fit(self) -> "KernelLowerBoundParameters":
        d, k = self.dimension, self.level
        if k > min(d, *self.kernel_dimensions, *self.network_dimensions, self.paper_dimension):
            raise ValueError(f"level: no dimension may be below it, got {k}")
        if self.sizes[-1] > math.comb(d, k):
            raise ValueError(
                f"sizes: at most C({d}, {k}) = {math.comb(d, k)}, got {self.sizes[-1]}"
            )
        for name in ("kernel_dimensions", "network_dimensions"):
            if list(getattr(self, name)) != sorted(set(getattr(self, name))):
                raise ValueError(f"{name} must increase")
        if self.network_dimensions[0] > 14:
            raise ValueError(
                "network_dimensions: the first must be at most 14, where learned features are "
                f"enumerated, got {self.network_dimensions[0]}"
            )
        if math.comb(self.paper_dimension, k) < 1000:
            raise ValueError(f"paper_dimension: C(d, {k}) must be at least 1000")
        if self.paper_dimension not in self.network_dimensions:
            raise ValueError("paper_dimension must be one of network_dimensions")
        fewest, batch = self.network_dimensions[0] * self.sample_factors[0], Protocol().batch_size
        if fewest < batch:
            raise ValueError(f"sample_factors: a batch has {batch} samples, got {fewest}")
        return self


_QUICK: dict[str, Any] = {
    "n_seeds": 5,
    "dimension": 8,
    "sizes": (10, 25, 50),
    "sample_sizes": (60, 120, 240, 360),
    "kernel_dimensions": (9, 10, 11),
    "network_dimensions": (13, 20, 30),
    "sample_factors": (4, 6, 8, 12),
    "epochs": 400,
}

PRESETS: dict[str, dict[str, Any]] = {
    "quick": _QUICK,
    "standard": _QUICK
    | {
        "n_seeds": 10,
        "dimension": 11,
        "sizes": (20, 50, 100, 200, 300),
        "sample_sizes": (60, 120, 240, 360, 900, 1800),
        "kernel_dimensions": (9, 10, 11, 12, 13, 14),
        "network_dimensions": (13, 16, 20, 25, 30, 40),
        "sample_factors": (4, 5, 6, 7, 8, 10, 12),
        "epochs": 800,
    },
    "paper": _QUICK
    | {
        "n_seeds": 10,
        "dimension": 12,
        "sizes": (20, 50, 100, 200, 400),
        "sample_sizes": (60, 120, 240, 360, 900, 1800, 3600),
        "kernel_dimensions": (9, 10, 11, 12, 13, 14, 15),
        "network_dimensions": (13, 16, 20, 25, 30, 40, 50),
        "sample_factors": (4, 5, 6, 7, 8, 10, 12),
        "epochs": 800,
        "step_sizes": (0.1, 0.2, 0.4),
    },
}

_PAPER = "Allen-Zhu, Li (2019)"
_PROPOSITION = f"{_PAPER}, Theorems 3 and 4, in the form of the proposition below"
_RANK = 1e-8

PREDICTIONS = (
    Prediction(
        id="kernel-lower-bound.span.violations",
        source=_PROPOSITION,
        sentence="Part 1: nothing in a span fits x_i + α χ_S better than α²(1 − h_S).",
        statistic="violations over all spans, all S and all i in S, by enumeration, in each seed",
        low=0.0,
        high=0.0,
    ),
    Prediction(
        id="kernel-lower-bound.rank.defect",
        source=_PROPOSITION,
        sentence="Part 2: the h_S add up to a rank, which is at most N.",
        statistic="largest |Σ_S h_S − rank|, or rank − N, over all spans, in each seed",
        high=0.0,
        tolerance=_RANK,
    ),
    Prediction(
        id="kernel-lower-bound.average.violations",
        source=_PROPOSITION,
        sentence="Part 3: averaged over S the error is at least α²(1 − N/C(d,k)).",
        statistic="violations over all spans and outputs, by enumeration, in each seed",
        low=0.0,
        high=0.0,
    ),
    Prediction(
        id="kernel-lower-bound.share.violations",
        source=_PROPOSITION,
        sentence="Part 4: at most a fraction q of the S has h_S > N/(q C(d,k)), for every q.",
        statistic="violations over all spans and all q = j/C(d,k), in each seed",
        low=0.0,
        high=0.0,
    ),
    Prediction(
        id="kernel-lower-bound.ridge.violations",
        source=_PROPOSITION,
        sentence="So no kernel method does: ridge, with the best penalty for each S, included.",
        statistic="S for which best ridge is below the best of its span, all kernels, all N",
        low=0.0,
        high=0.0,
    ),
    Prediction(
        id="kernel-lower-bound.tightness.parities",
        source=_PROPOSITION,
        sentence="Tight: the coordinates and parities of level k attain the average, ...",
        statistic="mean error over S / α²(1 − rank/C(d,k)), furthest from 1 over N, in each seed",
        low=1.0,
        high=1.0,
        tolerance=_RANK,
    ),
    Prediction(
        id="kernel-lower-bound.tightness.mixtures",
        source=_PROPOSITION,
        sentence="... and so do Gaussian mixtures of all of them.",
        statistic="mean error over S / α²(1 − rank/C(d,k)), furthest from 1 over N, in each seed",
        low=1.0,
        high=1.0,
        tolerance=_RANK,
    ),
    Prediction(
        id="kernel-lower-bound.kernels.share",
        source=f"{_PAPER}, Theorem 3",
        sentence="With N = C(d,k)/1000 samples every kernel fails for 99 % of the class ...",
        statistic="share of S with error ≥ 0.9 kα² for best ridge of every kernel, drawn S, in "
        "each seed",
        low=0.99,
    ),
    Prediction(
        id="kernel-lower-bound.kernels.share-beyond",
        source=f"{_PAPER}, Theorem 3",
        sentence="... and with as many as the networks below get, where Markov promises less.",
        statistic="the same share at the largest N that networks of that d are trained on",
        low=0.99,
    ),
    Prediction(
        id="kernel-lower-bound.network.error",
        source=f"{_PAPER}, Theorems 1 and 3",
        sentence="There a ResNet has at most a quarter of the error of anything in an N-dim. span.",
        statistic="test error of the bottleneck ResNet / kα²(1 − N/C(d,k)), in each seed",
        high=0.25,
    ),
    Prediction(
        id="kernel-lower-bound.crossing.violations",
        source=_PROPOSITION,
        sentence="No kernel gets to half of kα² with fewer than C(d,k)/2 samples.",
        statistic="kernels and d whose crossing lies below C(d,k)/2, in each seed",
        low=0.0,
        high=0.0,
    ),
    Prediction(
        id="kernel-lower-bound.crossing.kernel-exponent",
        source=f"{_PAPER}, Theorem 2",
        sentence="The samples that the best kernel needs for it grow at least like d^(k/2) ...",
        statistic="exponent in d of the least N at which a kernel shown has half, in each seed",
        low=2.0,
    ),
    Prediction(
        id="kernel-lower-bound.crossing.network-exponent",
        source=f"{_PAPER}, Theorem 1",
        sentence="... and those of the ResNet like d.",
        statistic="exponent in d of the least N at which the ResNet has half of kα², in each seed",
        high=1.0,
        tolerance=0.1,
    ),
    Prediction(
        id="kernel-lower-bound.crossing.ratio",
        source=f"{_PAPER}, Theorem 3",
        sentence="Where the ResNet needs N, kernels fail with N^(k/2).",
        statistic="ratio of the two exponents, in each seed",
        low=2.0,
    ),
    Prediction(
        id="kernel-lower-bound.learned.error",
        source=f"{_PAPER}, Theorem 4",
        sentence="The way out is to look at S: features learned for one S are good for that S.",
        statistic="least error for the learned S in the span of a trained ResNet's neurons / α²",
        high=0.1,
    ),
    Prediction(
        id="kernel-lower-bound.learned.violations",
        source=_PROPOSITION,
        sentence="For all others they are bound like any features.",
        statistic="violations of parts 1 to 4 by spans of trained neurons, in each seed",
        low=0.0,
        high=0.0,
    ),
    Prediction(
        id="kernel-lower-bound.time.exponent",
        source=f"{_PAPER}, Theorem 4",
        sentence="The ResNet's time grows slower than the square root of the dimension that any "
        "feature map needs, d^(k/2).",
        statistic="exponent in d of the multiplications until the test error is half of kα²",
        high=2.0,
    ),
)

STATEMENT = Statement(
    name="kernel-lower-bound",
    place=90,
    title="Theorems 2 to 4: what kernels and feature maps cannot learn",
    source=f"{_PAPER}, Theorems 2, 3 and 4",
    parameters=KernelLowerBoundParameters,
    presets=PRESETS,
    predictions=Predictions(PREDICTIONS),
    row="resnet/theorem-3",
    feeds=("resnet/theorem-4", "resnet/section-7-example"),
    symbols="level S features M h_S correlation_kernel overlaps krawtchouk",
)
