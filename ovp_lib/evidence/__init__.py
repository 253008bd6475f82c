"""From measurements to verdicts: claims, statistics, figures."""

from ovp_lib.front import door

__all__, __getattr__, __dir__ = door(__name__, __file__)
