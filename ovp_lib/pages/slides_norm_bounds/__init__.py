"""Uniform convergence: bounds grow."""
