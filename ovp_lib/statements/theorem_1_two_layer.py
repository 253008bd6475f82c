"""Theorem 1 of Going Beyond Two Layers: parameters, presets and predictions."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from ovp_lib.evidence.claims import Prediction
from ovp_lib.statements.base import Parameters, Statement

Width = Annotated[int, Field(ge=1)]


class Theorem1Parameters(Parameters):
    """What a rerunner of Theorem 1 can change."""

    widths: tuple[Width, ...] = Field(min_length=2, description="hidden widths m to compare")
    width: Width = Field(description="hidden width m where it is held fixed")
    steps: int = Field(ge=100, description="SGD steps T of the longest runs")
    sample_sizes: tuple[Width, ...] = Field(min_length=2, description="training set sizes N")
    memorised: int = Field(ge=1, description="training set size N of the inductive-bias runs")
    phi: str = Field(description="scalar function of the target, e.g. sin(2z), tanh(z), poly(0,1)")
    phis: tuple[str, ...] = Field(min_length=2, description="scalar functions ranked by C_s")
    n_terms: Width = Field(default=2, description="terms p of the target")
    n_outputs: Width = Field(default=1, description="outputs k")
    dimension: int = Field(default=6, ge=3, description="input dimension d, padding included")
    noise: float = Field(default=0.5, ge=0.0, description="label noise of the agnostic runs")
    loss: Literal["squared", "pseudo_huber", "cross_entropy"] = Field(
        default="squared", description="loss L"
    )
    batch_size: Width = Field(default=1, description="samples a step; Algorithm 1 takes 1")
    init_scale: float = Field(default=0.1, gt=0.0, le=1.0, description="eps_a of the output layer")
    step_scale: float = Field(default=1.0, gt=0.0, description="c in eta = c / (m eps_a^2)")


STATEMENT = Statement(
    name="theorem-1-two-layer",
    title="Theorem 1: two-layer networks learn smooth functions",
    source="Allen-Zhu, Li, Liang (2019), Theorem 1",
    parameters=Theorem1Parameters,
    presets={
        "quick": {
            "n_seeds": 8, "precision": "float64", "widths": (100, 300, 1000, 3000, 10000),
            "width": 500, "steps": 4000, "sample_sizes": (50, 100, 200, 400, 800), "memorised": 40,
            "phi": "sin(2z)", "phis": ("z", "tanh(z)", "exp(z)", "sin(2z)", "cos(3z)", "sin(4z)"),
        },
    },
    predictions=(
        Prediction(
            id="theorem-1.width.exponent", source="Theorem 1", sentence="draft",
            statistic="draft", low=0.0, high=0.0, tolerance=0.1,
        ),
    ),
)
