import math

import pytest
import torch

from ovp_lib.evidence import statistics
from ovp_lib.maths.smooth import parse
from ovp_lib.models.inputs import padded_sphere, stream
from ovp_lib.models.networks import gates, init_two_layer
from ovp_lib.models.pseudo import pseudo_two_layer_without_bias
from ovp_lib.models.targets import TwoLayerTarget, random_two_layer_target
from ovp_lib.proofs import existence
from ovp_lib.proofs.indicator import least_norm_indicator, taylor_indicator

PHIS = (parse("z^2"), parse("sin(2z)"))
FUNCTIONS = tuple(taylor_indicator(phi, 7, 5.0) for phi in PHIS)


def sources(e: int) -> list[torch.Generator]:
    return [stream(1, i) for i in range(e)]


def test_weights_neuron_by_neuron() -> None:
    net = init_two_layer(sources(2), d=4, m=9, k=3, init_scale=0.3)
    target = random_two_layer_target(PHIS, sources(2), d=4, p=2, k=3)
    W = existence.two_layer(net, target, FUNCTIONS, init_scale=0.3)
    for e in range(2):
        for j in range(9):
            w = torch.zeros(4, dtype=torch.float64)
            for r in range(3):
                for i in range(2):
                    alpha1 = 3 * net.W[e, j] @ target.w1[e, i]
                    h = FUNCTIONS[i](alpha1, 3 * net.b[e, j])
                    w += net.a[e, r, j] * target.a[e, r, i] * h * target.w2[e, i]
            torch.testing.assert_close(W[e, j], w / (9 * 0.09))


def test_the_pseudo_network_averages_to_the_target() -> None:
    """Mean over many narrow networks within 5 standard errors, at each of 6 points."""
    e, m, functions = 600, 60, [least_norm_indicator(phi, 9) for phi in PHIS]
    target = random_two_layer_target(PHIS, sources(1), d=4, p=2, k=2)
    spread = TwoLayerTarget(PHIS, *(w.expand(e, -1, -1) for w in (target.w1, target.w2, target.a)))
    net = init_two_layer(sources(e), d=4, m=m, k=2, init_scale=0.5)
    x = padded_sphere(4)(6, stream(8)).expand(e, -1, -1)
    W = existence.two_layer(net, spread, functions, init_scale=0.5)
    g = pseudo_two_layer_without_bias(net._replace(W=W), x, gates(net, x))
    error = (g.mean(0) - spread(x)[0]).abs() / (g.std(0) / math.sqrt(e))
    assert error.max() < 5


def test_the_error_falls_like_the_root_of_the_width() -> None:
    phi, widths, e = parse("z^3"), (200, 1000, 5000, 25_000), 12
    target = random_two_layer_target(phi, sources(e), d=4, p=1)
    x = torch.stack([padded_sphere(4)(16, stream(8, i)) for i in range(e)])
    h = least_norm_indicator(phi, 3)
    errors, norms = [], []
    for m in widths:
        net = init_two_layer(sources(e), d=4, m=m, init_scale=0.1)
        W = existence.two_layer(net, target, [h], init_scale=0.1)
        g = pseudo_two_layer_without_bias(net._replace(W=W), x, gates(net, x))
        errors.append((g - target(x)).abs().amax(dim=(1, 2)))
        norms.append(W.norm(dim=(1, 2)) * math.sqrt(m) * 0.1 / math.sqrt(h.second_moment()))
    fit = statistics.exponent(widths, torch.stack(errors, dim=1).numpy())
    assert fit.low < -0.5 < fit.high
    assert norms[-1].mean().item() == pytest.approx(1, abs=0.1)


def test_bad_input_is_refused() -> None:
    net = init_two_layer(sources(1), d=4, m=3)
    target = random_two_layer_target(PHIS, sources(1), d=4, p=2)
    with pytest.raises(ValueError, match="one function h for each of the 2 terms, got 1"):
        existence.two_layer(net, target, FUNCTIONS[:1], init_scale=1.0)
    with pytest.raises(ValueError, match=r"init_scale eps_a must lie in \(0, 1\], got 0"):
        existence.two_layer(net, target, FUNCTIONS, init_scale=0.0)
