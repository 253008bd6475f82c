"""The page of Figure 2."""

from tests.pages.section_7 import moves

MOVES = moves(other_target="sine")
