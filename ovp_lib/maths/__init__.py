"""Scalar functions and complexity measures of the papers."""

from ovp_lib.front import door

__all__, __getattr__, __dir__ = door(__name__, __file__)
