"""Executable companion to four documents on over-parameterised networks.

Layers, the lowest first; a folder imports only from those before it::

    maths -> models -> { proofs, kernels } -> training -> experiments -> pages -> lab -> cli
    evidence (claims, statistics, figures) stands beside them and knows none of the science;
    arithmetic (the reproducible mode) and errors stand beside them and import nothing of them
"""

__version__ = "0.1.0"
