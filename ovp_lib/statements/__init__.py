"""The statements of the papers: parameters, presets and predictions of each notebook.

One module a notebook; nothing is computed here, so that a run can be refused before it starts.
"""

from ovp_lib.statements import (
    figure_1_three_beats_two,
    figure_2_second_target,
    figure_3_regulariser,
    kernel_lower_bound,
    lemma_6_3_indicator_to_function,
    lemma_6_4_information_out_of_randomness,
    lemma_6_5_coupling,
    resnet_minimal_norm,
    resnet_separation,
    theorem_1_two_layer,
)
from ovp_lib.statements.base import ParameterError, Parameters, Statement

_MODULES = (
    theorem_1_two_layer,
    lemma_6_3_indicator_to_function,
    lemma_6_4_information_out_of_randomness,
    lemma_6_5_coupling,
    figure_1_three_beats_two,
    figure_2_second_target,
    figure_3_regulariser,
    resnet_separation,
    kernel_lower_bound,
    resnet_minimal_norm,
)

STATEMENTS: dict[str, Statement] = {module.STATEMENT.name: module.STATEMENT for module in _MODULES}
"""Every statement by the stem of its notebook, in the order of the book."""

__all__ = ["STATEMENTS", "ParameterError", "Parameters", "Statement"]
