"""Lemma 6.3: indicator to function."""
