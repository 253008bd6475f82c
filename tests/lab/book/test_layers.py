"""The layout of the map: layers from top to bottom, nothing over anything else."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovp_lib.lab.book.layers import arrange

BOX, LANE, GAP, MOST = 100.0, 10.0, 20.0, 3


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    """Up to twelve nodes, each pointing only to later ones."""
    names = [f"n{i}" for i in range(draw(st.integers(0, 12)))]
    return {
        name: draw(st.lists(st.sampled_from(names[i + 1 :]), unique=True, max_size=4))
        if names[i + 1 :]
        else []
        for i, name in enumerate(names)
    }


@given(graphs())
def test_every_arrow_is_a_way_downwards(graph: dict[str, list[str]]) -> None:
    layout = arrange(graph, most=MOST, box=BOX, lane=LANE, gap=GAP)
    at = {place: i for i, layer in enumerate(layout.layers) for place in layer}
    assert set(graph) == {place for place in at if isinstance(place, str)}
    assert all(at[lower] == at[upper] + 1 for upper, lower in layout.steps)
    for start, ends in graph.items():
        reached, ways = set[object](), {start}
        while ways:
            ways = {b for a, b in layout.steps if a in ways}
            reached |= {way for way in ways if isinstance(way, str)}
            ways = {way for way in ways if not isinstance(way, str)}
        assert reached == set(ends)


@given(graphs())
def test_nothing_lies_over_anything_else(graph: dict[str, list[str]]) -> None:
    layout = arrange(graph, most=MOST, box=BOX, lane=LANE, gap=GAP)
    width = {place: BOX if isinstance(place, str) else LANE for place in layout.middle}
    for layer in layout.layers:
        assert sum(isinstance(place, str) for place in layer) <= MOST
        for left, right in pairwise(layer):
            between = layout.middle[right] - layout.middle[left]
            nodes = isinstance(left, str) + isinstance(right, str)
            assert between >= (width[left] + width[right] + nodes * GAP) / 2 - 1e-6
    assert all(layout.middle[node] >= BOX / 2 - 1e-6 for node in graph)


def test_lines_do_not_cross_where_they_need_not() -> None:
    graph = {"a": ["d"], "b": ["c"], "c": [], "d": []}
    layout = arrange(graph, most=MOST, box=BOX, lane=LANE, gap=GAP)
    assert (layout.middle["a"] < layout.middle["b"]) == (layout.middle["d"] < layout.middle["c"])


def test_a_circle_is_refused() -> None:
    with pytest.raises(ValueError, match="what feeds a rests on it: a, b"):
        arrange({"a": ["b"], "b": ["a"]}, most=MOST, box=BOX, lane=LANE, gap=GAP)
