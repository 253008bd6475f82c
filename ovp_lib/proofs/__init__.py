"""The constructions of the proofs, executed."""

from ovp_lib.front import door

__all__, __getattr__, __dir__ = door(__name__, __file__)
