"""Theorem 1 and Figure 2 of the ResNet paper: parameters, presets and predictions."""

from pydantic import Field, model_validator

from ovp_lib.evidence.claims import Prediction, Predictions
from ovp_lib.evidence.predictions import at_least, at_most, between, near_print, slug, under
from ovp_lib.pages.base import Parameters, Statement
from ovp_lib.pages.card import Card, Learnt
from ovp_lib.pages.kinds import Positives, Size, Sizes


class ResNetSeparationParameters(Parameters):
    """What a rerunner of the separation can change; the stored sweep stays as it is."""

    sample_sizes: Sizes = Field(
        min_length=2, description="sample sizes N; layers and ablations are looked at at the last"
    )
    width: Size = Field(default=100, description="width m of every learner")
    dimension: int = Field(default=30, ge=5, description="input dimension d")
    alpha: float = Field(default=0.3, gt=0.0, le=1.0, description="weight of G(F) in the target")
    epochs: int = Field(ge=2, description="passes over the training set; the paper's are 800")
    step_sizes: Positives = Field(
        min_length=2, description="step sizes from which validation data choose, increasing"
    )
    decays: Positives = Field(
        min_length=1, description="weight decays from which they choose, increasing"
    )

    @model_validator(mode="after")
    def _whole_batches(self) -> "ResNetSeparationParameters":
        if self.sample_sizes[0] < 50:
            raise ValueError(
                f"batches of 50 need sample_sizes of at least 50, got {self.sample_sizes[0]}"
            )
        return self


QUICK = ResNetSeparationParameters(
    n_seeds=5,
    sample_sizes=(150, 300),
    epochs=400,
    step_sizes=(0.05, 0.2, 0.5, 1.0),
    decays=(1e-4, 1e-3, 5e-3, 1e-2, 5e-2),
)

STANDARD = QUICK.but(
    n_seeds=8,
    epochs=800,
    sample_sizes=(100, 150, 200, 300),
    step_sizes=(0.05, 0.1, 0.2, 0.5, 1.0),
    decays=(1e-4, 5e-4, 1e-3, 5e-3, 1e-2, 5e-2),
)

PAPER = QUICK.but(
    n_seeds=16,
    epochs=800,
    sample_sizes=(100, 150, 200, 300),
    step_sizes=(0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
    decays=(1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2),
)

TINY = QUICK.but(
    n_seeds=2,
    sample_sizes=(50, 100),
    width=6,
    epochs=4,
    step_sizes=(0.02, 0.05),
    decays=(1e-3,),
)


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


AUTHORS = "Allen-Zhu, Li (2019)"
LAYERS = f"{AUTHORS}, Section 2.1, implicit hierarchical learning"
OURS = "this book; the paper says nothing of it"

STEP_RATIOS = (1.0, 0.3, 0.09, 0.03)
"""eta_v / eta_w on the axis of the picture, beside the theorem's."""

WIDENED = (
    "The grid was widened for layer-wise training after an earlier version of this page; the best "
    "decay of joint training may lie at its end."
)

OUT_OF_RANGE = "α is far outside the range of the theorem"


def agrees_with_the_paper(method: str) -> Prediction:
    """Predict that our errors of a method are those that the paper's Figure 2(a) prints.

    Args:
        method: of :data:`METHODS`.

    Returns:
        The prediction.
    """
    return between(
        f"paper.{slug(method)}",
        0.8,
        1.25,
        f"{method}: our errors are the paper's.",
        "ours / printed, geometric mean over the widths of both, chosen by test",
        caveat="A mean over widths, in which deviations cancel; three seeds against one. Many of "
        "our best settings lie at an end of their grid.",
    )


BETAS = (1.0, 0.5, 0.3, 0.2, 0.0)
"""β of the curves of the paper's Figure 2(b)."""


def agrees_at(beta: float) -> Prediction:
    """Predict that our errors of the ResNet at one β are those that the paper's Figure 2(b) prints.

    Args:
        beta: of :data:`BETAS`.

    Returns:
        The prediction.
    """
    return near_print(
        "blind.beta-" + f"{beta:g}".replace(".", "-"),
        f"{AUTHORS}, Figure 2(b)",
        f"ResNet at β = {beta:g}: every error of ours is the printed one, within a factor of 1.5.",
        "Tables and print were fixed apart. The least errors had been seen beside the print before "
        "this was written, and below β = 1 two widths were run.",
    )


SEPARATION = under(
    "resnet-theorem-1",
    f"{AUTHORS}, Theorems 2 and 3",
    at_most(
        "reparameterised",
        1e-10,
        "With U = VA the learner (2.1) and its bottleneck compute the same function.",
        "largest relative difference of their outputs over test points, float64",
        source=f"{AUTHORS}, Section 6",
        kind="identity",
    ),
    at_most(
        "resnet",
        0.5,
        "The ResNet goes well below the error of a learner that has F and nothing of G(F).",
        "test error / kα² at the largest N, chosen by validation",
        source=f"{AUTHORS}, Theorem 1",
        caveat=f"{OUT_OF_RANGE}, and 1000 validation labels choose step size and decay.",
    ),
    at_least(
        "kernels",
        0.9,
        "No kernel of the library does so, though the population error chooses its penalty.",
        "least error over kernels and a grid of penalties / kα² at the largest N",
    ),
    at_least(
        "ratio",
        2.0,
        "The error of the best kernel is several times that of the ResNet.",
        "error of the best kernel / error of the ResNet, same data",
    ),
)

PLAIN_NETWORKS = under(
    "resnet-hard",
    OURS,
    at_most(
        "plain-learns",
        0.5,
        "On the hard instance a plain three-layer network with tuned decay learns G(F), too.",
        "test error of the three-layer network / kα² at the largest N, chosen by validation",
        caveat="Expected after pilot runs. The paper's sentence on plain networks is about the "
        "target of its Figure 2.",
    ),
)

HIERARCHY = under(
    "resnet-hierarchy",
    LAYERS,
    at_least(
        "order",
        2.0,
        "F is learned first, G(F) after it.",
        "steps until half of αG(F) is in the output / until half of F is",
    ),
    at_most(
        "first-layer",
        1.0,
        "With the theorem's ratio of step sizes the first layer learns F up to order α.",
        "E‖out₁(x) − F(x)‖² / kα² after training, chosen by validation",
        caveat="Replaces a test with equal step sizes. The ratio's hidden factor and the constant "
        "of order α are taken as one, a weight decay is chosen that the theorem lacks, and with "
        "other decays to choose from the interval crosses the border.",
    ),
    at_most(
        "first-layer-no-decay",
        1.0,
        "The first layer learns F by the ratio of step sizes alone, without weight decay.",
        "E‖out₁(x) − F(x)‖² / kα² after training without decay, chosen by validation",
        source="our reading of Theorem 1, which has no weight decay",
        caveat=f"{OUT_OF_RANGE}, step sizes are not small, and by footnote 5 the first layer may "
        "learn F + αR with any bounded R.",
    ),
    at_least(
        "step-ratio",
        2.0,
        "At one step size, without decay, the theorem's ratio brings the first layer nearer to F.",
        "E‖out₁(x) − F(x)‖² with equal step sizes / with the theorem's ratio",
        source=f"{AUTHORS}, Theorem 1, η_v / η_w",
        caveat="Expected after pilot runs; at one step size.",
    ),
    at_least(
        "first-then-second",
        2.0,
        "Layer-wise training, first layer first, is no substitute for joint training.",
        "error of layer-wise / of joint training, each chosen by validation on the same grid",
        caveat=WIDENED,
    ),
    at_least(
        "second-then-first",
        0.9,
        "Layer-wise training, second layer first, does not learn G(F) at all.",
        "test error / kα² of training the second layer, then the first",
        source=OURS,
        caveat=WIDENED,
    ),
)

ABLATION = under(
    "resnet-ablation",
    LAYERS,
    at_least(
        "residual-link",
        1.0,
        "The residual link helps: a plain three-layer network has a higher error than (2.1).",
        "error of the three-layer network / of (2.1), stored table, N = 300",
        source="our test of the reason given in Section 2.1, on the hard instance",
        caveat="The hard instance, one width and one N; on the target of Figure 2 the ResNet wins. "
        "Some best settings of both networks lie at an end of their grid.",
    ),
    at_least(
        "bottleneck",
        1.0,
        "The bottleneck U = VA works well: not worse than the learner (2.1).",
        "error of (2.1) / of the bottleneck, stored table, N = 300",
        source="our stronger form of Section 6, which says that it works well empirically",
        caveat="One width and one N. Some best settings of (2.1) lie at an end of their grid.",
    ),
    at_least(
        "step-size",
        2.0,
        "The step size matters: the smallest of the grid loses much of it.",
        "error at the smallest step size / at the best, decay chosen for each",
        source="our reading of Section 6.1, where η is large",
    ),
)

PRINTED_FIGURE = under(
    "resnet-figure-2",
    f"{AUTHORS}, Figure 2(a)",
    *(agrees_with_the_paper(method) for method in METHODS),
    at_most(
        "resnet",
        0.5,
        "On the target of Figure 2 the ResNet learns G(F).",
        "least error over widths / kα², chosen by validation at each",
        caveat="Test errors choose among the widths.",
    ),
    at_least(
        "kernels",
        1.0,
        "Kernel methods fail to learn G(F) of Figure 2 to any non-trivial accuracy.",
        "least error over widths and learners / kα², chosen by test",
        source=f"{AUTHORS}, Section 2.1 with Figure 2",
        caveat="Last layers and tangent kernels, trained by SGD as in the paper; not ridge. Most "
        "of their best settings lie at an end of their grid.",
    ),
    at_least(
        "plain",
        1.0,
        "Plain three-layer networks fail to learn G(F) of Figure 2 to any non-trivial accuracy.",
        "least error over widths / kα², chosen by validation at each",
        within=0.3,
        source=f"{AUTHORS}, Section 2.1 with Figure 2",
        caveat="Three seeds; test errors choose among the widths, of which the largest is 500. "
        "Most best settings lie at an end of their grid.",
    ),
    at_least(
        "beta",
        0.0,
        "α / β matters: the more of F there is, the better G(F) is learned.",
        "Kendall's τ between β and the coefficient of G(F) in the output",
        source=f"{AUTHORS}, Figure 2(b)",
    ),
    *(agrees_at(beta) for beta in BETAS),
)

MORE_SAMPLES = under(
    "resnet-theorem-1",
    f"{AUTHORS}, Theorem 1, Remark 6.1",
    at_most(
        "alpha-floor",
        1.0,
        "The α⁴ of the theorem is no floor: more samples go below it.",
        "test error of the ResNet / kα⁴ on the hard instance at N = 1000",
    ),
)

STORED_RESULTS = under(
    "resnet-figure-2",
    "this book's stored results",
    at_most(
        "recomputed",
        0.25,
        "Some runs of the stored table, computed again here, agree with it.",
        "largest |log(again / stored)| of test errors, cheap rows",
        kind="recomputation",
    ),
    at_most(
        "grid",
        0.5,
        "The grids of the stored table are wide enough: most winners lie inside them.",
        "share of winners at an end of the step sizes or of the decays",
        kind="recomputation",
        caveat="Grids were widened where runs take seconds.",
    ),
)

PREDICTIONS = Predictions(
    SEPARATION
    + PLAIN_NETWORKS
    + HIERARCHY
    + ABLATION
    + PRINTED_FIGURE
    + MORE_SAMPLES
    + STORED_RESULTS
)

CARD = Card(
    plain="A ResNet learns a function of a function in two steps, the inner one first, from so few "
    "samples that no kernel learns it.",
    figure="resnet-separation-samples",
    learnt=(
        Learnt(
            "It does not take a residual link: on the paper's own hard instance a plain network of "
            "three layers has {resnet-ablation.residual-link} times the error of the ResNet.",
            holds=("resnet-hard.plain-learns",),
            fails=("resnet-ablation.residual-link",),
        ),
        Learnt(
            "Kernels do stay behind: the best of all kernels, with a penalty chosen in hindsight, "
            "has {ratio} times the error of the ResNet.",
            holds=("kernels", "ratio", "resnet"),
        ),
        Learnt(
            "The inner function is learned first. The theorem's ratio of step sizes alone does not "
            "keep it in the first layer; whether weight decay does changes with the seed.",
            holds=("resnet-hierarchy.order",),
            fails=("resnet-hierarchy.first-layer-no-decay",),
            open=("resnet-hierarchy.first-layer",),
        ),
    ),
)

STATEMENT = Statement(
    name="resnet-separation",
    place=80,
    title="ResNet, Theorem 1 and Figure 2: what a ResNet learns and kernels do not",
    short="Theorem 1: what a ResNet learns",
    source=f"{AUTHORS}, Theorem 1",
    presets={"tiny": TINY, "quick": QUICK, "standard": STANDARD, "paper": PAPER},
    predictions=PREDICTIONS,
    row="resnet/theorem-1",
    feeds=("resnet/hierarchy", "resnet/layer-wise", "resnet/remark-6-1", "resnet/degree-example"),
    symbols="F_base G_composite H alpha_beta resnet bottleneck out",
    card=CARD,
)
