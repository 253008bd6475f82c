"""Lemma 6.10: Rademacher, no Σ."""
