"""Descent (Lemma 6.7) on the smoothed objective: its value, its curvature, and leaving saddles."""
