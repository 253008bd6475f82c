"""Theorem 1 and Section 7 of the ResNet paper."""
