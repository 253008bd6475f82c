"""Theorem 1 of Going Beyond Two Layers."""
