"""Lemma 6.5: coupling."""
