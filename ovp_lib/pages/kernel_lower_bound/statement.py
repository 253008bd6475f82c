"""Theorems 2, 3 and 4 of the ResNet paper: parameters, presets and predictions."""

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ovp_lib.evidence.claims import Predictions
from ovp_lib.evidence.predictions import at_least, at_most, equal_to, under
from ovp_lib.experiments.base import Named
from ovp_lib.pages.base import Parameters, Statement
from ovp_lib.pages.card import Card, Learnt
from ovp_lib.pages.instrument import Instrument
from ovp_lib.pages.kinds import Sizes
from ovp_lib.training.protocol import Protocol

Dimension = Annotated[int, Field(ge=4, le=56)]
StepSize = Annotated[float, Field(gt=0.0)]
KernelName = Literal["NTK, 2 hidden", "Gaussian, width 1", "polynomial, degree 4"]


class KernelLowerBoundParameters(Parameters):
    """What a rerunner of the lower bound can change."""

    dimension: int = Field(ge=4, le=14, description="d where all 2^d points are enumerated")
    subset_size: int = Field(default=4, ge=2, description="k: size of S, and number of outputs")
    span_sizes: Sizes = Field(description="dimensions N of the spans that are enumerated")
    alpha: float = Field(default=0.3, gt=0.0, description="size of the composite signal")
    paper_dimension: Dimension = Field(default=30, description="d of the paper's experiments")
    share_subset_size: int = Field(
        default=6, ge=2, description="k at which N = C(d,k)/1000 exceeds the paper's d"
    )
    n_draws: int = Field(ge=2, description="independent draws of the inputs and of S")
    sample_sizes: Sizes = Field(description="training samples N of the kernels at that d")
    common_dimensions: tuple[Dimension, ...] = Field(
        min_length=3, description="dimensions d in which kernels and networks reach their crossing"
    )
    crossing_kernels: tuple[KernelName, ...] = Field(
        min_length=1, description="kernels that are taken to their crossing"
    )
    power_dimension: Dimension = Field(
        description="d at which kernels get (N_res)^(k/2) samples, with k = 3"
    )
    sample_factors: Sizes = Field(
        min_length=3, description="training samples of the networks, in units of d"
    )
    width_factor: int = Field(default=10, ge=1, description="width m of the networks over d")
    epochs: int = Field(ge=2, description="passes over the training samples")
    step_sizes: tuple[StepSize, ...] = Field(
        default=(0.2, 0.4), min_length=1, description="step sizes to choose from by validation"
    )

    @property
    def network_dimensions(self) -> tuple[int, ...]:
        """Dimensions in which networks are trained."""
        return (*self.common_dimensions, self.paper_dimension)

    @property
    def few(self) -> int:
        """N = C(d,k)/1000 in the paper's dimension, with the subsets of the 99 % statement."""
        return math.comb(self.paper_dimension, self.share_subset_size) // 1000

    @model_validator(mode="after")
    def _sizes_fit(self) -> "KernelLowerBoundParameters":
        d, k = self.dimension, self.subset_size
        if k > min(d, *self.network_dimensions):
            raise ValueError(f"subset_size: no dimension may be below it, got {k}")
        if self.span_sizes[-1] > math.comb(d, k):
            raise ValueError(
                f"span_sizes: at most C({d}, {k}) = {math.comb(d, k)}, got {self.span_sizes[-1]}"
            )
        if list(self.network_dimensions) != sorted(set(self.network_dimensions)):
            raise ValueError("common_dimensions must increase, and stay below paper_dimension")
        if self.common_dimensions[0] > 14:
            raise ValueError(
                "common_dimensions: the first must be at most 14, where learned features are "
                f"enumerated, got {self.common_dimensions[0]}"
            )
        return self

    @model_validator(mode="after")
    def _samples_suffice(self) -> "KernelLowerBoundParameters":
        batch = Protocol().batch_size
        if self.few < max(batch, self.paper_dimension + 1):
            raise ValueError(
                "share_subset_size: C(paper_dimension, share_subset_size) / 1000 must exceed "
                f"paper_dimension and be at least {batch}, got {self.few}"
            )
        fewest = min(self.common_dimensions[0], self.power_dimension) * self.sample_factors[0]
        if fewest < batch:
            raise ValueError(f"sample_factors: a batch has {batch} samples, got {fewest}")
        return self


QUICK = KernelLowerBoundParameters(
    n_seeds=5,
    dimension=8,
    span_sizes=(10, 25, 50),
    n_draws=400,
    sample_sizes=(60, 120, 240),
    common_dimensions=(11, 13, 16),
    crossing_kernels=("polynomial, degree 4",),
    power_dimension=14,
    sample_factors=(5, 7, 10, 16),
    epochs=250,
)

STANDARD = QUICK.but(
    n_seeds=10,
    dimension=11,
    span_sizes=(20, 50, 100, 200, 300),
    n_draws=1000,
    sample_sizes=(60, 120, 240, 360, 900, 1800),
    common_dimensions=(11, 13, 16, 18),
    crossing_kernels=("NTK, 2 hidden", "polynomial, degree 4"),
    power_dimension=30,
    sample_factors=(5, 6, 7, 8, 10, 16),
    epochs=800,
)

PAPER = QUICK.but(
    n_seeds=10,
    dimension=12,
    span_sizes=(20, 50, 100, 200, 400),
    n_draws=1000,
    sample_sizes=(60, 120, 240, 360, 900, 1800, 3600),
    common_dimensions=(11, 13, 16, 18, 20),
    crossing_kernels=("NTK, 2 hidden", "Gaussian, width 1", "polynomial, degree 4"),
    power_dimension=40,
    sample_factors=(5, 6, 7, 8, 10, 16),
    epochs=800,
    step_sizes=(0.1, 0.2, 0.4),
)

TINY = QUICK.but(
    n_seeds=2,
    dimension=6,
    subset_size=3,
    span_sizes=(5, 9),
    paper_dimension=22,
    n_draws=4,
    sample_sizes=(12, 24),
    common_dimensions=(10, 11, 12),
    power_dimension=12,
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
        kind="proved",
    ),
    at_most(
        "rank.defect",
        ROUNDING,
        "Part 2: the h_S add up to a rank, which is at most N.",
        "largest |Σ_S h_S − rank|, or rank − N, over all spans, in each seed",
        kind="proved",
    ),
    equal_to(
        "average.violations",
        0.0,
        "Part 3: averaged over S the error is at least α²(1 − N/C(d,k)).",
        "violations over all spans and outputs, by enumeration, in each seed",
        within=0.0,
        kind="proved",
    ),
    equal_to(
        "share.violations",
        0.0,
        "Part 4: at most a fraction q of the S has h_S > N/(q C(d,k)), for every q.",
        "violations over all spans and all q = j/C(d,k), in each seed",
        within=0.0,
        kind="proved",
    ),
    equal_to(
        "ridge.violations",
        0.0,
        "No kernel method fits better: ridge, with the best penalty for each S, included.",
        "S for which best ridge is below the best of its span, all kernels, all N",
        within=0.0,
        kind="proved",
    ),
    equal_to(
        "tightness.parities",
        1.0,
        "The average is attained by the coordinates and parities of level k.",
        "mean error over S / α²(1 − rank/C(d,k)), furthest from 1 over N, in each seed",
        within=ROUNDING,
        kind="proved",
    ),
    equal_to(
        "tightness.mixtures",
        1.0,
        "Gaussian mixtures of the coordinates and all parities of level k attain the average, too.",
        "mean error over S / α²(1 − rank/C(d,k)), furthest from 1 over N, in each seed",
        within=ROUNDING,
        kind="proved",
    ),
    at_least(
        "kernels.share",
        0.99,
        "With N = C(d,k)/1000 > d samples every correlation kernel fails for 99 % of the class.",
        "share of draws of inputs and S with 1 − h_S ≥ 0.9, exact binomial, one S a draw",
        source=f"{AUTHORS}, Theorem 3",
        kind="proved",
        caveat="It follows from the proposition: the draws check the code that computes h_S.",
    ),
    at_least(
        "kernels.share-beyond",
        0.99,
        "Kernels fail for 99 % with the networks' most samples, too, where Markov promises less.",
        "share of draws of inputs and S with 1 − h_S ≥ 0.9 at that N, exact binomial",
        source=f"{AUTHORS}, Theorem 3",
    ),
    at_most(
        "network.same-samples",
        0.5,
        "With the same N = C(d,k)/1000 samples a ResNet learns at least half of the parity.",
        "test error of the bottleneck ResNet / kα² at the level of that statement, in each seed",
        source=f"{AUTHORS}, Theorems 1 and 3",
    ),
    at_most(
        "network.error",
        0.25,
        "With these samples a ResNet has at most a quarter of the error of any N-dimensional span.",
        "test error of the bottleneck ResNet / kα²(1 − N/C(d,k)), in each seed",
        source=f"{AUTHORS}, Theorems 1 and 3",
    ),
    equal_to(
        "crossing.violations",
        0.0,
        "No kernel gets to half of kα² with fewer than C(d,k)/2 samples.",
        "kernels and d whose crossing lies below C(d,k)/2, in each seed",
        within=0.0,
        kind="proved",
        caveat="Proved for the mean over draws of the inputs, and counted draw by draw.",
    ),
    at_least(
        "crossing.kernel-exponent",
        2.0,
        "The samples that the best kernel needs for half of kα² grow at least like d^(k/2).",
        "exponent in d of the least N at which a kernel shown has half, in each seed",
        source=f"{AUTHORS}, Theorem 2",
        caveat="In so small d the exact count C(d,k)/2 alone grows faster.",
    ),
    at_most(
        "crossing.network-exponent",
        1.0,
        "The samples that the ResNet needs for half of kα² grow like d.",
        "exponent in d of the least N at which the ResNet has half of kα², in each seed",
        within=0.1,
        source=f"{AUTHORS}, Theorem 1",
        caveat="The largest d is that of the paper's experiments, beyond those of the kernels.",
    ),
    at_least(
        "crossing.growth",
        0.0,
        "The samples that kernels need grow faster than (N_res)^(k/2).",
        "exponent in d of N of the best kernel shown over (N of the ResNet)^(k/2), same d",
        source=f"{AUTHORS}, Theorem 3",
        caveat="A growth, not a size: in the d that can be run (N_res)^(k/2) is above C(d,k)/2.",
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
        "For all other S the learned features are bound like any features.",
        "violations of parts 1 to 4 by spans of trained neurons, in each seed",
        within=0.0,
        kind="proved",
    ),
    at_most(
        "time.exponent",
        2.0,
        "The ResNet's time grows slower than the square root of the dimension that any feature "
        "map needs, d^(k/2).",
        "exponent in d of the multiplications until the test error is half of kα², m = 10 d",
        source=f"{AUTHORS}, Theorem 4",
        caveat="The width m is 10 d, our choice: the theorem asks for some polynomial.",
    ),
)

CARD = Card(
    plain="No kernel, and no features that were fixed before the labels were seen, can learn most "
    "parities from the samples from which a ResNet learns them.",
    figure="kernel-lower-bound-paper",
    learnt=(
        Learnt(
            "The bound has a short proof with every constant, and cannot be improved: no span "
            "breaks it, and some attain it.",
            holds=(
                "span.violations",
                "average.violations",
                "ridge.violations",
                "tightness.parities",
                "tightness.mixtures",
            ),
        ),
        Learnt(
            "A network escapes because its features look at the labels: it has {network.error} "
            "times the error of the best fixed features, and in its learned ones the error is "
            "{learned.error}.",
            holds=("network.error", "network.same-samples", "learned.error"),
        ),
        Learnt(
            "Whether its samples and its time grow as slowly as the theorems say stays open: few "
            "dimensions leave wide intervals.",
            open=("crossing.network-exponent", "time.exponent"),
        ),
    ),
)

STATEMENT = Statement(
    name="kernel-lower-bound",
    place=90,
    title="Theorems 2 to 4: what kernels and feature maps cannot learn",
    short="Theorems 2 to 4: where kernels stop",
    source=f"{AUTHORS}, Theorems 2, 3 and 4",
    presets={"tiny": TINY, "quick": QUICK, "standard": STANDARD, "paper": PAPER},
    predictions=Predictions(KERNEL_LOWER_BOUND),
    row="resnet/theorem-3",
    feeds=("resnet/theorem-4", "resnet/section-7-example"),
    symbols="level S features M h_S correlation_kernel overlaps krawtchouk",
    card=CARD,
    instrument=Instrument(
        "kernels",
        "Interactive figure of the lower bound: choose d, k, N and alpha",
        Named("ovp_lib.pages.kernel_lower_bound.instrument", "data"),
    ),
)
