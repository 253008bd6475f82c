"""Lemma 6.7: descent direction."""
