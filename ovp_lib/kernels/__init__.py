"""Kernels of the networks and of the papers: in closed form, at finite width, and learned with."""
