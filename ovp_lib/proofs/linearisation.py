r"""How nearly linear a deep ReLU network is in its hidden weights, and how nearly convex its loss.

    f_{W'}(x) ~ f_W(x) + <grad f_W(x), W' - W>        (Gu's slides, key observations)
    L_{(x,y)}(W') >~ L_{(x,y)}(W) + <grad L_{(x,y)}(W), W' - W>,  L = log(1 + exp(-y f))

for W' with ||W'_l - W_l||_F <= tau in every hidden layer. The gradient in W_l at one point is an
outer product delta_l h_{l-1}^T, so that only its factors are kept. The derivative of ReLU at 0 is
0.

Axes: ``e`` members, ``n`` points, ``m`` neurons of a layer and ``p`` below it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from ovp_lib.models.deep import Deep, deep
from ovp_lib.models.weights import normal

Movement = tuple[Tensor, ...]
"""W' - W, one tensor ``(e, m, p)`` for each hidden layer, from the input up."""


class OuterProduct(NamedTuple):
    """The gradients of f in the weights of one layer, as factors of outer products.

    Attributes:
        signals: delta_l = df/dz_l, shape ``(e, n, m)``.
        inputs: h_{l-1}, shape ``(e, n, p)``.
    """

    signals: Float[Tensor, "e n m"]
    inputs: Float[Tensor, "e n p"]


class Defect(NamedTuple):
    """The largest lack of convexity that was found.

    Attributes:
        size: L(W) + <grad L(W), W' - W> - L(W'), at least 0, shape ``(e,)``.
        movement: the W' - W that has it.
    """

    size: Float[Tensor, " e"]
    movement: Movement


def hidden_weights(net: Deep) -> Movement:
    """Return W_1, ..., W_L.

    Args:
        net: weights of all members.

    Returns:
        Views, one for each hidden layer.
    """
    return (net.W, *net.V.unbind(dim=1))


def moved_by(net: Deep, movement: Movement) -> Deep:
    """Return the network with other hidden weights W' = W + movement.

    Args:
        net: W, and the output weights, which stay.
        movement: one tensor for each hidden layer.

    Raises:
        ValueError: if it has another number of layers.

    Example:
        >>> from ovp_lib.models.deep import init_deep
        >>> from ovp_lib.models.inputs import stream
        >>> net = init_deep([stream(0)], d=3, m=5, depth=2)
        >>> there = moved_by(net, tuple(-W for W in hidden_weights(net)))
        >>> bool((there.W == 0).all()), bool((there.V == 0).all())
        (True, True)
    """
    if len(movement) != net.depth:
        raise ValueError(f"a movement needs {net.depth} layers, got {len(movement)}")
    first, *rest = (W + dW for W, dW in zip(hidden_weights(net), movement, strict=True))
    return net._replace(W=first, V=torch.stack(rest, dim=1) if rest else net.V)


def outer_products(net: Deep, x: Float[Tensor, "e n d"]) -> tuple[OuterProduct, ...]:
    """Return the gradients of f in each hidden layer, as factors.

    delta_L = v * D_L,   delta_l = D_l W_{l+1}^T delta_{l+1}

    Args:
        net: networks with one output.
        x: points of each member, shape ``(e, n, d)``.

    Returns:
        One pair of factors for each hidden layer, from the input up.

    Raises:
        ValueError: if there are several outputs.

    Example:
        >>> from ovp_lib.models.deep import init_deep
        >>> from ovp_lib.models.inputs import sphere, stream
        >>> net, x = init_deep([stream(0)], d=3, m=50, depth=2), sphere(3)(4, stream(1))[None]
        >>> [tuple(each.signals.shape) for each in outer_products(net, x)]
        [(1, 4, 50), (1, 4, 50)]
    """
    if net.a.shape[1] != 1:
        raise ValueError(f"the gradient is that of one output, got {net.a.shape[1]}")
    weights, below = hidden_weights(net), [x]
    for W in weights:
        below.append((below[-1] @ W.mT).relu())
    signal = net.a * (below[-1] > 0)
    signals = [signal]
    for W, h in zip(weights[:0:-1], below[-2:0:-1], strict=True):
        signal = (signal @ W) * (h > 0)
        signals.insert(0, signal)
    return tuple(OuterProduct(*each) for each in zip(signals, below[:-1], strict=True))


def linear_part(gradients: Sequence[OuterProduct], movement: Movement) -> Float[Tensor, "e n"]:
    """Return <grad f(x), W' - W> at every point.

    Args:
        gradients: what :func:`outer_products` returns.
        movement: W' - W.
    """
    terms = [
        (each.signals * (each.inputs @ dW.mT)).sum(dim=2)
        for each, dW in zip(gradients, movement, strict=True)
    ]
    return torch.stack(terms).sum(dim=0)


def combined(gradients: Sequence[OuterProduct], weights: Float[Tensor, "e n"]) -> Movement:
    """Return sum_i weights_i grad f(x_i), e.g. the gradient of a loss for its derivatives in f.

    Args:
        gradients: what :func:`outer_products` returns.
        weights: one number for each point.

    Example:
        >>> one = OuterProduct(torch.ones(1, 2, 1), torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
        >>> combined([one], torch.tensor([[1.0, -1.0]]))[0].tolist()
        [[[-2.0, -2.0]]]
    """
    return tuple((weights.unsqueeze(2) * each.signals).mT @ each.inputs for each in gradients)


def layer_norms(movement: Movement) -> Float[Tensor, "e layers"]:
    """Return the Frobenius norm of each layer.

    Args:
        movement: one tensor for each hidden layer.
    """
    norms = [torch.linalg.vector_norm(dW, dim=(1, 2)) for dW in movement]
    return torch.stack(norms, dim=1)


def of_radius(movement: Movement, radius: float) -> Movement:
    """Scale every layer to the Frobenius norm ``radius``: onto the sphere of each layer's ball.

    Args:
        movement: no layer of it is 0.
        radius: tau, at least 0.

    Returns:
        The same directions.

    Raises:
        ValueError: if the radius is negative or a layer is 0.

    Example:
        >>> layer_norms(of_radius((torch.ones(1, 2, 2), torch.ones(1, 3, 3)), 0.5)).tolist()
        [[0.5, 0.5]]
    """
    norms = layer_norms(movement)
    if radius < 0 or not bool((norms > 0).all()):
        raise ValueError(
            f"a radius is at least 0 and a layer that is 0 has no direction, got the radius "
            f"{radius:g} and layers whose least norm is {float(norms.min()):g}"
        )
    return _scaled(movement, radius / norms)


def random_movement(net: Deep, radius: float, generators: Sequence[Generator]) -> Movement:
    """Draw a direction uniformly in each layer and go ``radius`` far.

    Args:
        net: for the shapes, the device and the precision.
        radius: Frobenius norm of every layer.
        generators: one for each member.

    Returns:
        A movement on the spheres.
    """
    drawn = (normal(generators, *W.shape[1:], std=1.0) for W in hidden_weights(net))
    return of_radius(tuple(dW.to(net.W) for dW in drawn), radius)


def linearisation_error(
    net: Deep, movement: Movement, x: Float[Tensor, "e n d"]
) -> tuple[Float[Tensor, "e n"], Float[Tensor, "e n"]]:
    """Return f_{W'}(x) - f_W(x) - <grad f_W(x), W' - W>, and the last term of it.

    Args:
        net: W, networks with one output.
        movement: W' - W.
        x: points of each member.

    Returns:
        The error and the linear part, shape ``(e, n)`` each.

    Example:
        >>> from ovp_lib.models.deep import init_deep
        >>> from ovp_lib.models.inputs import sphere, stream
        >>> net, x = init_deep([stream(0)], d=3, m=400, depth=2), sphere(3)(5, stream(1))[None]
        >>> step = combined(outer_products(net, x), torch.ones(1, 5).double())
        >>> error, linear = linearisation_error(net, of_radius(step, 0.01), x)
        >>> bool((error.abs() < 0.05 * linear.abs()).all())
        True
    """
    linear = linear_part(outer_products(net, x), movement)
    change = (deep(moved_by(net, movement), x) - deep(net, x)).squeeze(2)
    return change - linear, linear


def logistic(margins: Tensor) -> Tensor:
    """Return log(1 + exp(-u)), the cross-entropy of two classes at the margin u = y f.

    Args:
        margins: any shape.
    """
    # exp(-u) alone would overflow at a margin far below 0.
    return torch.logaddexp(torch.zeros_like(margins), -margins)


def convexity_gap(
    net: Deep, movement: Movement, x: Float[Tensor, "e n d"], y: Float[Tensor, "e n"]
) -> Float[Tensor, "e n"]:
    """Return L(W') - L(W) - <grad L(W), W' - W> at every point; a convex L has none below 0.

    Args:
        net: W.
        movement: W' - W.
        x: points of each member.
        y: signs, shape ``(e, n)``.
    """
    before, after = (y * deep(each, x).squeeze(2) for each in (net, moved_by(net, movement)))
    return _gap(before, after, y, linear_part(outer_products(net, x), movement))


def worst_defect(
    net: Deep,
    x: Float[Tensor, "e n d"],
    y: Float[Tensor, "e n"],
    start: Movement,
    *,
    steps: int,
) -> Defect:
    """Look for the movement on the spheres of ``start`` along which the loss is least convex.

    Projected gradient descent on the convexity gap C, whose gradient is grad L(W') - grad L(W):
    each step goes along the normalised gradient of each layer, by a part of the radius that
    shrinks, and back onto the sphere. What it finds is a lower bound of the worst.

    Args:
        net: W.
        x: one point for each member, shape ``(e, 1, d)``.
        y: its sign, shape ``(e, 1)``.
        start: first movement; its norms are the radii.
        steps: gradient steps, at least 1.

    Returns:
        The largest defect of all movements that were seen, 0 if none had one.

    Raises:
        ValueError: if there is no step, or a member has several points.
    """
    if steps < 1 or x.shape[1] != 1:
        raise ValueError(f"needs a step and one point a member, got {steps} and {x.shape[1]}")
    radii, movement = layer_norms(start), start
    gradients, before = outer_products(net, x), y * deep(net, x).squeeze(2)
    base = combined(gradients, _slope(before, y))
    best = Defect(torch.zeros_like(y).squeeze(1), start)
    for step in range(steps + 1):
        moved = moved_by(net, movement)
        after = y * deep(moved, x).squeeze(2)
        gap = _gap(before, after, y, linear_part(gradients, movement))
        best = _better(best, -gap.squeeze(1), movement)
        if step < steps:
            slopes = combined(outer_products(moved, x), _slope(after, y))
            uphill = tuple(a - b for a, b in zip(slopes, base, strict=True))
            movement = _onto(movement, uphill, radii, 1.0 / (1.0 + step) ** 0.5)
    return best


def _slope(margins: Tensor, y: Tensor) -> Tensor:
    """Return the derivative of the loss in f."""
    return -y * torch.sigmoid(-margins)


def _gap(before: Tensor, after: Tensor, y: Tensor, linear: Tensor) -> Tensor:
    """Return the convexity gap for margins at W and W', and <grad f(W), W' - W>."""
    return logistic(after) - logistic(before) - _slope(before, y) * linear


def _better(best: Defect, size: Tensor, movement: Movement) -> Defect:
    """Keep the larger one of two for each member."""
    larger = size > best.size
    chosen = tuple(
        torch.where(larger.view(-1, 1, 1), new, old)
        for new, old in zip(movement, best.movement, strict=True)
    )
    return Defect(torch.where(larger, size, best.size), chosen)


def _onto(movement: Movement, uphill: Movement, radii: Tensor, rate: float) -> Movement:
    """Go against ``uphill`` by ``rate`` radii in each layer, and back onto its sphere."""
    tiny = torch.finfo(radii.dtype).tiny
    steps = _scaled(uphill, rate * radii / layer_norms(uphill).clamp_min(tiny))
    gone = tuple(dW - up for dW, up in zip(movement, steps, strict=True))
    return _scaled(gone, radii / layer_norms(gone).clamp_min(tiny))


def _scaled(movement: Movement, factors: Float[Tensor, "e layers"]) -> Movement:
    """Multiply each layer of each member by its factor."""
    pairs = zip(movement, factors.unbind(dim=1), strict=True)
    return tuple(dW * factor.view(-1, 1, 1) for dW, factor in pairs)
