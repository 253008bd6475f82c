"""The page of Figure 1."""

from tests.pages.section_7 import moves

MOVES = moves(other_target="tanh")
