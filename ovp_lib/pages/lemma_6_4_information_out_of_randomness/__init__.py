"""Lemma 6.4: information out of randomness."""
