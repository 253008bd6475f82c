"""Theorem 3: three layers, without Σ."""
