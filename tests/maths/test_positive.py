"""Solutions with a positive definite matrix, put back into their equation."""

import torch

from ovp_lib.maths.positive import solve_positive
from ovp_lib.models.inputs import stream


def positive(n: int) -> torch.Tensor:
    factor = torch.randn(n, n, generator=stream(0), dtype=torch.float64)
    return factor @ factor.mT + torch.eye(n, dtype=torch.float64)


def test_a_solution_solves_the_shifted_system_and_nothing_given_changes() -> None:
    matrix, right = positive(30), torch.randn(30, 3, generator=stream(1), dtype=torch.float64)
    kept = matrix.clone(), right.clone()
    for shift in (0.0, 0.7):
        solved = solve_positive(matrix, right, shift)
        assert solved is not None
        torch.testing.assert_close(matrix @ solved + shift * solved, right)
    assert torch.equal(matrix, kept[0])
    assert torch.equal(right, kept[1])


def test_a_matrix_with_a_negative_eigenvalue_has_none_until_it_is_shifted() -> None:
    matrix = positive(10) - 1e3 * torch.eye(10, dtype=torch.float64)
    right = torch.ones(10, 1, dtype=torch.float64)
    assert solve_positive(matrix, right) is None
    assert solve_positive(matrix, right, shift=1e3) is not None
