import pytest
import torch

from ovp_lib.models.inputs import padded_sphere, stream
from ovp_lib.models.networks import init_two_layer, preactivations, two_layer
from ovp_lib.models.pseudo import pseudo_two_layer
from ovp_lib.pages.lemma_6_7_descent import two_layers
from ovp_lib.training.samples import Sample

NET = init_two_layer([stream(0), stream(1)], d=4, m=300)
X = torch.stack([padded_sphere(4)(12, stream(2, i)) for i in range(2)])
WANTED = torch.sin(3 * X[..., :1])
STAR = two_layers.least_norm(NET, X, WANTED, ridge=1e-12)
GATES = preactivations(NET, X) >= 0


def test_the_pseudo_network_takes_the_wanted_values_with_the_least_norm() -> None:
    moved = NET._replace(W=NET.W + STAR)
    torch.testing.assert_close(pseudo_two_layer(moved, X, GATES), WANTED, rtol=1e-6, atol=1e-6)
    features = (GATES * NET.a).unsqueeze(3) * X.unsqueeze(2)
    missing = WANTED - pseudo_two_layer(NET, X, GATES)
    for member in range(2):
        least = torch.linalg.pinv(features[member].flatten(1)) @ missing[member]
        torch.testing.assert_close(STAR[member].flatten(), least.flatten(), rtol=1e-4, atol=1e-6)


def test_the_slope_is_the_derivative_towards_w_star() -> None:
    look = two_layers.probe(NET, Sample(X, WANTED), STAR)
    here = NET._replace(W=NET.W + 0.1 * STAR.roll(1, dims=1))
    towards, by = here.W - NET.W - STAR, 1e-6

    def loss(at: torch.Tensor) -> torch.Tensor:
        return (two_layer(NET._replace(W=at), X) - WANTED).square().sum(dim=2).mean(dim=1) / 2

    slope = (loss(here.W + by * towards) - loss(here.W - by * towards)) / (2 * by)
    found = look(here)
    torch.testing.assert_close(found["slope"], slope, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(found["loss"], loss(here.W))


def test_while_gates_agree_the_loss_is_convex_towards_w_star() -> None:
    """At the start network and pseudo-network are one, so the inequality is that of convexity."""
    found = two_layers.probe(NET, Sample(X, WANTED), STAR)(NET)
    assert (found["slope"] >= found["gap"]).all()
    torch.testing.assert_close(found["gap"], found["loss"], rtol=1e-6, atol=1e-9)


def test_several_outputs_are_refused() -> None:
    net = init_two_layer([stream(0)], d=4, m=5, k=2)
    with pytest.raises(ValueError, match="one output, got 2"):
        two_layers.least_norm(net, X[:1], WANTED[:1])
