import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.kernel_ridge import KernelRidge
from torch import Tensor

from ovp_lib.kernels.closed_form import gaussian, polynomial
from ovp_lib.kernels.ridge_regression import mean_squared_errors, ridge
from ovp_lib.models.inputs import stream

PENALTIES = [1e-6, 1e-2, 1.0, 30.0]


def problem(n: int = 30, k: int = 2, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Return points, labels and new points."""
    x = torch.randn(n + 7, 3, generator=stream(seed, 0), dtype=torch.float64)
    noise = torch.randn(n, k, generator=stream(seed, 1), dtype=torch.float64)
    return x[:n], x[:n].sin()[:, :k] + 0.1 * noise, x[n:]


def test_every_penalty_is_kernel_ridge_of_scikit_learn_and_a_direct_solve() -> None:
    x, y, new = problem()
    K, rows = gaussian(x, width=1.0), gaussian(new, x, width=1.0)
    path = ridge(K, y, PENALTIES)
    for i, penalty in enumerate(PENALTIES):
        theirs = KernelRidge(alpha=penalty, kernel="precomputed").fit(K.numpy(), y.numpy())
        solved = torch.linalg.solve(K + penalty * torch.eye(len(K)).double(), y)
        found = path.predict(rows)[i]
        np.testing.assert_allclose(found, theirs.predict(rows.numpy()), rtol=1e-7, atol=1e-9)
        torch.testing.assert_close(found, rows @ solved, rtol=1e-7, atol=1e-9)
    assert path.penalties.tolist() == PENALTIES


def test_leaving_one_out_is_fitting_without_it() -> None:
    x, y, _ = problem(n=9)
    K = gaussian(x, width=1.0)
    path = ridge(K, y, PENALTIES)
    for out in range(len(x)):
        kept = [i for i in range(len(x)) if i != out]
        without = ridge(K[kept][:, kept], y[kept], PENALTIES)
        expected = without.predict(K[out : out + 1, kept])[:, 0]
        torch.testing.assert_close(path.left_out[:, out], expected, rtol=1e-7, atol=1e-9)


def test_selection_by_leaving_one_out_or_by_validation_finds_the_noise() -> None:
    x, y, new = problem(n=60, k=1)
    penalties = [1e-8, 1e-2, 1e3]
    path = ridge(gaussian(x, width=1.0), y, penalties)
    left_out = mean_squared_errors(path.left_out, y)
    validation = mean_squared_errors(path.predict(gaussian(new, x, width=1.0)), new.sin()[:, :1])
    assert left_out.argmin() == validation.argmin() == 1
    by_hand = ((path.left_out[2] - y) ** 2).sum(dim=1).mean()
    assert left_out[2].item() == pytest.approx(by_hand.item())


def test_no_penalty_interpolates() -> None:
    x, y, _ = problem(n=8)
    K = gaussian(x, width=0.5)
    torch.testing.assert_close(ridge(K, y, [0.0]).predict(K)[0], y)


@given(seed=st.integers(0, 99), scale=st.floats(0.01, 100), penalty=st.floats(1e-3, 1e3))
def test_the_scale_of_the_kernel_is_the_scale_of_the_penalty(
    seed: int, scale: float, penalty: float
) -> None:
    x, y, new = problem(n=12, seed=seed)
    K, rows = gaussian(x, width=1.0), gaussian(new, x, width=1.0)
    plain = ridge(K, y, [penalty]).predict(rows)
    scaled = ridge(scale * K, y, [scale * penalty]).predict(scale * rows)
    torch.testing.assert_close(scaled, plain, rtol=1e-6, atol=1e-9)


def test_a_singular_kernel_needs_a_penalty() -> None:
    x, y, new = problem(k=1)
    K, rows = polynomial(x, degree=1), polynomial(new, x, degree=1)
    with pytest.raises(ValueError, match=r"singular to rounding .* above .*, got 0"):
        ridge(K, y, [1.0, 0.0])
    features = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
    normal = features.T @ features + 0.1 * torch.eye(4)
    expected = torch.cat([new, torch.ones_like(new[:, :1])], dim=1) @ torch.linalg.solve(
        normal, features.T @ y
    )
    torch.testing.assert_close(ridge(K, y, [0.1]).predict(rows)[0], expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda K, y: (K, y[:3], [1.0]), r"square kernel .* got \(30, 30\) and \(3, 2\)"),
        (lambda K, y: (K, y[:, 0], [1.0]), r"square kernel .* got \(30, 30\) and \(30,\)"),
        (lambda K, y: (K[:, :4], y, [1.0]), r"square kernel .* got \(30, 4\)"),
        (lambda K, y: (K[0], y, [1.0]), r"square kernel .* got \(30,\)"),
        (lambda K, y: (K * torch.nan, y, [1.0]), "must be finite"),
        (lambda K, y: (K, y / 0, [1.0]), "must be finite"),
        (lambda K, y: (K.triu(), y, [1.0]), "must be symmetric, got entries up to 1 "),
        (lambda K, y: (-K, y, [1.0]), "positive semi-definite, got the eigenvalue -"),
        (lambda K, y: (K, y, []), r"at least 0, got \[\]"),
        (lambda K, y: (K, y, [1.0, -1.0]), r"at least 0, got \[1.0, -1.0\]"),
        (lambda K, y: (K, y, [float("nan")]), r"at least 0, got \[nan\]"),
    ],
)
def test_bad_problems_are_refused(change, message: str) -> None:
    x, y, _ = problem()
    K, y, penalties = change(gaussian(x, width=1.0), y)
    with pytest.raises(ValueError, match=message):
        ridge(K, y, penalties)
