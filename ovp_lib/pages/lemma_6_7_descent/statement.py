"""Lemma 6.7, descent direction: parameters, presets and predictions."""

from pydantic import Field

from ovp_lib.evidence.claims import Predictions
from ovp_lib.evidence.predictions import at_least, at_most, equal_to, under
from ovp_lib.pages.base import Parameters, Statement
from ovp_lib.pages.card import Card, Learnt
from ovp_lib.pages.kinds import Phi, Positives, Size, Sizes


class Lemma67Parameters(Parameters):
    """What a rerunner of this page can change."""

    width: int = Field(default=50, ge=4, description="widths m1 = m2 of the networks that train")
    widths: Sizes = Field(
        min_length=2, description="widths m1 = m2 at which the start of training is looked at"
    )
    rounds: int = Field(ge=6, description="rounds T, after each of which lambda decays")
    inner_steps: Size = Field(default=20, description="steps T_w of noisy SGD in a round")
    samples: int = Field(ge=4, description="size N of the training set")
    noise: float = Field(default=0.5, gt=0.0, description="label noise of the noisy problem")
    outer: Phi = Field(default="z", description="Phi of the target")
    inner: Phi = Field(default="sin(2z)", description="phi of the target")
    dimension: int = Field(default=5, ge=3, description="input dimension d, padding included")
    gamma: float = Field(default=0.25, gt=0.0, le=0.25, description="gamma, in (0, 1/4]")
    eps0: float = Field(default=0.01, gt=0.0, le=0.01, description="eps_0, in (0, 1/100]")
    step_size: float = Field(default=1.5, gt=0.0, description="step size eta, times the width")
    last_lambda: float = Field(
        default=0.135, gt=0.0, lt=1.0, description="lambda after the last round"
    )
    smoothing: float = Field(
        default=0.1, gt=0.0, description="sigma_v, as a multiple of Table 1's power of the width"
    )
    penalty: float = Field(
        default=0.01, gt=0.0, description="lam_v and lam_w, as multiples of Table 1's powers"
    )
    sign_draws: Size = Field(default=2, description="draws of Sigma for each sample")
    curvatures: Positives = Field(
        min_length=2, description="curvatures of the saddles that noisy SGD has to leave"
    )
    saddle_dimension: int = Field(default=8, ge=2, description="dimensions of those functions")
    two_layer_width: Size = Field(default=1000, description="width of the two-layer network")
    accuracy: float = Field(
        default=0.1, gt=0.0, lt=1.0, description="eps of Lemma B.4, relative to predicting 0"
    )
    budget: float = Field(default=60.0, gt=0.0, description="T eps^2 of Lemma B.4")


QUICK = Lemma67Parameters(
    n_seeds=5,
    widths=(10, 30, 90),
    rounds=60,
    samples=200,
    curvatures=(0.05, 0.1, 0.2, 0.4),
)
STANDARD = QUICK.but(
    n_seeds=12,
    widths=(10, 30, 90, 180),
    width=100,
    sign_draws=4,
    rounds=200,
    samples=300,
    curvatures=(0.025, *QUICK.curvatures),
)
PAPER = STANDARD.but(n_seeds=24, width=200, rounds=400)
TINY = QUICK.but(
    n_seeds=2,
    width=6,
    step_size=0.2,
    widths=(4, 8),
    rounds=6,
    inner_steps=2,
    samples=12,
    sign_draws=2,
    curvatures=(0.2, 0.4),
    two_layer_width=30,
    accuracy=0.5,
)

SOURCE = "Allen-Zhu, Li, Liang (2019, arXiv v6), Lemma 6.7"
PILOT = "The constants of the regulariser and the smoothing were set by a pilot with other seeds."

LEMMA_6_7 = under(
    "lemma-6-7",
    SOURCE,
    at_least(
        "start",
        1.0,
        "Where training starts, the best direction lowers L′ at least by ηγ/4 of itself.",
        "geometric mean of the relative decrease along the best direction, over ηγ/4",
    ),
    at_least(
        "width.exponent",
        0.0,
        "The wider the network is, the faster L′ falls along the best direction at the start.",
        "exponent in m of the relative decrease, fitted in each seed",
        caveat="The lemma does not say how the decrease depends on the width.",
    ),
    at_least(
        "clean",
        1.0,
        "Without label noise, at every look with L′ ≥ (1 + γ) OPT + ε₀/γ a direction or decay "
        "lowers L′ by ηγ/4 of itself.",
        "smallest over looks of the larger relative decrease, over ηγ/4; geometric mean",
        caveat=PILOT,
    ),
    at_least(
        "noisy",
        1.0,
        "With label noise, at every look with L′ ≥ (1 + γ) OPT + ε₀/γ a direction or decay lowers "
        "L′ by ηγ/4 of itself.",
        "smallest over looks of the larger relative decrease, over ηγ/4; geometric mean",
        caveat=f"{PILOT} Late in a run L′ is below that bound for most seeds, and only the first "
        "looks count.",
    ),
    at_least(
        "spread",
        1.0,
        "A direction that moves all neurons alike, as the proof's does, would be enough.",
        "as for all directions, over both problems, with W⋇ and V⋇ of rows of one length",
        caveat="The lemma asks for some direction; its proof takes one of this kind.",
    ),
    equal_to(
        "paired",
        1.0,
        "Paired draws of the noise see the change that the second derivatives give.",
        "measured over computed change along the best direction, summed over looks",
        within=0.15,
        kind="identity",
    ),
)

SHORT = "Widths, T and T_w are far below the lemma's poly(m₁, m₂)."

REMARK_C_10 = under(
    "remark-c-10",
    "Allen-Zhu, Li, Liang (2019, arXiv v6), Remark C.10",
    at_most(
        "clean",
        -1.0,
        "Without label noise, at every look of a run of Algorithm 2 with L″ ≥ (1 + γ) OPT + ε₀/γ "
        "a direction or decay lowers L″ by ηγ/4 of itself.",
        "largest over looks of the smaller of both relative changes, in units of ηγ/4",
        caveat=PILOT,
    ),
    at_most(
        "noisy",
        -1.0,
        "With label noise, at every look of a run of Algorithm 2 with L″ ≥ (1 + γ) OPT + ε₀/γ "
        "a direction or decay lowers L″ by ηγ/4 of itself.",
        "largest over looks of the smaller of both relative changes, in units of ηγ/4",
        caveat=PILOT,
    ),
    at_most(
        "end",
        1.0,
        "With label noise Algorithm 2 ends with L″ ≤ (1 + γ) OPT + ε₀.",
        "L″ at the end over (1 + γ) OPT + ε₀",
        caveat=SHORT,
    ),
)

LEMMA_6_8 = under(
    "lemma-6-8",
    "Allen-Zhu, Li, Liang (2019, arXiv v6), Lemma 6.8",
    at_most(
        "noisy",
        1.0,
        "With label noise Algorithm 3 ends with L′ ≤ (1 + γ) OPT + ε₀.",
        "L′ at the end over (1 + γ) OPT + ε₀",
        caveat=SHORT,
    ),
    at_most(
        "clean",
        1.0,
        "Without label noise Algorithm 3 ends with L′ ≤ (1 + γ) OPT + ε₀.",
        "L′ at the end over (1 + γ) OPT + ε₀",
        caveat=f"{SHORT} Added after a first stored run, in which it failed.",
    ),
    at_most(
        "curvature",
        0.1,
        "Rounds of T_w steps end near second-order critical points of L′.",
        "smallest eigenvalue of the Hessian over lambda, at the end over at the start, noisy",
        caveat="The proof needs more: eigenvalues above −(m₁m₂)^(−8), from poly(m₁, m₂) steps.",
    ),
)

APPENDIX_A = under(
    "fact-a-8",
    "Allen-Zhu, Li, Liang (2019, arXiv v6), Fact A.8",
    at_least(
        "eigenvalue",
        1.0,
        "The smallest eigenvalue of the Hessian is at least as negative as the change per η.",
        "smallest over looks of the eigenvalue over the change along the best direction",
        kind="proved",
    ),
) + under(
    "lemma-a-9",
    "Allen-Zhu, Li, Liang (2019, arXiv v6), Lemma A.9",
    equal_to(
        "exponent",
        -2.0,
        "With η ∝ δ noisy SGD leaves a saddle of curvature −δ after a polynomial number of steps, "
        "about δ⁻².",
        "exponent in δ of the steps until half of the fall is done, in each seed",
        within=0.2,
        caveat="The lemma names no degree; −2 is that of the linearised recursion. "
        "The tolerance was set by a pilot.",
    ),
    at_least(
        "curvature",
        -0.1,
        "From a saddle noisy SGD gets to where no curvature is much below zero.",
        "smallest eigenvalue at the end over δ, the smallest over functions",
    ),
)

LEMMA_B_4 = under(
    "lemma-b-4",
    "Allen-Zhu, Li, Liang (2019, arXiv v6), Lemma B.4",
    at_most(
        "loss",
        1.0,
        "After T ∝ 1/ε² steps the averaged training loss of two layers is within ε of OPT.",
        "excess of the averaged training loss over the target's, over ε",
    ),
    at_least(
        "direction",
        0.0,
        "Two layers have a direction of descent of first order: to W⋇, as if the loss were convex.",
        "smallest over looks of ⟨∇L, W − W⋇⟩ − (L(W) − L(W⋇)), relative to the loss at the start",
        within=0.05,
        caveat="The tolerance was set by a pilot with other seeds.",
    ),
)

PREDICTIONS = Predictions(LEMMA_6_7 + REMARK_C_10 + LEMMA_6_8 + APPENDIX_A + LEMMA_B_4)

CARD = Card(
    plain="Where the smoothed loss of a three-layer network is far above the best possible, some "
    "random direction, or shrinking the network, lowers it.",
    figure="lemma-6-7-descent-rates",
    learnt=(
        Learnt(
            "At four looks along runs of Algorithm 3, where the lemma speaks, a direction or decay "
            "lowers the objective by more than the lemma asks, in the geometric mean over seeds.",
            holds=("clean", "noisy"),
        ),
        Learnt(
            "At the start that decrease grows with the width, to the power {width.exponent}.",
            holds=("width.exponent",),
        ),
        Learnt(
            "In a standard run a direction that is spread over all neurons, like the proof's, is "
            "enough, too, and in a quick one it is not. For Algorithm 2 no direction is enough at "
            "the end in most seeds.",
            holds=("spread",),
            open=("remark-c-10.clean", "remark-c-10.noisy"),
        ),
    ),
)

STATEMENT = Statement(
    name="lemma-6-7-descent",
    place=44,
    title="Lemma 6.7: a direction of descent, or decay",
    source=SOURCE,
    presets={"tiny": TINY, "quick": QUICK, "standard": STANDARD, "paper": PAPER},
    predictions=PREDICTIONS,
    row="full/lemma-6-7",
    feeds=("full/lemma-6-8",),
    card=CARD,
)
