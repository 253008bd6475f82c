"""Two runs beside each other: what is said on the terminal, what the page shows."""

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ovp_lib.errors import InputError
from ovp_lib.evidence.claims import Claims, Estimate
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.runs import beside, moves, sides
from tests.lab import tiny


def claims(measured: float) -> Claims:
    estimate = Estimate(measured, measured - 0.5, measured + 0.5, 5)
    return Claims("tiny", [tiny.SMALL.judge(estimate, preset="quick")])


def notebook(measured: float, size: int, picture: str) -> dict[str, Any]:
    made = tiny.with_claims(measured=measured)
    made["cells"][1]["source"] = tiny.PARAMETERS.replace("size = 3", f"size = {size}")
    data = {"image/svg+xml": [picture]}
    scrap = {"scrapbook": {"name": "tiny-w", "mime_prefix": ""}}
    output = {"output_type": "display_data", "metadata": scrap, "data": data}
    made["cells"].insert(2, tiny.code("draw", outputs=[output]))
    return made


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    """Return a stored notebook and one of a changed run."""
    left = tiny.write(tmp_path / "a" / "tiny.ipynb", notebook(3.0, 3, "<svg>left</svg>"))
    right = tiny.write(tmp_path / "b" / "tiny.ipynb", notebook(30.0, 7, "<svg>right</svg>"))
    return left, right


def test_a_run_that_measures_the_same_is_said_to() -> None:
    lines = sides.summary(claims(3.0), claims(3.0), {})
    assert lines == [
        "tiny (quick): 1 holds",
        "  all 1 claims measure what the stored notebook does",
    ]


def test_a_run_whose_numbers_move_and_whose_verdicts_do_not() -> None:
    first, second = sides.summary(claims(4.0), claims(3.0), {"size": 4, "word": "x"})
    assert first == 'tiny (quick: size = 4, word = "x"): 1 holds'
    assert "1 of 1 claims measure something else" in second
    assert "every verdict is the same" in second


def test_a_verdict_that_differs_is_named_with_both_measurements() -> None:
    *_, counted, line = sides.summary(claims(30.0), claims(3.0), {"size": 7})
    assert "1 with another verdict" in counted
    assert line == "    tiny.size: holds → fails, 3 [2.5, 3.5] → 30 [29.5, 30.5]"


def test_without_a_stored_run_only_the_verdicts_are_said() -> None:
    assert sides.summary(claims(3.0), None, {}) == ["tiny (quick): 1 holds"]


def test_a_claim_of_one_side_has_no_counterpart() -> None:
    (pair,) = sides.pairs([], claims(3.0))
    assert (pair.id, pair.flips, pair.moves) == ("tiny.size", True, True)
    assert sides.line(pair).startswith("tiny.size: not there → holds, not there → 3")


def test_a_side_is_a_folder_or_a_notebook(runs: tuple[Path, Path], tmp_path: Path) -> None:
    left, _ = runs
    assert sides.found(left, ["tiny"]) == sides.found(left.parent, ["tiny"]) == {"tiny": left}
    with pytest.raises(InputError, match="no notebook of a statement"):
        sides.found(left, ["other"])
    with pytest.raises(InputError, match="there is no folder"):
        sides.found(tmp_path / "nowhere", ["tiny"])
    assert sides.claims(tmp_path / "none.ipynb", "tiny") is None


def test_the_page_shows_parameters_claims_and_both_figures(runs: tuple[Path, Path]) -> None:
    page = beside.page({"tiny": runs}, ("stored", "<mine>"))
    assert "<td>size</td><td>3</td><td>7</td>" in page
    assert "seed</td>" not in page
    assert '<tr class="flips"><td>tiny.size</td>' in page
    assert "&lt;mine&gt;" in page
    assert "<mine>" not in page
    assert page.count('src="data:image/svg+xml;base64,') == 2
    assert page.index('alt="tiny-w, stored"') < page.index('alt="tiny-w, &lt;mine&gt;"')
    assert "http" not in page  # it needs no network


def test_the_page_says_where_a_figure_is_missing(runs: tuple[Path, Path]) -> None:
    left, right = runs
    lacking = notebooks.read(right)
    del lacking["cells"][2]
    right.write_text(json.dumps(lacking))
    assert "no such figure: tiny-w, b" in beside.page({"tiny": (left, right)}, ("a", "b"))


def test_the_table_begins_with_what_flips() -> None:
    same, flipped = claims(3.0), claims(30.0)
    pairs = [sides.ClaimPair(same[0], same[0]), *sides.pairs(same, flipped)]
    console = Console(width=150)
    with console.capture() as shown:
        console.print(beside.table(pairs, ("a", "b")))
    lines = [line for line in shown.get().splitlines() if "tiny.size" in line]
    assert [("fails" in line) for line in lines] == [True, False]
    assert beside.summary(pairs) == "2 claims: 1 measure something else, 1 have another verdict"


def test_what_a_parameter_moves_is_read_and_said(tmp_path: Path) -> None:
    record = {"tiny": {"size": {"claims": ["tiny.size"], "data": []}}}
    (tmp_path / "moves.json").write_text(json.dumps(record))
    found = moves.read(tmp_path, "tiny")
    assert moves.in_words(found, "size", 3) == "1 of 3 claims: size"
    assert moves.in_words(found, "size", 1) == "all 1 claims"
    assert moves.in_words(found, "seed", 3) == "–"
    assert moves.in_words({"a": {"claims": ["x.b", "y.c"], "data": []}}, "a", 9).endswith(
        "x.b, y.c"
    )
    assert moves.read(tmp_path / "nowhere", "tiny") == {}
