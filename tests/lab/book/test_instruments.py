import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook, new_output
from sphinx.application import Sphinx

from ovp_lib.errors import InputError
from ovp_lib.evidence import figures
from ovp_lib.lab.book import instruments
from ovp_lib.pages import STATEMENTS
from ovp_lib.pages.instrument import Instrument
from tests.lab.book.page import page

ABOUT = Instrument("curve", 'a "label"')


def payload(html: str) -> Any:
    found = re.fullmatch(r'<div class="ovp-instrument".*?<script.*?>(.*)</script></div>', html)
    assert found
    return json.loads(found[1])


def test_arrays_travel_as_short_numbers_in_a_hidden_element() -> None:
    data = {
        "x": torch.tensor([1 / 3, 2.0], dtype=torch.float64),
        "y": np.eye(2),
        "nested": {"c": [1e-20 / 3, None], "name": "z"},
    }
    html = instruments.carried(ABOUT, data)
    assert payload(html) == {
        "x": [0.333333333, 2.0],
        "y": [[1.0, 0.0], [0.0, 1.0]],
        "nested": {"c": [3.33333333e-21, None], "name": "z"},
    }
    assert " hidden>" in html
    assert "&quot;label&quot;" in html
    assert 'data-instrument="curve"' in html


def test_no_text_ends_the_element_early_and_no_number_is_lost() -> None:
    html = instruments.carried(ABOUT, {"name": "</script><b>"})
    assert html.count("</script>") == 1
    assert payload(html) == {"name": "</script><b>"}
    with pytest.raises(ValueError, match="JSON"):
        instruments.carried(ABOUT, {"x": [float("nan")]})


@pytest.fixture
def source(tmp_path: Path) -> instruments.PageSource:
    """A page whose notebook offers one table."""
    table = pd.DataFrame({"series": ["a, b"], "value": [0.5]})
    html = figures.download(table, "numbers").data
    output = new_output("execute_result", data={"text/html": html})
    notebook = new_notebook(cells=[new_code_cell("1", outputs=[output])])
    path = tmp_path / "tiny.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return instruments.PageSource(path, tmp_path)


def test_numbers_of_a_figure_are_read_back(source: instruments.PageSource) -> None:
    assert source.published("numbers").to_dict("list") == {"series": ["a, b"], "value": [0.5]}
    with pytest.raises(InputError, match="no table 'others', but numbers"):
        source.published("others")


def test_a_table_that_is_not_there_is_named(source: instruments.PageSource) -> None:
    with pytest.raises(InputError, match=r"no table .*width/paper\.parquet"):
        source.sweep("width", "paper")


def test_a_statement_without_an_instrument_is_refused(source: instruments.PageSource) -> None:
    with pytest.raises(InputError, match="figure-1"):
        instruments.element(page(card=None), source)
    with_one = page(instrument=ABOUT, card=None)
    assert payload(instruments.element(with_one, source)) == {}


CONF = """
from ovp_lib.lab.book import instruments
extensions = ["myst_parser"]
setup = instruments.setup
"""


def build(tmp_path: Path, text: str) -> str:
    (tmp_path / "conf.py").write_text(CONF)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "lemma-6-5-coupling.md").write_text(text)
    (tmp_path / "index.md").write_text(
        "# Index\n\n```{toctree}\nnotebooks/lemma-6-5-coupling\n```\n"
    )
    log = io.StringIO()
    app = Sphinx(
        tmp_path,
        tmp_path,
        tmp_path / "out",
        tmp_path / "doctrees",
        "html",
        status=None,
        warning=log,
    )
    app.build()
    assert "ERROR" not in log.getvalue()
    assert "instruments" not in (tmp_path / "out" / "index.html").read_text()
    return (tmp_path / "out" / "notebooks" / "lemma-6-5-coupling.html").read_text()


def test_it_stands_before_the_first_section_with_its_scripts(tmp_path: Path) -> None:
    html = build(tmp_path, "# Lemma\n\nStatement.\n\n## First section\n\nText.\n")
    places = [html.index(each) for each in ("Statement.", 'id="try-it"', 'id="first-section"')]
    assert places == sorted(places)
    assert STATEMENTS["lemma-6-5-coupling"].instrument is not None
    scripts = re.findall(r"instruments/(\w+)\.js", html)
    assert scripts == ["base", "plot", "adversary"]


def test_a_directive_places_it_elsewhere(tmp_path: Path) -> None:
    text = "# Page\n\n## Part\n\n```{instrument} lemma-6-5-coupling\n```\n"
    assert build(tmp_path, text).count('class="ovp-instrument"') == 2
