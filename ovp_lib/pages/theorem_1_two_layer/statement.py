"""Theorem 1 of Going Beyond Two Layers: parameters, presets and predictions."""

from typing import Any, Literal

from pydantic import Field, model_validator

from ovp_lib.evidence.claims import Prediction, Predictions
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


_QUICK: dict[str, Any] = {
    "n_seeds": 8,
    "widths": (100, 300, 1000, 3000, 10_000),
    "steps": 5_600,
    "sample_sizes": (25, 50, 100, 200, 400, 800),
    "phis": ("z", "exp(z)", "tanh(z)", "sin(2z)", "z^3", "cos(3z)", "sin(4z)"),
}

PRESETS: dict[str, dict[str, Any]] = {
    "quick": _QUICK,
    "standard": _QUICK
    | {
        "n_seeds": 16,
        "widths": (100, 300, 1000, 3000, 10_000, 30_000),
        "steps": 64_000,
        "sample_sizes": (25, 50, 100, 200, 400, 800, 1600, 3200),
        "phis": (*_QUICK["phis"], "cos(4z)", "cos(5z)", "z^5", "sin(6z)"),
    },
    "paper": _QUICK
    | {
        "n_seeds": 32,
        "widths": (100, 300, 1000, 3000, 10_000, 30_000, 100_000),
        "steps": 512_000,
        "sample_sizes": (25, 50, 100, 200, 400, 800, 1600, 3200, 6400, 12_800),
        "phis": (*_QUICK["phis"], "cos(4z)", "cos(5z)", "z^5", "sin(6z)", "cos(7z)"),
    },
}

_LEARNS = "Allen-Zhu, Li, Liang (2019), Theorem 1"
_BIAS = "Allen-Zhu, Li, Liang (2019), Section 3.2, inductive bias"
_COUPLES = "Allen-Zhu, Li, Liang (2019, arXiv v6), Lemma B.3"

PREDICTIONS = (
    Prediction(
        id="theorem-1.realizable.risk",
        source=_LEARNS,
        sentence="Averaged over SGD iterates, the risk comes within ε of OPT (no label noise).",
        statistic="excess of the averaged risk at the longest T, relative to predicting 0",
        high=0.1,
    ),
    Prediction(
        id="theorem-1.agnostic.risk",
        source=_LEARNS,
        sentence="The same with label noise, where OPT > 0 is known in closed form.",
        statistic="excess of the averaged risk at the longest T, relative to predicting 0",
        high=0.1,
    ),
    Prediction(
        id="theorem-1.realizable.exponent",
        source=_LEARNS,
        sentence="With the theorem's step size, T = Θ(1/ε²) steps suffice (no label noise).",
        statistic="exponent of the excess of the averaged risk in T, fitted in each seed",
        high=-0.5,
        tolerance=0.1,
    ),
    Prediction(
        id="theorem-1.agnostic.exponent",
        source=_LEARNS,
        sentence="The same with label noise.",
        statistic="exponent of the excess of the averaged risk in T, fitted in each seed",
        high=-0.5,
        tolerance=0.1,
    ),
    Prediction(
        id="theorem-1.width.exponent",
        source=_LEARNS,
        sentence="The samples needed for a fixed risk do not grow with the width m.",
        statistic="exponent in m of the samples to the target risk, fitted in each seed",
        low=0.0,
        high=0.0,
        tolerance=0.1,
    ),
    Prediction(
        id="theorem-1.width.unscaled-exponent",
        source=_LEARNS,
        sentence="That needs η ∝ 1/m: with one η for all widths, narrow networks need more.",
        statistic="exponent in m of the samples to the target risk, up to the width η is made for",
        high=-0.5,
    ),
    Prediction(
        id="theorem-1.samples.exponent",
        source="Allen-Zhu, Li, Liang (2019), Theorem 1 and Remark B.7",
        sentence="The excess risk falls with the training set size at least like N^(−1/2).",
        statistic="exponent of the relative test risk in N, fitted in each seed",
        high=-0.5,
    ),
    Prediction(
        id="theorem-1.complexity.rank",
        source="Allen-Zhu, Li, Liang (2019), Theorem 1 and Section 2",
        sentence="A more complex φ, by C_s, needs more samples.",
        statistic="Kendall's τ between C_s(φ, 1) and the samples to the target risk",
        low=0.0,
    ),
    Prediction(
        id="theorem-1.complexity.constant",
        source="Allen-Zhu, Li, Liang (2019), Theorem 1 and Section 2",
        sentence="T = C_s² k³ p²/ε² steps suffice for every φ with a C* of at most 10⁴.",
        statistic="smallest C* for which that covers the samples needed, largest over φ",
        high=1e4,
    ),
    Prediction(
        id="theorem-1.bias.random-train",
        source=_BIAS,
        sentence="Random labels are memorised: the training risk goes down ...",
        statistic="training risk relative to predicting 0, random labels",
        high=0.1,
    ),
    Prediction(
        id="theorem-1.bias.random-test",
        source=_BIAS,
        sentence="... and the test risk does not.",
        statistic="test risk relative to predicting 0, random labels",
        low=1.0,
    ),
    Prediction(
        id="theorem-1.bias.realizable-train",
        source=_BIAS,
        sentence="With labels from the concept class the training risk goes down ...",
        statistic="training risk relative to predicting 0, realizable labels",
        high=0.1,
    ),
    Prediction(
        id="theorem-1.bias.realizable-test",
        source=_BIAS,
        sentence="... and so does the test risk, from the same number of samples.",
        statistic="test risk relative to predicting 0, realizable labels",
        high=0.2,
    ),
    Prediction(
        id="lemma-b-3.sign-changes.exponent",
        source=f"{_COUPLES}a",
        sentence="The fraction of neurons whose gate has changed falls like m^(−1/2).",
        statistic="exponent in m of the fraction of sign changes, over the widest decade",
        low=-0.5,
        high=-0.5,
        tolerance=0.1,
    ),
    Prediction(
        id="lemma-b-3.pseudo-gap.exponent",
        source=f"{_COUPLES}b",
        sentence="The gap |f − g| to the pseudo-network falls at least like m^(−1/2).",
        statistic="exponent in m of the mean |f − g| on test points, over the widest decade",
        high=-0.5,
        tolerance=0.1,
    ),
)

STATEMENT = Statement(
    name="theorem-1-two-layer",
    place=10,
    title="Theorem 1: two-layer networks learn smooth functions",
    source=_LEARNS,
    parameters=Theorem1Parameters,
    presets=PRESETS,
    predictions=Predictions(PREDICTIONS),
    row="full/theorem-1",
    symbols=(
        "x padding y N F_star phi p w_star a_star series C_eps C_s C_star R eps m W b a F "
        "init_scale eta T L gates g flips"
    ),
)
