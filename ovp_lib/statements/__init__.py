"""The statements of the papers: parameters, presets and predictions of each notebook.

One module a notebook; nothing is computed here, so that a run can be refused before it starts.
"""

from ovp_lib.statements import (
    lemma_6_3_indicator_to_function,
    lemma_6_4_information_out_of_randomness,
    theorem_1_two_layer,
)
from ovp_lib.statements.base import ParameterError, Parameters, Statement

STATEMENTS: dict[str, Statement] = {
    statement.name: statement
    for statement in (
        theorem_1_two_layer.STATEMENT,
        lemma_6_3_indicator_to_function.STATEMENT,
        lemma_6_4_information_out_of_randomness.STATEMENT,
    )
}
"""Every statement by the stem of its notebook, in the order of the book."""

__all__ = ["STATEMENTS", "ParameterError", "Parameters", "Statement"]
