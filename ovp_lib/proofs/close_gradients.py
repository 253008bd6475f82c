"""How far the gradients of the network and of its pseudo-network are apart (Lemma B.3c)."""

from collections.abc import Callable

from jaxtyping import Bool, Float, Shaped
from torch import Tensor

from ovp_lib.models.networks import TwoLayer, gates, two_layer
from ovp_lib.models.pseudo import pseudo_two_layer

Gradient = Callable[[Tensor, Tensor], Tensor]
"""``(f, y) -> dL/df`` of the shape of f."""


def gradient_gap(
    start: TwoLayer,
    net: TwoLayer,
    x: Float[Tensor, "e n d"],
    y: Shaped[Tensor, "e n ..."],
    gradient: Gradient,
) -> Float[Tensor, "e n"]:
    r"""Return the distance of the two gradients in W, for every sample alone.

        || grad_W L(F(x; W), y) - grad_W L(G(x; W), y) ||_{2,1}

    G has the gates of the initial weights (Going Beyond Two Layers, Lemma B.3c). The lemma bounds
    this by O(eps_a k tau m^1.5 + eps_a^2 k^2 tau^2 m^2.5) up to logarithms. With steps eta ~ 1/m
    the bound is of order m^(1/2), while the gradient itself is of order m.

    Args:
        start: initial weights W^(0).
        net: weights W after some training; biases and outputs are those of ``start``.
        x: points of each member, shape ``(e, n, d)``.
        y: labels as the loss wants them.
        gradient: of the loss L in the output, such as ``SQUARED.gradient``.

    Returns:
        Sums over neurons of Euclidean norms, shape ``(e, n)``.

    Example:
        >>> import torch
        >>> from ovp_lib.models.inputs import stream
        >>> from ovp_lib.models.networks import init_two_layer
        >>> net, x = init_two_layer([stream(0)], d=2, m=9), torch.ones(1, 3, 2).double()
        >>> gradient_gap(net, net, x, x[..., :1], torch.sub).tolist()  # nothing has moved
        [[0.0, 0.0, 0.0]]
    """
    first, now = gates(start, x), gates(net, x)
    of_network = _by_neuron(net, two_layer(net, x), y, now, gradient)
    of_pseudo = _by_neuron(net, pseudo_two_layer(net, x, first), y, first, gradient)
    return (of_network - of_pseudo).abs().sum(dim=2) * x.norm(dim=2)


def _by_neuron(
    net: TwoLayer,
    f: Float[Tensor, "e n k"],
    y: Shaped[Tensor, "e n ..."],
    active: Bool[Tensor, "e n m"],
    gradient: Gradient,
) -> Float[Tensor, "e n m"]:
    """Return dL/dz_i of every neuron; the gradient in w_i is that times x."""
    return (gradient(f, y) @ net.a) * active
