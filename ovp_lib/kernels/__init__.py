"""Kernels of the networks and of the papers: closed forms, finite width, regression."""

from ovp_lib.front import door

__all__, __getattr__, __dir__ = door(__name__, __file__)
