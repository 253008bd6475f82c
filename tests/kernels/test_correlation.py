"""Spectra and exact risks against enumeration of the whole cube."""

import re

import pytest
import torch

from ovp_lib.kernels import correlation, library, span_bound
from ovp_lib.kernels.closed_form import gaussian, polynomial
from ovp_lib.kernels.ridge_regression import ridge
from ovp_lib.maths import hypercube
from ovp_lib.maths.krawtchouk import hamming
from ovp_lib.models.inputs import hypercube as uniform
from ovp_lib.models.inputs import stream

D, K, N = 8, 4, 40
ALPHA = 0.3
PENALTIES = (1.0, 1e-2, 1e-5)
NAMES = list(library.KERNELS)


@pytest.fixture(scope="module")
def kernels() -> dict[str, correlation.CorrelationKernel]:
    return library.correlation_kernels(D)


@pytest.fixture(scope="module")
def setting():
    """Return points, all S, the targets x_i + alpha chi_S with i in S by their parts, and E g^2."""
    x, which = uniform(D)(N, stream(0)), hypercube.subsets(D, K)
    parts = {1: x[:, which[:, 0]], K: ALPHA * hypercube.parities(x, which)}
    return x, which, parts, 1 + ALPHA**2


@pytest.mark.parametrize("name", NAMES)
def test_spectrum_is_that_of_the_matrix_on_all_points(kernels, name: str) -> None:
    x, kernel = hypercube.points(D), kernels[name]
    for level in range(D + 1):
        chi = hypercube.parities(x, hypercube.subsets(D, level)[-1:])
        expected = kernel.spectrum[level] * chi
        torch.testing.assert_close(
            kernel.gram(hamming(x, x)) @ chi / 2**D, expected, atol=1e-13, rtol=1e-6
        )
    assert kernel.spectrum.min() >= 0


@pytest.mark.parametrize("name", NAMES)
def test_the_matrix_is_the_kernel_itself_on_unit_vectors(kernels, name: str) -> None:
    x = uniform(D)(20, stream(3))
    expected = library.KERNELS[name](x / D**0.5, x / D**0.5)
    torch.testing.assert_close(kernels[name].gram(hamming(x, x)), expected, atol=1e-7, rtol=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_best_errors_and_overlaps_are_those_of_enumeration(kernels, setting, name: str) -> None:
    x, which, parts, power = setting
    kernel = kernels[name]
    sections = hypercube.fourier(kernel.gram(hamming(hypercube.points(D), x)))
    numbers = hypercube.numbers(which), hypercube.numbers(which[:, :1])
    expected = span_bound.best_errors(sections, *numbers, alpha=ALPHA)
    found = correlation.best_errors(kernel, x, parts, power)
    torch.testing.assert_close(found, expected, atol=1e-7, rtol=0)
    h, rank = span_bound.overlaps(sections, K)
    if kernel.spectrum[K] > 0:
        found = correlation.level_overlaps(x, hypercube.parities(x, which), K)
        torch.testing.assert_close(found, h, atol=1e-8, rtol=0)
        assert found.sum().item() == pytest.approx(rank)
    else:
        assert rank == 0


@pytest.mark.parametrize("name", NAMES)
def test_ridge_errors_are_those_on_all_points(kernels, setting, name: str) -> None:
    x, which, parts, power = setting
    kernel, every = kernels[name], hypercube.points(D)
    found = correlation.ridge_errors(kernel, x, parts, power, PENALTIES)
    K_X = kernel.gram(hamming(x, x))
    scale = K_X.diagonal().mean().item()
    path = ridge(K_X, sum(parts.values()), [scale * penalty for penalty in PENALTIES])
    predicted = path.predict(kernel.gram(hamming(every, x)))
    target = every[:, which[:, 0]] + ALPHA * hypercube.parities(every, which)
    expected = (predicted - target).square().mean(dim=1)
    torch.testing.assert_close(found, expected, atol=1e-8, rtol=1e-6)
    best = correlation.best_errors(kernel, x, parts, power)
    assert (found >= best - 1e-8).all()


def test_antipodes_repeat_a_section_of_an_even_level() -> None:
    x = uniform(D)(6, stream(1))
    which = hypercube.subsets(D, K)
    h = correlation.level_overlaps(x, hypercube.parities(x, which), K)
    both = torch.cat([x, -x, x])
    again = correlation.level_overlaps(both, hypercube.parities(both, which), K)
    torch.testing.assert_close(again, h)
    assert h.sum().item() == pytest.approx(6)


def test_overlaps_in_thirty_dimensions_are_projections_onto_explicit_rows() -> None:
    x = uniform(30)(25, stream(2))
    which = hypercube.subsets(30, 4)
    M = hypercube.parities(x, which)
    h = correlation.level_overlaps(x, M, 4)
    expected = torch.linalg.qr(M.T)[0].square().sum(dim=1)
    torch.testing.assert_close(h, expected, atol=1e-12, rtol=0)
    assert h.mean().item() == pytest.approx(1 - span_bound.average_bound(25, 30, 4))


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (lambda: correlation.correlation_kernel(lambda x, y: x[:, :1] * y[:, :1].T, 4), "alone"),
        (
            lambda: correlation.correlation_kernel(lambda x, y: -gaussian(x, y, width=1.0), 4),
            "positive semi-definite, got the eigenvalue",
        ),
        (
            lambda: correlation.level_overlaps(torch.ones(1, 3), torch.ones(1, 1), 4),
            "a level must lie in 0..3, got 4",
        ),
        (
            lambda: correlation.ridge_errors(
                correlation.correlation_kernel(lambda x, y: polynomial(x, y, degree=2), 3),
                torch.ones(1, 3).double(),
                {1: torch.ones(1, 1).double()},
                1.0,
                [0.0],
            ),
            "penalties must be positive, got [0.0]",
        ),
    ],
)
def test_what_cannot_be_is_refused(refused, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        refused()
