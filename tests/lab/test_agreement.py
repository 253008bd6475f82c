"""What may differ between machines, and what may not."""

from typing import Any

import pytest

from ovp_lib.evidence.claims import CLAIMS_MIMETYPE, Claims, Estimate
from ovp_lib.lab.agreement import align, align_claims, align_text
from tests.lab.tiny import SMALL


@pytest.mark.parametrize(
    ("stored", "new", "aligned"),
    [
        ("a 0.20 b 3", "a 0.23 b 3", "a 0.20 b 3"),  # near
        ("a 0.20 b 3", "a 0.27 b 3", "a 0.27 b 3"),  # too far
        ("a 0.20 b 3", "a 0.21 b 4", "a 0.20 b 4"),  # whole numbers are counts
        ("a 0.20", "a -0.20", "a -0.20"),  # a sign is no rounding
        ("a 0.00", "a 0.01", "a 0.01"),
        ("a 0.20", "b 0.20", "b 0.20"),  # other words
        ("a 0.20", "a 0.20 0.3", "a 0.20 0.3"),  # more of them
        ("1.0e-05 nan", "1.1e-05 nan", "1.0e-05 nan"),
        ("1.0e-05", "1.0e-04", "1.0e-04"),
        ("m\n0    9.90\n1   12.50", "m\n0   10.10\n1   12.40", "m\n0    9.90\n1   12.50"),
        ("<td>24</td>", "<td>23.9</td>", "<td>24</td>"),
    ],
)
def test_numbers_that_are_near_become_the_stored_ones(stored: str, new: str, aligned: str) -> None:
    assert align_text(stored, new) == aligned


def shown(value: float = 3.0, low: float = 1.0, high: float = 5.0, note: str = "") -> Any:
    claim = SMALL.judge(Estimate(value, low, high, 5), preset="quick", note=note)
    data = Claims("tiny", [claim])._repr_mimebundle_()
    return {"output_type": "execute_result", "metadata": {}, "data": data}


@pytest.mark.parametrize("varies", [False, True])
def test_a_claim_may_move_by_half_its_interval_and_its_table_with_it(varies: bool) -> None:
    near = [shown(3.9, 1.5, 6.9)]
    assert align([shown()], near, varies=varies) == [shown()]


@pytest.mark.parametrize(
    "new",
    [
        shown(5.1),
        shown(low=3.1, value=4.0),
        shown(high=7.1),
        shown(3.1, high=11.0),  # not shown at this scale
        shown(3.1, note="another"),
        shown(3.1, low=float("nan")),
    ],
    ids=lambda output: output["data"]["text/plain"],
)
@pytest.mark.parametrize("varies", [False, True])
def test_a_claim_that_moved_more_or_changed_its_verdict_or_note_stays_new(new, varies) -> None:
    assert align([shown()], [new], varies=varies) == [new]


def test_a_claim_without_an_interval_is_the_same_to_the_digit() -> None:
    stored, new = shown(0.1, 0.1, 0.1), shown(0.101, 0.101, 0.101)
    assert align([stored], [new], varies=True) == [new]


def test_a_stored_table_that_is_not_that_of_its_record_does_not_agree() -> None:
    stored = shown()
    stored["data"]["text/html"] = stored["data"]["text/html"].replace("3", "4")
    assert align([stored], [shown(3.1)], varies=True) == [shown()] != [stored]


def test_claims_that_are_missing_or_others_stay_new() -> None:
    stored, new = shown()["data"][CLAIMS_MIMETYPE], shown(3.1)["data"][CLAIMS_MIMETYPE]
    fewer, other = {**stored, "claims": []}, {**new, "statement": "huge"}
    assert align_claims(fewer, new) == new
    assert align_claims(stored, fewer) == fewer
    assert align_claims(stored, other) == {**stored, "statement": "huge"}


def test_only_cells_that_vary_may_show_other_numbers_and_only_in_words() -> None:
    stored = [
        {"output_type": "stream", "name": "stdout", "text": "loss 0.20"},
        {"output_type": "display_data", "data": {"text/plain": "0.20", "application/json": [0.2]}},
    ]
    new = [
        {"output_type": "stream", "name": "stdout", "text": "loss 0.21"},
        {"output_type": "display_data", "data": {"text/plain": "0.21", "application/json": [0.21]}},
    ]
    assert align(stored, new, varies=False) == new
    words, data = align(stored, new, varies=True)
    assert words == stored[0]
    assert data["data"] == {"text/plain": "0.20", "application/json": [0.21]}
    assert align(stored[:1], new, varies=True) == new
