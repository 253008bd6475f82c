"""Tasks of sweeps: a learner, a width and a sample size, trained with all step sizes.

The type of its tasks stands in a module of its own (``network_task`` beside ``networks``), so that
a grid is at hand without what computes it. The grids belong to the pages.
"""

from ovp_lib.front import door

__all__, __getattr__, __dir__ = door(__name__, __file__)
