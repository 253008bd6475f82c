"""A statement that predicts one thing, to be put on a shelf."""

from dataclasses import replace
from typing import Any

from ovp_lib.evidence.claims import Prediction, Predictions
from ovp_lib.pages import STATEMENTS, Statement


def prediction(id: str) -> Prediction:
    return Prediction(id=id, source="here", sentence="small", statistic="size", high=10)


def page(name: str = "tiny", **fields: Any) -> Statement:
    """A statement with a claim ``tiny.size``, and other fields where given."""
    usual = {"title": "Tiny: it is small", "predictions": Predictions([prediction("tiny.size")])}
    given = {"card": None, **usual, **fields}
    return replace(STATEMENTS["theorem-1-two-layer"], name=name, **given)
