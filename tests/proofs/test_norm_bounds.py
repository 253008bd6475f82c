"""Both bounds against loops over their printed formulas, and what must leave them as they are."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from ovp_lib.models.inputs import stream
from ovp_lib.proofs import norm_bounds
from ovp_lib.proofs.norm_bounds import LayerNorms, bartlett, layer_norms, neyshabur

SIZES = ((7, 5), (7, 7), (7, 7))


def draw(*key: int, sizes: tuple[tuple[int, int], ...] = SIZES) -> list[Tensor]:
    source = stream(*key)
    return [torch.randn(2, *size, generator=source, dtype=torch.float64) for size in sizes]


def norms_of(*key: int) -> LayerNorms:
    return layer_norms(draw(*key), draw(*key, 1))


def slow_two_one(A: Tensor) -> float:
    """Return the sum over columns of the root of the sum of squares, entry by entry."""
    rows, columns = A.shape
    squares = [sum(float(A[i, j]) ** 2 for i in range(rows)) for j in range(columns)]
    return sum(math.sqrt(each) for each in squares)


def slow_spectral(A: Tensor) -> float:
    """Return the root of the largest eigenvalue of A^T A."""
    return math.sqrt(float(torch.linalg.eigvalsh(A.mT @ A)[-1]))


def test_bartlett_is_the_printed_formula() -> None:
    A, M, m, n = draw(1), draw(2), 7, 30
    found = bartlett(layer_norms(A, M), n=n, outer=math.sqrt(m)).bound()
    for e in range(2):
        spectral = [slow_spectral(layer[e]) for layer in A]
        moved = [slow_two_one((a[e] - b[e]).T) for a, b in zip(A, M, strict=True)]
        terms = [t ** (2 / 3) / s ** (2 / 3) for t, s in zip(moved, spectral, strict=True)]
        printed = math.sqrt(m / n) * math.prod(spectral) * sum(terms) ** (3 / 2)
        assert float(found[e]) == pytest.approx(printed, rel=1e-10)


def test_by_columns_sums_over_the_other_index() -> None:
    A, M = draw(1), draw(2)
    swapped = layer_norms([a.mT for a in A], [b.mT for b in M])
    by_columns = bartlett(layer_norms(A, M), n=3, by="columns").bound()
    torch.testing.assert_close(by_columns, bartlett(swapped, n=3).bound())
    assert not torch.allclose(by_columns, bartlett(layer_norms(A, M), n=3).bound())


def test_neyshabur_is_the_printed_formula() -> None:
    A, M, m, n = draw(3), draw(4), 7, 30
    found = neyshabur(layer_norms(A, M), n=n, width=m, outer=math.sqrt(m)).bound()
    for e in range(2):
        spectral = [slow_spectral(layer[e]) for layer in A]
        moved = [float((a[e] - b[e]).square().sum()) for a, b in zip(A, M, strict=True)]
        terms = [(m * d) / s**2 for d, s in zip(moved, spectral, strict=True)]
        printed = 3 * math.sqrt(m / n) * math.prod(spectral) * math.sqrt(sum(terms))
        assert float(found[e]) == pytest.approx(printed, rel=1e-10)


def test_without_a_reference_the_weights_count_in_full() -> None:
    A = draw(5)
    zeros = [torch.zeros_like(layer) for layer in A]
    for ours, theirs in zip(layer_norms(A), layer_norms(A, zeros), strict=True):
        assert torch.equal(ours, theirs)


def test_singular_values_that_are_known_are_taken() -> None:
    A, M = draw(5), draw(5, 1)
    moved, whole = layer_norms(A, M), layer_norms(A)
    for ours, theirs in zip(layer_norms(A, known=moved), whole, strict=True):
        assert torch.equal(ours, theirs)
    twice = moved._replace(spectral=2 * moved.spectral)
    assert torch.equal(layer_norms(A, known=twice).spectral, 2 * whole.spectral)


def test_output_weights_that_stay_are_the_root_of_the_width() -> None:
    """The slides' sqrt(m) is the norm of one more layer, which has not moved."""
    A, M, m = draw(6), draw(7), 7
    v = torch.ones(2, 1, m, dtype=torch.float64)
    with_layer = bartlett(layer_norms([*A, v], [*M, v]), n=9).bound()
    torch.testing.assert_close(
        with_layer, bartlett(layer_norms(A, M), n=9, outer=math.sqrt(m)).bound()
    )


@given(factor=st.floats(0.01, 100.0), key=st.integers(0, 50))
def test_a_factor_moved_between_layers_changes_neither(factor: float, key: int) -> None:
    A, M = draw(key), draw(key, 1)
    scales = (factor, 1 / factor, 1.0)
    moved = layer_norms(
        [s * a for s, a in zip(scales, A, strict=True)],
        [s * b for s, b in zip(scales, M, strict=True)],
    )
    before = layer_norms(A, M)
    torch.testing.assert_close(bartlett(moved, n=4).bound(), bartlett(before, n=4).bound())
    torch.testing.assert_close(
        neyshabur(moved, n=4, width=7).bound(), neyshabur(before, n=4, width=7).bound()
    )


@given(key=st.integers(0, 1000), scale=st.floats(1e-3, 1e3))
def test_bartlett_is_never_above_neyshabur(key: int, scale: float) -> None:
    A, M = draw(key), draw(key, 1)
    norms = layer_norms([A[0], scale * A[1], A[2]], M)
    above = neyshabur(norms, n=4, width=7).bound()
    assert bool((bartlett(norms, n=4).bound() <= above * (1 + 1e-12)).all())


def test_they_meet_where_the_proof_is_tight() -> None:
    """All neurons move alike, and all layers alike: both inequalities are equalities."""
    D = torch.ones(1, 7, 7, dtype=torch.float64)
    norms = layer_norms([D, D], None)
    torch.testing.assert_close(bartlett(norms, n=4).bound(), neyshabur(norms, n=4, width=7).bound())


def test_the_bound_is_the_product_of_its_factors() -> None:
    found = neyshabur(norms_of(8), n=16, width=7, outer=2.0)
    assert found.outer.tolist() == [0.5, 0.5]
    torch.testing.assert_close(found.bound(), 0.5 * found.spectral * found.distance)


def test_margins_are_signed_and_their_level_leaves_a_share_below() -> None:
    signs = torch.tensor([[[1.0], [-1.0], [1.0]]])
    found = norm_bounds.margins(torch.tensor([[[0.5], [2.0], [3.0]]]), signs)
    assert found.tolist() == [[0.5, -2.0, 3.0]]
    assert norm_bounds.margin_level(found, 0.0).tolist() == [-2.0]
    assert norm_bounds.margin_level(found, 0.34).tolist() == [0.5]
    assert norm_bounds.margin_level(found, 0.33).tolist() == [-2.0]


def test_what_means_nothing_is_refused_with_its_reason() -> None:
    A, norms = draw(9), norms_of(9)
    with pytest.raises(ValueError, match="at least one layer"):
        layer_norms([])
    with pytest.raises(ValueError, match="a reference for each"):
        layer_norms(A, A[:2])
    with pytest.raises(ValueError, match="has diverged"):
        layer_norms([A[0] * math.inf])
    with pytest.raises(ValueError, match="a layer is 0"):
        layer_norms([0 * A[0]])
    with pytest.raises(ValueError, match="by rows or by columns"):
        bartlett(norms, n=4, by="entries")
    with pytest.raises(ValueError, match="n >= 1"):
        bartlett(norms, n=0)
    with pytest.raises(ValueError, match="positive outer norm"):
        neyshabur(norms, n=4, width=7, outer=0.0)
    with pytest.raises(ValueError, match="width must be at least 1"):
        neyshabur(norms, n=4, width=0)


def test_labels_that_are_no_two_classes_and_margins_that_separate_nothing_are_refused() -> None:
    f = torch.ones(1, 2, 1)
    with pytest.raises(ValueError, match="each member must have both"):
        norm_bounds.margins(f, torch.ones(1, 2, 1))
    with pytest.raises(ValueError, match="-1 and 1"):
        norm_bounds.margins(f, torch.tensor([[[0.0], [1.0]]]))
    with pytest.raises(ValueError, match="need outputs and signs"):
        norm_bounds.margins(torch.ones(1, 2, 3), torch.ones(1, 2, 3))
    with pytest.raises(ValueError, match=r"in \[0, 1\)"):
        norm_bounds.margin_level(torch.ones(1, 3), 1.0)
    with pytest.raises(ValueError, match="needs positive margins"):
        norm_bounds.at_margin(torch.ones(1), torch.zeros(1))
