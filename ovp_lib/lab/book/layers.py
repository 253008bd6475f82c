"""A drawing of what feeds what: nodes in layers, every arrow downwards, none through a box.

The steps of Sugiyama's method in their simplest form. Layers are filled from the bottom, a few
nodes each; what a node sends through a layer gets a narrow lane there, one for all of its arrows;
places are ordered by the mean of their neighbours, then moved towards it as far as the others let
them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 12
"""How often the order of the layers is improved, downwards and upwards; more changes nothing."""

TOGETHER = 0.8
"""Less than 1 draws everything to the middle, so that a drawing gets no wider than it has to."""

Place = str | tuple[str, int]
"""A node, or where the arrows from a node cross a layer."""


@dataclass(frozen=True)
class MapLayout:
    """Where everything is.

    Attributes:
        layers: the places of each layer from left to right, the top layer first.
        middle: the horizontal position of every place.
        steps: every step of an arrow, from a place to one in the next layer.
    """

    layers: list[list[Place]]
    middle: dict[Place, float]
    steps: list[tuple[Place, Place]]


def arrange(
    arrows: Mapping[str, Sequence[str]], *, most: int, box: float, lane: float, gap: float
) -> MapLayout:
    """Arrange a graph without circles in layers.

    Args:
        arrows: for each node the nodes that it points to; every node is a key.
        most: nodes in a layer at most.
        box: width of a node.
        lane: width of an arrow that passes a layer.
        gap: free width between two nodes; between a node and an arrow it is half of that.

    Returns:
        The layout.

    Raises:
        ValueError: if there is a circle.
    """
    level = _levels(arrows, most)
    layers: list[list[Place]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for node in arrows:
        layers[level[node]].append(node)
    steps: list[tuple[Place, Place]] = []
    for start, ends in arrows.items():
        for end in ends:
            lanes: list[Place] = [(start, passed) for passed in range(level[start] + 1, level[end])]
            steps += pairwise([start, *lanes, end])
    # All arrows of a node share its lanes, so that one step may come up several times.
    steps = list(dict.fromkeys(steps))
    for _, lower in steps:
        if not isinstance(lower, str) and lower not in layers[lower[1]]:
            layers[lower[1]].append(lower)
    above, below = _neighbours(steps)
    layers = _ordered(layers, above, below)
    middle = _positions(layers, above, below, {True: box, False: lane}, gap)
    left = min((x - box / 2 for x in middle.values()), default=0.0)
    middle = {place: x - left for place, x in middle.items()}
    return MapLayout(layers, middle, steps)


def _levels(arrows: Mapping[str, Sequence[str]], most: int) -> dict[str, int]:
    """Fill layers from the bottom; what has the longest way above it is placed first."""
    senders: dict[str, list[str]] = {node: [] for node in arrows}
    for start, ends in arrows.items():
        for end in ends:
            senders[end].append(start)
    # This also finds a circle, with which the loop below would never end.
    height = {node: _height(node, senders, set()) for node in arrows}
    left, filled = list(arrows), list[list[str]]()
    while left:
        ready = [node for node in left if not set(arrows[node]) & set(left)]
        layer = sorted(ready, key=lambda node: -height[node])[:most]
        filled.append(layer)
        left = [node for node in left if node not in layer]
    return {node: len(filled) - 1 - i for i, layer in enumerate(filled) for node in layer}


def _height(node: str, senders: Mapping[str, Sequence[str]], below: set[str]) -> int:
    if node in below:
        raise ValueError(f"what feeds {node} rests on it: {', '.join(sorted(below))}")
    return max((1 + _height(start, senders, below | {node}) for start in senders[node]), default=0)


Neighbours = dict[Place, list[Place]]


def _neighbours(steps: Iterable[tuple[Place, Place]]) -> tuple[Neighbours, Neighbours]:
    above: Neighbours = {}
    below: Neighbours = {}
    for upper, lower in steps:
        below.setdefault(upper, []).append(lower)
        above.setdefault(lower, []).append(upper)
    return above, below


def _ordered(layers: list[list[Place]], above: Neighbours, below: Neighbours) -> list[list[Place]]:
    """Order every layer by the mean of its neighbours; keep the order with the fewest crossings."""
    best, fewest = layers, _crossings(layers, below)
    for sweep in range(2 * SWEEPS):
        towards = above if sweep % 2 == 0 else below
        layers = [list(layer) for layer in layers]
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            position = {place: i for each in layers for i, place in enumerate(each)}
            layer.sort(
                key=lambda place: _mean(
                    [position[n] for n in towards.get(place, [])], position[place]
                )
            )
        if (crossings := _crossings(layers, below)) < fewest:
            best, fewest = layers, crossings
    return best


def _crossings(layers: Sequence[Sequence[Place]], below: Neighbours) -> int:
    position = {place: i for layer in layers for i, place in enumerate(layer)}
    total = 0
    for layer in layers:
        ends = [sorted(position[lower] for lower in below.get(place, [])) for place in layer]
        total += sum(
            a > b
            for i, left in enumerate(ends)
            for right in ends[i + 1 :]
            for a in left
            for b in right
        )
    return total


def _positions(
    layers: Sequence[Sequence[Place]],
    above: Neighbours,
    below: Neighbours,
    widths: Mapping[bool, float],
    gap: float,
) -> dict[Place, float]:
    """Move every place towards its neighbours, keeping order and gaps."""
    middle: dict[Place, float] = {}
    for layer in layers:
        middle.update(_apart(layer, [0.0] * len(layer), widths, gap))

    def near(place: Place) -> list[Place]:
        return [*above.get(place, []), *below.get(place, [])]

    for sweep in range(2 * SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted = [TOGETHER * _mean([middle[n] for n in near(p)], middle[p]) for p in layer]
            middle.update(_apart(layer, wanted, widths, gap))
    return middle


def _apart(
    layer: Sequence[Place], wanted: Sequence[float], widths: Mapping[bool, float], gap: float
) -> dict[Place, float]:
    """Return the positions next to the wanted ones, in least squares, that keep order and gaps.

    Without the room that the places before it take, each has to be at least where the one before
    it is: that is isotonic regression, solved by pooling neighbours that are out of order.
    """
    room = [widths[isinstance(place, str)] for place in layer]
    boxes = [isinstance(place, str) for place in layer]
    offset = [0.0]
    for (left, right), (one, other) in zip(pairwise(room), pairwise(boxes), strict=True):
        offset.append(offset[-1] + (left + right) / 2 + gap * (one + other) / 2)
    pools: list[tuple[float, int]] = []
    for want, shift in zip(wanted, offset, strict=False):
        pools.append((want - shift, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (b, m), (a, n) = pools.pop(), pools.pop()
            pools.append(((a * n + b * m) / (n + m), n + m))
    level = [value for value, count in pools for _ in range(count)]
    return {place: x + shift for place, x, shift in zip(layer, level, offset, strict=False)}


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
