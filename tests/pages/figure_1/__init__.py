"""The page figure_1."""
