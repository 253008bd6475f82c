"""Elementary functions of tensors whose bits do not depend on the processor.

On CPUs PyTorch leaves some functions to MKL's vector library, which starts from the approximate
reciprocals that an instruction gives. What these give is the maker's business: an AMD processor
and one of Intel's differ, and no switch of MKL changes that. Here they are composed of operations
that IEEE 754 defines, and of functions that PyTorch computes itself.
"""

import math

import torch
from torch import Tensor


def sqrt(x: Tensor) -> Tensor:
    """Return the square root, within two units in the last place; 0 at 0, NaN below.

    Args:
        x: any shape.

    Example:
        >>> sqrt(torch.tensor([0.0, 4.0]))
        tensor([0., 2.])
    """
    return x.rsqrt().reciprocal()


def log(x: Tensor) -> Tensor:
    """Return the natural logarithm, within two units in the last place.

    Args:
        x: any shape.

    Example:
        >>> log(torch.tensor([1.0, 0.0]))
        tensor([0., -inf])
    """
    return x.log2() * math.log(2)


def arccos(x: Tensor) -> Tensor:
    """Return the angle in [0, pi] whose cosine is x: 2 atan2(sqrt(1 - x), sqrt(1 + x)).

    Args:
        x: any shape, in [-1, 1].

    Example:
        >>> arccos(torch.tensor([1.0, 0.0, -1.0]))
        tensor([0.0000, 1.5708, 3.1416])
    """
    return 2 * torch.atan2(sqrt(1 - x), sqrt(1 + x))


def arcsin(x: Tensor) -> Tensor:
    """Return the angle in [-pi/2, pi/2] whose sine is x: atan2(x, sqrt((1 - x)(1 + x))).

    Args:
        x: any shape, in [-1, 1].

    Example:
        >>> arcsin(torch.tensor([-1.0, 0.0, 1.0]))
        tensor([-1.5708,  0.0000,  1.5708])
    """
    # The product keeps its digits next to |x| = 1, where 1 - x^2 cancels.
    return torch.atan2(x, sqrt((1 - x) * (1 + x)))
