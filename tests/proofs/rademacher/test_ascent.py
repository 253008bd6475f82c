import pytest
import torch

from ovp_lib.models.inputs import rademacher, stream
from ovp_lib.models.three_layer import ThreeLayer, three_layer
from ovp_lib.proofs.cross_term import signed
from ovp_lib.proofs.rademacher import ascent as asc
from ovp_lib.proofs.rademacher import three_layer as tl
from tests.proofs.rademacher import brute
from tests.proofs.three_layer_nets import network, noise, points

M1, M2, N = 5, 4, 7
NET, X = network(M1, M2, k=1, e=2), points(n=N)
XI = torch.stack([rademacher((N,), stream(3, i)) for i in range(2)])
MOVE = asc.Movement(noise(NET.W, 0.3, 11), noise(NET.V, 0.3, 12))
SIGMA = torch.stack([rademacher((3, M1), stream(4, i)) for i in range(2)])


def gain(net: ThreeLayer) -> torch.Tensor:
    return ((three_layer(net, X) - three_layer(NET, X))[..., 0] * XI).mean(dim=1)


def test_correlation_by_the_network_itself() -> None:
    task = asc.Correlation(NET, X, XI, 1.0, 1.0)
    torch.testing.assert_close(asc.correlation(task, MOVE), gain(NET.moved(*MOVE)))
    draws = [signed(NET, *MOVE, sign * s) for s in SIGMA.unbind(dim=1) for sign in (1, -1)]
    mean = torch.stack([gain(net) for net in draws]).mean(dim=0)
    torch.testing.assert_close(asc.correlation(task, MOVE, SIGMA), mean)


@pytest.mark.parametrize("e", [0, 1])
def test_ascent_finds_nearly_what_many_starts_find(e: int) -> None:
    radii, starts = (0.4, 1.0), brute.STARTS
    many = asc.Correlation(NET.select([e] * starts), X[[e] * starts], XI[[e] * starts], *radii)

    def value(dW: torch.Tensor, dV: torch.Tensor) -> torch.Tensor:
        return asc.correlation(many, asc.Movement(dW, dV))

    found = asc.ascend(asc.Correlation(NET, X, XI, *radii), steps=40)[e].item()
    best = brute.supremum(value, ((M1, 4), (M2, M1)), radii)
    assert 0.85 * best <= found <= 1.01 * best


def test_with_few_flips_the_pairs_of_signs_leave_the_bilinear_class() -> None:
    """Radii so small that no gate changes: the value is the closed form of Lemma 6.12."""
    radii = 1e-4, 1e-3
    task = asc.Correlation(NET, X, XI, *radii)
    closed = tl.suprema(NET, X, XI).with_signs(*radii)
    torch.testing.assert_close(asc.ascend(task, SIGMA, steps=3), closed, rtol=1e-4, atol=0)
    alone = tl.alternating(tl.parts(NET, X, XI), *radii)
    torch.testing.assert_close(asc.ascend(task, steps=20), alone, rtol=1e-3, atol=0)
    assert bool((alone > 10 * closed).all())


def test_fresh_signs_judge_what_others_found() -> None:
    task = asc.Correlation(NET, X, XI, 0.6, 1.0)
    same = asc.ascend(task, SIGMA, steps=3, fresh=SIGMA)
    torch.testing.assert_close(same, asc.ascend(task, SIGMA, steps=3))
    other = asc.ascend(task, SIGMA, steps=3, fresh=-SIGMA)  # the pairs hold both signs
    torch.testing.assert_close(other, same)
    flipped = SIGMA.clone()
    flipped[:, :, 0] *= -1
    assert not torch.allclose(asc.ascend(task, SIGMA, steps=3, fresh=flipped), same)
