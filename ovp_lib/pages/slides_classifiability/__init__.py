"""Classifiability of labels by the tangent kernel (Gu's slides)."""
