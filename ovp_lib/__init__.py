"""Executable companion to four papers on over-parameterised networks.

Floors, from the ground up; a folder imports only from the floors below it::

    maths -> models -> training -> statements -> lab -> cli
    evidence (claims, statistics, figures) stands beside them and knows none of them
"""

__version__ = "0.1.0"
