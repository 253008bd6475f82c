"""The drawing of the map: a box for each statement, its colour, the way to where it is judged."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ovp_lib.lab.book.drawing import BOX, CLASSES, HEIGHT, anchor, draw, target
from ovp_lib.lab.book.inventory import read
from ovp_lib.pages import STATEMENTS

INVENTORY = read(Path(__file__).parents[3], STATEMENTS)
SVG = "{http://www.w3.org/2000/svg}"


def sizes(element: ElementTree.Element) -> dict[str, float]:
    """The lengths of the style of an element, in pixels."""
    found = re.findall(r"(\w+):(-?[\d.]+)px", element.get("style", ""))
    return {name: float(length) for name, length in found}


@pytest.mark.parametrize("document", INVENTORY.documents)
def test_every_statement_has_a_box_that_says_it_and_leads_somewhere(document: str) -> None:
    root = ElementTree.fromstring(draw(INVENTORY, document))
    shown = {box.get("aria-label"): box for box in root.iter("a")}
    for id_ in INVENTORY.document(document):
        row = INVENTORY.rows[id_]
        box = shown.pop(f"{row.label}, {row.name}: {row.says} ({row.state})")
        assert box.get("href") == target(INVENTORY, id_)
        assert box.get("class") == CLASSES[row.state]
        text = "".join(box.itertext())
        assert row.label in text
        assert row.says[1:] in text
    assert shown == {}


def test_a_box_leads_to_the_part_of_the_page_that_judges_it() -> None:
    own, part = "full/lemma-6-3", "full/claim-c-1"
    assert target(INVENTORY, own) == "../notebooks/lemma-6-3-indicator-to-function.html"
    assert target(INVENTORY, part) == f"{target(INVENTORY, own)}#claim-claim-c-1-lower-bound"
    assert target(INVENTORY, "full/remark-4-1") == f"#{anchor('full/remark-4-1')}"


@pytest.mark.parametrize("document", INVENTORY.documents)
def test_an_arrow_ends_at_a_box_and_everything_is_inside(document: str) -> None:
    root = ElementTree.fromstring(draw(INVENTORY, document))
    whole = sizes(root)
    boxes = [(place["left"], place["top"]) for place in map(sizes, root.iter("a"))]
    assert len(set(boxes)) == len(boxes)
    for path in root.iter(f"{SVG}path"):
        if path.get("marker-end"):
            x, y = map(float, re.findall(r"[\d.]+", path.get("d", ""))[-2:])
            assert any(left < x < left + BOX and abs(top - y) < 3 for left, top in boxes)
    for left, top in boxes:
        assert 0 <= left <= whole["width"] - BOX
        assert 0 <= top <= whole["height"] - HEIGHT
