"""The page kernel_lower_bound."""
