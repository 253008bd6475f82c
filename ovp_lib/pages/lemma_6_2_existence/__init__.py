"""Lemma 6.2: existence."""
