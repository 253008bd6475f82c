"""The page of Lemma 6.3."""

MOVES = {
    "seed": (1, "lemma-b-1.error.exponent"),
    "n_seeds": (3, "lemma-b-1.error.exponent"),
    "phi": ("poly(0.5,-1,0,2)", "lemma-6-3-h"),
    "phis": (["z", "poly(1,1,1)"], "accuracy"),
    "accuracy": (0.05, "accuracy"),
    "degree": (3, "accuracy"),
    "clip": (3.0, "accuracy"),
    "cells": (12, "least-sup"),
    "widths": ([10, 30, 60], "lemma-b-1.norm"),
    "dimension": (6, "lemma-b-1.error.exponent"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
