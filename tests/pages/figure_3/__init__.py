"""The page figure_3."""
