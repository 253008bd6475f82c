"""Theorems 2, 3 and 4 of the ResNet paper: parameters, presets and predictions."""

import math
from typing import Annotated

from pydantic import Field, model_validator

from ovp_lib.evidence.claims import Predictions
from ovp_lib.evidence.predictions import at_least, at_most, equal_to, under
from ovp_lib.pages.base import Parameters, Statement
from ovp_lib.pages.kinds import Sizes
from ovp_lib.training.protocol import Protocol

Dimension = Annotated[int, Field(ge=4, le=56)]
StepSize = Annotated[float, Field(gt=0.0)]


class KernelLowerBoundParameters(Parameters):
    """What a rerunner of the lower bound can change."""

    dimension: int = Field(ge=4, le=14, description="d where all 2^d points are enumerated")
    level: int = Field(default=4, ge=2, description="k: size of S, and number of outputs")
    span_sizes: Sizes = Field(description="dimensions N of the spans that are enumerated")
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
        if self.span_sizes[-1] > math.comb(d, k):
            raise ValueError(
                f"span_sizes: at most C({d}, {k}) = {math.comb(d, k)}, got {self.span_sizes[-1]}"
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


QUICK = KernelLowerBoundParameters(
    n_seeds=5,
    dimension=8,
    span_sizes=(10, 25, 50),
    sample_sizes=(60, 120, 240, 360),
    kernel_dimensions=(9, 10, 11),
    network_dimensions=(13, 20, 30),
    sample_factors=(4, 6, 8, 12),
    epochs=400,
)

STANDARD = QUICK.but(
    n_seeds=10,
    dimension=11,
    span_sizes=(20, 50, 100, 200, 300),
    sample_sizes=(60, 120, 240, 360, 900, 1800),
    kernel_dimensions=(9, 10, 11, 12, 13, 14),
    network_dimensions=(13, 16, 20, 25, 30, 40),
    sample_factors=(4, 5, 6, 7, 8, 10, 12),
    epochs=800,
)

PAPER = QUICK.but(
    n_seeds=10,
    dimension=12,
    span_sizes=(20, 50, 100, 200, 400),
    sample_sizes=(60, 120, 240, 360, 900, 1800, 3600),
    kernel_dimensions=(9, 10, 11, 12, 13, 14, 15),
    network_dimensions=(13, 16, 20, 25, 30, 40, 50),
    sample_factors=(4, 5, 6, 7, 8, 10, 12),
    epochs=800,
    step_sizes=(0.1, 0.2, 0.4),
)

TINY = QUICK.but(
    n_seeds=2,
    dimension=6,
    level=3,
    span_sizes=(5, 9),
    paper_dimension=20,
    sample_sizes=(12, 24),
    kernel_dimensions=(6, 7, 8),
    network_dimensions=(10, 12, 20),
    sample_factors=(5, 10, 20),
    epochs=100,
    step_sizes=(0.2,),
)


AUTHORS = "Allen-Zhu, Li (2019)"

ROUNDING = 1e-8
"""By how much a rank, or a ratio that is one, may be off."""

KERNEL_LOWER_BOUND = under(
    "kernel-lower-bound",
    f"{AUTHORS}, Theorems 3 and 4, in the form of the proposition below",
    equal_to(
        "span.violations",
        0.0,
        "Part 1: nothing in a span fits x_i + α χ_S better than α²(1 − h_S).",
        "violations over all spans, all S and all i in S, by enumeration, in each seed",
        within=0.0,
    ),
    at_most(
        "rank.defect",
        0.0,
        "Part 2: the h_S add up to a rank, which is at most N.",
        "largest |Σ_S h_S − rank|, or rank − N, over all spans, in each seed",
        within=ROUNDING,
    ),
    equal_to(
        "average.violations",
        0.0,
        "Part 3: averaged over S the error is at least α²(1 − N/C(d,k)).",
        "violations over all spans and outputs, by enumeration, in each seed",
        within=0.0,
    ),
    equal_to(
        "share.violations",
        0.0,
        "Part 4: at most a fraction q of the S has h_S > N/(q C(d,k)), for every q.",
        "violations over all spans and all q = j/C(d,k), in each seed",
        within=0.0,
    ),
    equal_to(
        "ridge.violations",
        0.0,
        "So no kernel method does: ridge, with the best penalty for each S, included.",
        "S for which best ridge is below the best of its span, all kernels, all N",
        within=0.0,
    ),
    equal_to(
        "tightness.parities",
        1.0,
        "Tight: the coordinates and parities of level k attain the average, ...",
        "mean error over S / α²(1 − rank/C(d,k)), furthest from 1 over N, in each seed",
        within=ROUNDING,
    ),
    equal_to(
        "tightness.mixtures",
        1.0,
        "... and so do Gaussian mixtures of all of them.",
        "mean error over S / α²(1 − rank/C(d,k)), furthest from 1 over N, in each seed",
        within=ROUNDING,
    ),
    at_least(
        "kernels.share",
        0.99,
        "With N = C(d,k)/1000 samples every kernel fails for 99 % of the class ...",
        "share of S with error ≥ 0.9 kα² for best ridge of every kernel, drawn S, in each seed",
        source=f"{AUTHORS}, Theorem 3",
    ),
    at_least(
        "kernels.share-beyond",
        0.99,
        "... and with as many as the networks below get, where Markov promises less.",
        "the same share at the largest N that networks of that d are trained on",
        source=f"{AUTHORS}, Theorem 3",
    ),
    at_most(
        "network.error",
        0.25,
        "There a ResNet has at most a quarter of the error of anything in an N-dim. span.",
        "test error of the bottleneck ResNet / kα²(1 − N/C(d,k)), in each seed",
        source=f"{AUTHORS}, Theorems 1 and 3",
    ),
    equal_to(
        "crossing.violations",
        0.0,
        "No kernel gets to half of kα² with fewer than C(d,k)/2 samples.",
        "kernels and d whose crossing lies below C(d,k)/2, in each seed",
        within=0.0,
    ),
    at_least(
        "crossing.kernel-exponent",
        2.0,
        "The samples that the best kernel needs for it grow at least like d^(k/2) ...",
        "exponent in d of the least N at which a kernel shown has half, in each seed",
        source=f"{AUTHORS}, Theorem 2",
    ),
    at_most(
        "crossing.network-exponent",
        1.0,
        "... and those of the ResNet like d.",
        "exponent in d of the least N at which the ResNet has half of kα², in each seed",
        within=0.1,
        source=f"{AUTHORS}, Theorem 1",
    ),
    at_least(
        "crossing.ratio",
        2.0,
        "Where the ResNet needs N, kernels fail with N^(k/2).",
        "ratio of the two exponents, in each seed",
        source=f"{AUTHORS}, Theorem 3",
    ),
    at_most(
        "learned.error",
        0.1,
        "The way out is to look at S: features learned for one S are good for that S.",
        "least error for the learned S in the span of a trained ResNet's neurons / α²",
        source=f"{AUTHORS}, Theorem 4",
    ),
    equal_to(
        "learned.violations",
        0.0,
        "For all others they are bound like any features.",
        "violations of parts 1 to 4 by spans of trained neurons, in each seed",
        within=0.0,
    ),
    at_most(
        "time.exponent",
        2.0,
        "The ResNet's time grows slower than the square root of the dimension that any feature "
        "map needs, d^(k/2).",
        "exponent in d of the multiplications until the test error is half of kα²",
        source=f"{AUTHORS}, Theorem 4",
    ),
)

STATEMENT = Statement(
    name="kernel-lower-bound",
    place=90,
    title="Theorems 2 to 4: what kernels and feature maps cannot learn",
    source=f"{AUTHORS}, Theorems 2, 3 and 4",
    presets={"tiny": TINY, "quick": QUICK, "standard": STANDARD, "paper": PAPER},
    predictions=Predictions(KERNEL_LOWER_BOUND),
    row="resnet/theorem-3",
    feeds=("resnet/theorem-4", "resnet/section-7-example"),
    symbols="level S features M h_S correlation_kernel overlaps krawtchouk",
)
