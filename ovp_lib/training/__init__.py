"""The papers' training algorithms, over an ensemble of networks at once."""

from ovp_lib.front import door

__all__, __getattr__, __dir__ = door(__name__, __file__)
