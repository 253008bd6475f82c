import math
import re

import pytest
import torch

from ovp_lib.maths import hypercube
from ovp_lib.maths.krawtchouk import hamming, krawtchouk


@pytest.mark.parametrize("d", [1, 2, 5, 8])
def test_sums_of_parities_by_enumeration(d: int) -> None:
    table, x = krawtchouk(d), hypercube.points(d)
    flipped = (x < 0).sum(dim=1)
    for level in range(d + 1):
        sums = hypercube.parities(x, hypercube.subsets(d, level)).sum(dim=1)
        assert torch.equal(sums, table[level][flipped])


@pytest.mark.parametrize("d", [3, 30, 56])
def test_orthogonal_under_the_binomial_law_and_symmetric(d: int) -> None:
    table = krawtchouk(d)
    chosen = torch.tensor([math.comb(d, h) for h in range(d + 1)]).double()
    unit = table * (chosen / 2.0**d).sqrt() / chosen.sqrt().unsqueeze(1)
    torch.testing.assert_close(unit @ unit.T, torch.eye(d + 1).double(), atol=1e-9, rtol=0)
    assert torch.equal(table[:, 0], chosen)


def test_hamming_counts_what_differs() -> None:
    x, x2 = hypercube.points(4)[::3], hypercube.points(4)[1::2]
    expected = [[sum(a != b for a, b in zip(row, col, strict=True)) for col in x2] for row in x]
    assert hamming(x, x2).tolist() == expected


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match=re.escape("exact for d in 1..56, got 57")):
        krawtchouk(57)
    with pytest.raises(ValueError, match="got 0"):
        krawtchouk(0)
    with pytest.raises(ValueError, match="must lie in"):
        hamming(torch.ones(1, 2), torch.tensor([[1.0, 0.5]]))
