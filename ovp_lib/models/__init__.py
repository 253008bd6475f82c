"""Inputs, targets, networks and pseudo-networks of the papers."""
