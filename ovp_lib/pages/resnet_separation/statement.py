"""Theorem 1 and Figure 2 of the ResNet paper: parameters, presets and predictions."""

from typing import Any

from pydantic import Field, model_validator

from ovp_lib.evidence.claims import Prediction, Predictions
from ovp_lib.pages.base import Parameters, Statement
from ovp_lib.pages.kinds import Positives, Size, Sizes


class ResNetSeparationParameters(Parameters):
    """What a rerunner of the separation can change; the stored sweep stays as it is."""

    samples: Sizes = Field(
        min_length=2, description="sample sizes N; layers and ablations are looked at at the last"
    )
    width: Size = Field(default=100, description="width m of every learner")
    dimension: int = Field(default=30, ge=5, description="input dimension d")
    alpha: float = Field(default=0.3, gt=0.0, le=1.0, description="weight of G(F) in the target")
    epochs: int = Field(ge=2, description="passes over the training set; the paper's are 800")
    lrs: Positives = Field(
        min_length=2, description="step sizes from which validation data choose, increasing"
    )
    decays: Positives = Field(
        min_length=1, description="weight decays from which they choose, increasing"
    )

    @model_validator(mode="after")
    def _whole_batches(self) -> "ResNetSeparationParameters":
        if self.samples[0] < 50:
            raise ValueError(f"batches of 50 need samples of at least 50, got {self.samples[0]}")
        return self


_QUICK: dict[str, Any] = {
    "n_seeds": 5,
    "samples": (150, 300),
    "epochs": 400,
    "lrs": (0.05, 0.2),
    "decays": (1e-4, 1e-3),
}

PRESETS: dict[str, dict[str, Any]] = {
    "quick": _QUICK,
    "standard": _QUICK
    | {
        "n_seeds": 8,
        "epochs": 800,
        "samples": (100, 150, 200, 300),
        "lrs": (0.05, 0.1, 0.2, 0.5, 1.0),
        "decays": (1e-4, 5e-4, 1e-3, 2e-3, 5e-3),
    },
    "paper": _QUICK
    | {
        "n_seeds": 16,
        "epochs": 800,
        "samples": (100, 150, 200, 300),
        "lrs": (0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
        "decays": (1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2),
    },
}

_LEARNS = "Allen-Zhu, Li (2019), Theorem 1"
_LAYERS = "Allen-Zhu, Li (2019), Section 2.1, implicit hierarchical learning"
_FIGURE = "Allen-Zhu, Li (2019), Figure 2"
_KERNELS = "Allen-Zhu, Li (2019), Theorems 2 and 3"

METHODS: dict[str, tuple[str, str]] = {
    "3resnet": ("bottleneck", "hidden"),
    "3layer": ("three-layer", "hidden"),
    "2layer": ("two-layer", "hidden"),
    "3resnet(last)": ("bottleneck", "last"),
    "3layer(last)": ("three-layer", "last"),
    "2layer(last)": ("two-layer", "last"),
    "3resnet(NTK)": ("bottleneck", "ntk"),
    "3layer(NTK)": ("three-layer", "ntk"),
    "2layer(NTK)": ("two-layer", "ntk"),
}
"""The curves of Figure 2(a) by their names in the paper: learner, and what of it is trained."""


def slug(method: str) -> str:
    """Return a method's name as it stands in the ids of claims.

    Example:
        >>> slug("3resnet(NTK)")
        '3resnet-ntk'
    """
    return method.replace("(", "-").replace(")", "").lower()


PREDICTIONS = (
    Prediction(
        id="resnet-theorem-1.reparameterised",
        source="Allen-Zhu, Li (2019), Section 6",
        sentence="With U = VA the learner (2.1) and its bottleneck compute the same function.",
        statistic="largest relative difference of their outputs over test points, float64",
        high=1e-10,
    ),
    Prediction(
        id="resnet-theorem-1.resnet",
        source=_LEARNS,
        sentence="The ResNet goes well below the error of whoever has not learned G(F) ...",
        statistic="test error / kα² at the largest N, chosen by validation",
        high=0.5,
    ),
    Prediction(
        id="resnet-theorem-1.kernels",
        source=_KERNELS,
        sentence="... and no kernel does, even if its penalty is chosen on the test data.",
        statistic="least test error of all kernels and penalties / kα² at the largest N",
        low=0.9,
    ),
    Prediction(
        id="resnet-theorem-1.ratio",
        source=_KERNELS,
        sentence="So the best kernel errs several times as much.",
        statistic="error of the best kernel / error of the ResNet, same data",
        low=2.0,
    ),
    Prediction(
        id="resnet-figure-2.plain-fails",
        source="Allen-Zhu, Li (2019), Section 2.1",
        sentence="Plain three-layer networks fail to learn G(F) to any non-trivial accuracy.",
        statistic="test error of the three-layer network / kα² at the largest N",
        low=0.9,
    ),
    Prediction(
        id="resnet-hierarchy.order",
        source=_LAYERS,
        sentence="F is learned first, G(F) after it.",
        statistic="steps until half of αG(F) is in the output / until half of F is",
        low=2.0,
    ),
    Prediction(
        id="resnet-hierarchy.first-layer",
        source=_LAYERS,
        sentence="The first layer learns F up to an error of order α.",
        statistic="E‖out₁(x) − F(x)‖² / kα² after training",
        high=1.0,
    ),
    Prediction(
        id="resnet-hierarchy.first-then-second",
        source=_LAYERS,
        sentence="Layer-wise training, first layer first, is no substitute for joint training.",
        statistic="error of layer-wise / of joint training, each chosen by validation",
        low=2.0,
    ),
    Prediction(
        id="resnet-hierarchy.second-then-first",
        source=_LAYERS,
        sentence="The other way round it does not learn G(F) at all.",
        statistic="test error / kα² of training the second layer, then the first",
        low=0.9,
    ),
    Prediction(
        id="resnet-ablation.residual-link",
        source=_LAYERS,
        sentence="The residual link helps: the plain three-layer network errs more than (2.1).",
        statistic="error of the three-layer network / of (2.1), stored table, N = 300",
        low=1.0,
    ),
    Prediction(
        id="resnet-ablation.bottleneck",
        source="Allen-Zhu, Li (2019), Section 6",
        sentence="The bottleneck U = VA works well: not worse than the learner (2.1).",
        statistic="error of (2.1) / of the bottleneck, stored table, N = 300",
        low=1.0,
    ),
    Prediction(
        id="resnet-ablation.step-size",
        source="our reading of Section 6.1, where η is large",
        sentence="The step size matters: a tenth of the largest loses much of it.",
        statistic="error at the smallest step size / at the best, decay chosen for each",
        low=2.0,
    ),
    *(
        Prediction(
            id=f"resnet-figure-2.paper.{slug(method)}",
            source=f"{_FIGURE}(a)",
            sentence=f"{method}: our errors are the paper's.",
            statistic="ours / printed, geometric mean over the widths of both, chosen by test",
            low=0.8,
            high=1.25,
        )
        for method in METHODS
    ),
    Prediction(
        id="resnet-figure-2.resnet",
        source=f"{_FIGURE}(a)",
        sentence="On the target of Figure 2 the ResNet learns G(F) ...",
        statistic="least error over widths / kα², chosen by validation at each",
        high=0.5,
    ),
    Prediction(
        id="resnet-figure-2.kernels",
        source=f"{_FIGURE}(a)",
        sentence="... and last layers and tangent kernels do not, at any width.",
        statistic="least error over widths and learners / kα², chosen by test",
        low=1.0,
    ),
    Prediction(
        id="resnet-figure-2.plain",
        source=f"{_FIGURE}(a)",
        sentence="Plain networks of two and three layers do not either.",
        statistic="least error over widths / kα², chosen by validation at each",
        low=0.7,
    ),
    Prediction(
        id="resnet-figure-2.beta",
        source=f"{_FIGURE}(b)",
        sentence="α / β matters: the more of F there is, the better G(F) is learned.",
        statistic="Kendall's τ between β and the coefficient of G(F) in the output",
        low=0.0,
    ),
    Prediction(
        id="resnet-theorem-1.alpha-floor",
        source=f"{_LEARNS}, Remark 6.1",
        sentence="The α⁴ of the theorem is no floor: more samples go below it.",
        statistic="test error of the ResNet / kα⁴ on the hard instance at N = 1000",
        high=1.0,
    ),
    Prediction(
        id="resnet-figure-2.recomputed",
        source="this book's stored results",
        sentence="Some runs of the stored table, computed again here, agree with it.",
        statistic="largest |log(again / stored)| of test errors, cheap rows",
        high=0.25,
    ),
)

STATEMENT = Statement(
    name="resnet-separation",
    place=80,
    title="ResNet, Theorem 1 and Figure 2: what a ResNet learns and kernels do not",
    source=_LEARNS,
    parameters=ResNetSeparationParameters,
    presets=PRESETS,
    predictions=Predictions(PREDICTIONS),
    row="resnet/theorem-1",
    feeds=("resnet/hierarchy", "resnet/layer-wise", "resnet/remark-6-1", "resnet/degree-example"),
    symbols="F_base G_composite H alpha_beta resnet bottleneck out",
)
