"""Lemma 6.7: descent direction: parameters, presets and predictions."""

from pydantic import Field

from ovp_lib.evidence.claims import Predictions
from ovp_lib.evidence.predictions import equal_to, under
from ovp_lib.pages.base import Parameters, Statement
from ovp_lib.pages.card import Card, Learnt
from ovp_lib.pages.kinds import Sizes


class Lemma67DescentParameters(Parameters):
    """What a rerunner of this page can change."""

    sample_sizes: Sizes = Field(
        min_length=3, description="numbers of samples N; exponents are fitted over them"
    )
    dimension: int = Field(default=6, ge=2, description="input dimension d")


QUICK = Lemma67DescentParameters(n_seeds=8, sample_sizes=(100, 300, 1000, 3000))
STANDARD = QUICK.but(n_seeds=32, sample_sizes=(*QUICK.sample_sizes, 10_000, 30_000))
PAPER = STANDARD.but(n_seeds=100)
TINY = QUICK.but(n_seeds=2, sample_sizes=(4, 8, 16))

SOURCE = "Allen-Zhu, Li, Liang (2019, arXiv v6), Lemma 6.7"

PREDICTIONS = under(
    "lemma-6-7-descent",
    SOURCE,
    equal_to(
        "mean.exponent",
        -0.5,
        "To be replaced: the mean of N points of the sphere is of size N^(−1/2).",
        "exponent in N of the length of the mean, fitted in each seed",
        within=0.1,
    ),
)

CARD = Card(
    plain="To be replaced: what the statement says, in one plain sentence.",
    figure="lemma-6-7-descent-mean",
    learnt=(
        Learnt("To be replaced: what matters most.", holds=("mean.exponent",)),
        Learnt("To be replaced: the exponent is {mean.exponent}.", holds=("mean.exponent",)),
        Learnt("To be replaced: what fails, or stays open.", holds=("mean.exponent",)),
    ),
)

STATEMENT = Statement(
    name="lemma-6-7-descent",
    place=71,
    title="Lemma 6.7: descent direction",
    source=SOURCE,
    presets={"tiny": TINY, "quick": QUICK, "standard": STANDARD, "paper": PAPER},
    predictions=Predictions(PREDICTIONS),
    row="full/lemma-6-7",
    feeds=("full/lemma-6-8",),
    card=CARD,
)
