"""The drawing of the map: a box for each statement, in its colour, with a way to its page."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ovp_lib.lab.book.drawing import BOX, CLASSES, HEIGHT, anchor, draw
from ovp_lib.lab.book.inventory import read
from ovp_lib.pages import STATEMENTS

INVENTORY = read(Path(__file__).parents[3], STATEMENTS)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("document", INVENTORY.documents)
def test_every_statement_has_a_box_that_leads_somewhere(document: str) -> None:
    root = ElementTree.fromstring(draw(INVENTORY, document))
    shown = {}
    for link in root.iter(f"{SVG}a"):
        label, box = link.find(f"{SVG}text"), link.find(f"{SVG}rect")
        assert label is not None
        assert box is not None
        shown[f"{label.text}/{link.findtext(f'{SVG}title')}"] = (link.get("href"), box.get("class"))
    for id_ in INVENTORY.document(document):
        row, pages = INVENTORY.rows[id_], INVENTORY.pages[id_]
        href, colour = shown.pop(f"{row.label}/{row.label}: {row.says} ({row.state})")
        assert href == (f"../notebooks/{pages[0]}.html" if pages else f"#{anchor(id_)}")
        assert colour == CLASSES[row.state]
    assert shown == {}


@pytest.mark.parametrize("document", INVENTORY.documents)
def test_an_arrow_ends_at_a_box_and_everything_is_inside(document: str) -> None:
    root = ElementTree.fromstring(draw(INVENTORY, document))
    boxes = [(float(r.get("x", "nan")), float(r.get("y", "nan"))) for r in root.iter(f"{SVG}rect")]
    assert len(set(boxes)) == len(boxes)
    for path in root.iter(f"{SVG}path"):
        if path.get("marker-end"):
            x, y = map(float, re.findall(r"[\d.]+", path.get("d", ""))[-2:])
            assert any(left < x < left + BOX and abs(top - y) < 3 for left, top in boxes)
    for left, top in boxes:
        assert 0 <= left <= float(root.get("width", "nan")) - BOX
        assert 0 <= top <= float(root.get("height", "nan")) - HEIGHT
