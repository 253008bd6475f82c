import math

import pytest
import torch

from ovp_lib.maths.smooth import parse
from ovp_lib.models.inputs import padded_sphere, sphere, stream
from ovp_lib.proofs import chunks
from ovp_lib.proofs.indicator import least_norm_indicator
from ovp_lib.proofs.information import sample_pieces

FUNCTIONS = [least_norm_indicator(parse(text), 5, 3.0) for text in ("sin(z)", "cos(z)")]
BOUND = 2.001 * max(h.sup() for h in FUNCTIONS)
X = padded_sphere(4)(3, stream(1))
DIRECTIONS = torch.nn.functional.pad(sphere(3)(2, stream(2)), (0, 1))
PHI = torch.stack([h.expectation(X @ w) for h, w in zip(FUNCTIONS, DIRECTIONS, strict=True)])


def sample(draws: int, m1: int = 8000, m2: int = 5) -> chunks.Chunks:
    return chunks.sample_chunks(
        draws,
        stream(3),
        X,
        DIRECTIONS,
        FUNCTIONS,
        PHI,
        chunks=2,
        m1=m1,
        m2=m2,
        bound=BOUND,
    )


def test_the_pieces_add_up_to_the_neuron() -> None:
    found = sample(6)
    carried = torch.einsum("ej,jn->en", found.alpha / found.C_prime, PHI)
    whole = carried + found.B.sum(dim=1) + found.R.sum(dim=1)
    torch.testing.assert_close(whole, found.n, atol=1e-14, rtol=1e-12)


def test_chunks_are_those_of_lemma_6_4() -> None:
    """Summed by hand, chunk by chunk, from the same stream."""
    found, generator = sample(4), stream(3)
    for j in range(2):
        parts = [
            sample_pieces(
                4, generator, X, DIRECTIONS[j], FUNCTIONS[j], PHI[j], m1=2000, m2=5, bound=BOUND
            )
            for _ in range(2)
        ]
        rho = sum(part.rho for part in parts) / 2  # sqrt(p2 S) = 2
        torch.testing.assert_close(found.alpha[:, j], found.C_prime * rho)
        torch.testing.assert_close(found.B[:, j], sum(part.B for part in parts) / 2)


def test_the_law_of_alpha_and_of_the_neuron() -> None:
    """Variances 1/m2 within five standard errors, and no correlation of the two alphas."""
    draws = 120
    found = sample(draws, m1=4000, m2=5)
    second = 5 * found.alpha.T @ found.alpha / draws
    assert (second - torch.eye(2, dtype=torch.float64)).abs().max() < 5 * math.sqrt(2 / draws)
    variance = 5 * found.n.square().mean(dim=0)
    assert (variance - 1).abs().max() < 5 * math.sqrt(2 / draws)


def test_the_constant_is_the_printed_one() -> None:
    assert chunks.chunk_constant(7.0, 3) == pytest.approx(70 * math.sqrt(3))


def test_a_width_that_cannot_be_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="m1 must be a multiple of p2 S = 4, got 8001"):
        sample(2, m1=8001)
