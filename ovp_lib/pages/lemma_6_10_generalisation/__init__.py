"""Lemmas 6.10 and 6.12: generalisation of three-layer networks."""
