"""Theorem 1 of Going Beyond Two Layers: parameters, presets and predictions."""

from typing import Literal

from pydantic import Field, model_validator

from ovp_lib.evidence.claims import Predictions
from ovp_lib.evidence.predictions import at_least, at_most, equal_to, under
from ovp_lib.pages.base import Parameters, Statement
from ovp_lib.pages.kinds import Phi, Size, Sizes


class Theorem1Parameters(Parameters):
    """What a rerunner of Theorem 1 can change."""

    widths: Sizes = Field(
        min_length=3, description="hidden widths m; the second one where m is held fixed"
    )
    steps: int = Field(ge=64, description="SGD steps T of the longest runs")
    sample_sizes: Sizes = Field(
        min_length=2, description="training set sizes N; the first one for random labels"
    )
    phi: Phi = Field(default="sin(2z)", description="phi of the target: sin(2z), tanh(z), z^3 ...")
    phis: tuple[Phi, ...] = Field(min_length=3, description="functions phi to be ranked by C_s")
    n_terms: Size = Field(default=2, description="terms p of the target")
    n_outputs: Size = Field(default=1, description="outputs k")
    dimension: int = Field(default=6, ge=3, description="input dimension d, padding included")
    loss: Literal["squared", "pseudo_huber", "cross_entropy"] = Field(
        default="squared", description="loss L; cross_entropy needs n_outputs of at least 2"
    )
    noise: float = Field(default=0.3, gt=0.0, description="label noise of the agnostic runs")
    batch_size: Size = Field(default=1, description="samples a step; Algorithm 1 takes one")

    @model_validator(mode="after")
    def _outputs_fit_the_loss(self) -> "Theorem1Parameters":
        if self.loss == "cross_entropy" and self.n_outputs < 2:
            raise ValueError("loss cross_entropy needs n_outputs of at least 2")
        return self


QUICK = Theorem1Parameters(
    n_seeds=8,
    widths=(100, 300, 1000, 3000, 10_000),
    steps=5_600,
    sample_sizes=(25, 50, 100, 200, 400, 800),
    phis=("z", "exp(z)", "tanh(z)", "sin(2z)", "z^3", "cos(3z)", "sin(4z)"),
)

STANDARD = QUICK.but(
    n_seeds=16,
    widths=(*QUICK.widths, 30_000),
    steps=64_000,
    sample_sizes=(*QUICK.sample_sizes, 1600, 3200),
    phis=(*QUICK.phis, "cos(4z)", "cos(5z)", "z^5", "sin(6z)"),
)

PAPER = STANDARD.but(
    n_seeds=32,
    widths=(*STANDARD.widths, 100_000),
    steps=512_000,
    sample_sizes=(*STANDARD.sample_sizes, 6400, 12_800),
    phis=(*STANDARD.phis, "cos(7z)"),
)

TINY = QUICK.but(
    n_seeds=2, widths=(4, 8, 40), steps=128, sample_sizes=(4, 8), phis=("z", "exp(z)", "sin(2z)")
)

THEOREM_1 = under(
    "theorem-1",
    "Allen-Zhu, Li, Liang (2019), Theorem 1",
    at_most(
        "realizable.risk",
        0.1,
        "Averaged over SGD iterates, the risk comes within ε of OPT (no label noise).",
        "excess of the averaged risk at the longest T, relative to predicting 0",
    ),
    at_most(
        "agnostic.risk",
        0.1,
        "The same with label noise, where OPT > 0 is known in closed form.",
        "excess of the averaged risk at the longest T, relative to predicting 0",
    ),
    at_most(
        "realizable.exponent",
        -0.5,
        "With the theorem's step size, T = Θ(1/ε²) steps suffice (no label noise).",
        "exponent of the excess of the averaged risk in T, fitted in each seed",
        within=0.1,
    ),
    at_most(
        "agnostic.exponent",
        -0.5,
        "The same with label noise.",
        "exponent of the excess of the averaged risk in T, fitted in each seed",
        within=0.1,
    ),
    equal_to(
        "width.exponent",
        0.0,
        "The samples needed for a fixed risk do not grow with the width m.",
        "exponent in m of the samples to the target risk, fitted in each seed",
        within=0.1,
    ),
    at_most(
        "width.unscaled-exponent",
        -0.5,
        "That needs η ∝ 1/m: with one η for all widths, narrow networks need more.",
        "exponent in m of the samples to the target risk, up to the width η is made for",
    ),
    at_most(
        "samples.exponent",
        -0.5,
        "The excess risk falls with the training set size at least like N^(−1/2).",
        "exponent of the relative test risk in N, fitted in each seed",
        source="Allen-Zhu, Li, Liang (2019), Theorem 1 and Remark B.7",
    ),
    at_least(
        "complexity.rank",
        0.0,
        "A more complex φ, by C_s, needs more samples.",
        "Kendall's τ between C_s(φ, 1) and the samples to the target risk",
        source="Allen-Zhu, Li, Liang (2019), Theorem 1 and Section 2",
    ),
    at_most(
        "complexity.constant",
        10000,
        "T = C_s² k³ p²/ε² steps suffice for every φ with a C* of at most 10⁴.",
        "smallest C* for which that covers the samples needed, largest over φ",
        source="Allen-Zhu, Li, Liang (2019), Theorem 1 and Section 2",
    ),
    at_most(
        "bias.random-train",
        0.1,
        "Random labels are memorised: the training risk goes down ...",
        "training risk relative to predicting 0, random labels",
        source="Allen-Zhu, Li, Liang (2019), Section 3.2, inductive bias",
    ),
    at_least(
        "bias.random-test",
        1.0,
        "... and the test risk does not.",
        "test risk relative to predicting 0, random labels",
        source="Allen-Zhu, Li, Liang (2019), Section 3.2, inductive bias",
    ),
    at_most(
        "bias.realizable-train",
        0.1,
        "With labels from the concept class the training risk goes down ...",
        "training risk relative to predicting 0, realizable labels",
        source="Allen-Zhu, Li, Liang (2019), Section 3.2, inductive bias",
    ),
    at_most(
        "bias.realizable-test",
        0.2,
        "... and so does the test risk, from the same number of samples.",
        "test risk relative to predicting 0, realizable labels",
        source="Allen-Zhu, Li, Liang (2019), Section 3.2, inductive bias",
    ),
)

LEMMA_B_3 = under(
    "lemma-b-3",
    "Allen-Zhu, Li, Liang (2019, arXiv v6), Lemma B.3a",
    equal_to(
        "sign-changes.exponent",
        -0.5,
        "The fraction of neurons whose gate has changed falls like m^(−1/2).",
        "exponent in m of the fraction of sign changes, over the widest decade",
        within=0.1,
    ),
    at_most(
        "pseudo-gap.exponent",
        -0.5,
        "The gap |f − g| to the pseudo-network falls at least like m^(−1/2).",
        "exponent in m of the mean |f − g| on test points, over the widest decade",
        within=0.1,
        source="Allen-Zhu, Li, Liang (2019, arXiv v6), Lemma B.3b",
    ),
)

PREDICTIONS = Predictions(THEOREM_1 + LEMMA_B_3)

STATEMENT = Statement(
    name="theorem-1-two-layer",
    place=10,
    title="Theorem 1: two-layer networks learn smooth functions",
    source="Allen-Zhu, Li, Liang (2019), Theorem 1",
    presets={"tiny": TINY, "quick": QUICK, "standard": STANDARD, "paper": PAPER},
    predictions=PREDICTIONS,
    row="full/theorem-1",
    symbols=(
        "x padding y N F_star phi p w_star a_star series C_eps C_s C_star R eps m W b a F "
        "init_scale eta T L gates g flips"
    ),
)
