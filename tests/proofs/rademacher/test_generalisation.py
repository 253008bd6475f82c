import itertools

import numpy as np
import pytest
import torch

from ovp_lib.models.inputs import stream
from ovp_lib.proofs.rademacher import generalisation as gen
from ovp_lib.proofs.rademacher.finite import complexity

VALUES = 2 * torch.rand(5, 3, generator=stream(0), dtype=torch.float64) - 1


def test_law_of_the_gap_by_all_ordered_samples() -> None:
    law, n = gen.gap_law(VALUES, 4), 4
    samples = [list(s) for s in itertools.product(range(3), repeat=n)]
    gaps = [(VALUES.mean(1) - VALUES[:, s].mean(1)).abs().max().item() for s in samples]
    sizes = [complexity(VALUES[:, s]) for s in samples]
    assert law.probability.sum() == pytest.approx(1)
    assert law.probability @ law.gap == pytest.approx(np.mean(gaps))
    assert law.probability @ law.complexity == pytest.approx(np.mean(sizes))
    over = np.mean([g > 2 * r + 0.05 for g, r in zip(gaps, sizes, strict=True)])
    assert law.failures(0.05) == pytest.approx(over)


@pytest.mark.parametrize("delta", [0.3, 0.1, 0.02])
def test_needed_is_the_least_that_fails_rarely(delta: float) -> None:
    law = gen.gap_law(VALUES[:1], 5)  # one function: the complexity is zero
    least = law.needed(delta)
    assert law.failures(least) <= delta < law.failures(least - 1e-6)
    assert least < gen.deviation(1.0, 5, delta)


def test_the_mean_gap_is_at_most_twice_the_mean_complexity() -> None:
    """Symmetrisation, for both signs of the gap, without any deviation."""
    both = torch.cat([VALUES, -VALUES])
    law = gen.gap_law(both, 5)
    assert law.probability @ law.gap <= 2 * law.probability @ law.complexity


def test_vector_contraction_by_the_product_class() -> None:
    classes = [torch.randn(2, 4, generator=stream(1, r), dtype=torch.float64) for r in range(2)]
    labels = torch.randn(4, 2, generator=stream(2), dtype=torch.float64)
    sides = gen.vector_contraction(classes, labels)
    rows = [
        [((f[i] - labels[i, 0]) ** 2 + (g[i] - labels[i, 1]) ** 2) ** 0.5 for i in range(4)]
        for f in classes[0]
        for g in classes[1]
    ]
    assert sides.left == pytest.approx(complexity(torch.tensor(rows, dtype=torch.float64)))
    assert sides.right == pytest.approx(sum(map(complexity, classes)))
    assert sides.left <= np.sqrt(2) * sides.right


@pytest.mark.parametrize("delta", [0.0, 1.0])
def test_a_probability_must_be_one(delta: float) -> None:
    with pytest.raises(ValueError, match="must lie in"):
        gen.deviation(1.0, 10, delta)
