"""The page figure_2."""
