"""Linear systems with a symmetric, positive definite matrix.

They are solved by SciPy: in the reproducible arithmetic PyTorch's library may not use the vectors
of the processor (:mod:`ovp_lib.arithmetic`), and takes three times as long.
"""

import torch
from jaxtyping import Float
from scipy import linalg
from torch import Tensor


def solve_positive(
    matrix: Float[Tensor, "n n"], right: Float[Tensor, "n s"], shift: float = 0.0
) -> Float[Tensor, "n s"] | None:
    """Return c with (matrix + shift I) c = right, by a Cholesky factor.

    Args:
        matrix: symmetric, in float64 on the CPU, shape ``(n, n)``; only one triangle is read.
        right: right-hand sides, one a column, shape ``(n, s)``.
        shift: what is added to the diagonal.

    Returns:
        Shape ``(n, s)``; ``None`` if the matrix is not positive definite to rounding.

    Example:
        >>> two = 2 * torch.eye(2, dtype=torch.float64)
        >>> solve_positive(two, torch.ones(2, 1).double(), shift=2.0).flatten().tolist()
        [0.25, 0.25]
        >>> solve_positive(-two, torch.ones(2, 1).double()) is None
        True
    """
    # The factor overwrites this copy: callers use the matrix again, some with other shifts.
    shifted = matrix.clone()
    shifted.diagonal().add_(shift)
    try:  # a transposed view lies in memory as LAPACK wants it
        factor = linalg.cho_factor(shifted.mT.numpy(), overwrite_a=True, check_finite=False)
    except linalg.LinAlgError:
        return None
    return torch.from_numpy(linalg.cho_solve(factor, right.numpy(), check_finite=False))
