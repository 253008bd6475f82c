"""Theorem 2: three layers, with Σ."""
