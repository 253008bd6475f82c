"""The fast CPU path: momentum SGD of three architectures in compiled, fused steps.

What makes it fast: the innermost loops are written in vectors of the processor at hand, and keep in
registers what PyTorch's operations write to memory and read again; each weight is read and written
once a step; denormal numbers are flushed; samples are read where they lie. What makes it safe: each
number is computed in one way whatever other members there are (a member has one thread), NaN stays
NaN, and where the path does not apply :func:`why_not` says so. Numba is needed at run time only, a
compiler never.
"""

from ovp_lib.training.fused.stepper import FusedStepper, why_not

__all__ = ["FusedStepper", "why_not"]
